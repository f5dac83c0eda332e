"""The command line: one file a verb; arguments, printing, exit code.

change/          The verbs that commit: how each is asked for
chart            `meshrev chart`: Istio's charts in the fleet repo, pinned
check            `meshrev check`: compares the tree with the specs
diff             `meshrev diff`: what changes in the clusters, between two revisions of the repository
explain          `meshrev explain`: who injects a pod, and why
explain_gateway  What `meshrev explain --gateway` prints
hazards          `meshrev hazards`: what an upgrade meets
hosts/           The verbs that hosts call: Argo CD as its plugin, Kustomize as a function
import_specs     `meshrev import`: specs of what runs, and what a sync of them would change
init             `meshrev init`: a new fleet, from nothing to a first tree
inject           `meshrev inject`: pods as the mesh would make them
lint             `meshrev lint`: what is wrong or risky, with a code and a page for each
log              `meshrev log`: what was done to the fleet
main             The entry point: finds the verb's module, and turns exceptions into exit codes
observe          `meshrev observe`: notes what runs in a cluster
options/         What verbs share of their command lines
output           What `render` and `check` print of their result
remote_secret    `meshrev remote-secret`: how to make the Secrets by which istiods read other clusters
render           `meshrev render`: writes the tree
schema           `meshrev schema`: the JSON schema of a kind, for editors
status           `meshrev status`: tables as kubectl prints Sail's kinds, or JSON
template         `meshrev template`: one component's objects, beside what Helm would print
verify           `meshrev verify`: asks a cluster's own API server about its tree, read-only
versions         `meshrev versions`: the releases that a spec may name
"""
