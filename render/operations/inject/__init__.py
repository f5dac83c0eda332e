"""Pods as the mesh would make them, by Istio's own program.

istioctl  `istioctl kube-inject`, given the files of a revision, so that it asks no cluster
run       Inject the workloads of a file as a cluster of the fleet would
"""
