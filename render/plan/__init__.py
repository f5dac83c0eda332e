"""Pure functions from specs and inventory to who serves whom.

admission        What istiod still decides once one of its webhooks has fired: it may return the pod as it was
cluster          The plan of one cluster
field_owners     Who owns the fields of an object in a cluster
helm_values      Values as Helm and Sail merge them
inventory        What the previous tree held, as data: the plan's second input
label_removal    Whether delivery takes a label away from a namespace when the specs no longer say it
label_selectors  Kubernetes label selectors, evaluated and compared as sets of label values
node_agents      The node agents of a cluster: IstioCNI and ZTunnel, one of each at most, always upgraded in place
observation      What was seen in a cluster at one moment, how long that counts
observe          From the objects of a cluster to an observation
precedence       Which label decides who injects a pod
proxy_moves      Who gets another proxy
revision_facts   What holds of a revision: each rule of the domain once, so that all commands give the same answer
revision_names   How revisions get their names
usage            Who uses a revision or a tag, and when Sail would delete one that nobody uses
validate         Where specs contradict themselves or the tree
webhook_entries  The entries of MutatingWebhookConfigurations
webhooks         The proof that for all labels the injection webhook fires that is intended
workloads        Pods and pod templates among the objects that are passed through
"""
