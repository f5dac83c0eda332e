"""What a cluster's API server says of its tree: asked, and never changed.

dry_run       What an API server would do with the objects of a tree, one by one, as a dry run
left_objects  Objects of control planes and node agents that a cluster has, and its tree has not (any more)
run           Verify a cluster: its tree beside the cluster itself, asked of the API server, read-only
server        An API server, asked through the user's own kubectl: reading, and writing as a dry run alone
"""
