"""The rules, a family in each module.

components         Rules on what revisions need beside themselves: node agents, and CustomResourceDefinitions
defaults           Rules on the default revision and on tags
delivery           Rules on how the tree gets to its controller
hazards            The hazards of the upgrades that a cluster is in, as findings: only those that its files show
istio_labels       Rules on Istio's labels, of whatever is passed through
labels             Rules on the labels that choose an injector
managed_fields     Rules on what other field managers own in a cluster of what the tree brings there
managed_revisions  Rules on revisions that somebody else runs
meshes             Rules on meshes in a cluster
proxies            Rules on what injectors give to pods
revision_labels    Rules on `istio.io/rev` of what is passed through
templates          Rules on the injection templates of a revision
versions           Rules on releases: how far a move may go, what works beside what, and what is supported on a day
webhooks           Rules on webhooks as they will stand in the cluster
wiring             Rules on who asks whom in the ambient mesh, and on what istiod sees
workloads          Rules on what is passed through beside the mesh
"""
