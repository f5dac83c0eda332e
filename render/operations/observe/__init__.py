"""Which revisions and proxies the pods of a cluster run."""
