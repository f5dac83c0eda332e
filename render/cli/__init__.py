"""The command line: one file a verb; arguments, printing, exit code.

check     `meshrev check`: compares the tree with the specs
cmp       `meshrev cmp`: the two commands of Argo CD's config management plugin
diff      `meshrev diff`: what changes in the clusters, between two revisions of the repository
explain   `meshrev explain`: who injects a pod, and why
hazards   `meshrev hazards`: what an upgrade meets
hydrate   `meshrev hydrate`: one cluster's tree on a branch
krm       `meshrev krm`: meshrev as a Kustomize function
lint      `meshrev lint`: what is wrong or risky, with a code and a page for each
log       `meshrev log`: what was done to the fleet
main      The entry point: finds the verb's module, and turns exceptions into exit codes
observe   `meshrev observe`: notes what runs in a cluster
options/  What verbs share of their command lines: options, the fleet that they are about, and how a change ends
output    What `render` and `check` print of their result
promote   `meshrev promote`: moves namespaces, tags and clusters between revisions
render    `meshrev render`: writes the tree
retire    `meshrev retire`: removes a revision that nothing uses
rollback  `meshrev rollback`: takes an operation back
status    `meshrev status`: tables as kubectl prints Sail's kinds, or JSON
template  `meshrev template`: one component's objects, beside what Helm would print
tidy      `meshrev tidy`: folds patches that promoting added back into what they patch
verify    `meshrev verify`: asks a cluster's own API server about its tree, read-only
versions  `meshrev versions`: the releases that a spec may name
"""
