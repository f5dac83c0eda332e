"""`import`: specs of what runs, and what a sync of them would change in the cluster.

adoption        What an import gives: specs, what a person should know of them, and the objects that the cluster has
changes         What a sync of the specs would change in a cluster, object by object, with the reason
dump            What is handed over to `import`, read: objects one by one with their places, and Helm values
helm            From releases of Istio's charts to specs
images          Values that keep the images which run, where those of the release would be others
istio_operator  From an IstioOperator to Sail's kinds and MeshGateways, and what of it has no counterpart
live            From what runs in a cluster to specs: Deployments of istiod, node agents, webhooks and namespaces
run             `import` as an operation: what is handed over, as specs, and what a sync of them would change
sail            From Sail's objects in a cluster to specs
"""
