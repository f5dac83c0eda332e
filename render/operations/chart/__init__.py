"""Istio's charts into the fleet repo, and whether they are still as they came.

disk        Charts and their lock on the disk
download    Files from a server
pull        Pulling the charts of a release
registry    An OCI registry with charts (https://github.com/opencontainers/distribution-spec
repository  A Helm repository: an `index.yaml` that names the archives and their digests ...
sources     Where charts come from
"""
