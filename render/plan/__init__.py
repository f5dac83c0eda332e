"""Pure functions from specs and inventory to who serves whom.

cluster              The plan of one cluster
config_objects       Objects that the istiod of one revision reads alone
delivery_order       The order of delivery: what has to be in a cluster before what, for every host
discovery_selectors  Which namespaces an istiod sees: its discovery selectors, and what each of them matches
gateways             What istiod deploys for a Gateway of the Gateway API or a waypoint
helm_values          Values as Helm and Sail merge them
injection/           Who injects a pod: which label decides, which webhook serves it, and who gets another proxy
inventory            What the previous tree held, as data: the plan's second input
label_removal        Whether delivery takes a label away from a namespace when the specs no longer say it
labels               The labels that Istio reads, by name
managed_revisions    Revisions of control planes outside of the repository
mesh_gateways        The gateways of a cluster (MeshGateway): which revision injects each of them
node_agents          The node agents of a cluster
observed/            What was seen in a cluster
revision_facts       What holds of a revision
revision_names       How revisions get their names
topology/            What follows from a cluster's part in a mesh of several
usage                Who uses a revision or a tag, and when Sail would delete one that nobody uses
validate             Where specs contradict themselves or the tree
wiring               The wiring of a cluster, read from its objects as they will stand there
workloads            Pods and pod templates among the objects that are passed through
"""
