"""What follows from a cluster's part in a mesh of several: values, gateways, labels, and what contradicts.

gateway         The gateway by which other clusters reach a cluster: who injects it, its values, and what it exposes
members         What the clusters of a mesh have to know of each other, as data that is small enough to keep
meshes          Contradictions between the clusters of a mesh, each with the two places that do not agree
namespaces      What a mesh of several clusters has to be told by the namespaces of its control planes
references      What a cluster's topology names and the fleet does not have: control planes, config clusters, Istios
remote_secrets  The Secrets by which istiods read the API servers of other clusters
remote_users    The remote clusters that a revision of a control plane serves
values          The values that Istio's guides to several clusters have people type
"""
