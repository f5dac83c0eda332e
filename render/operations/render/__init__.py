"""From specs to the committed tree: what `render` and `check` do.

cluster          One cluster through the rooms: specs and the previous tree in, what its folder is to hold out
commit_specs     What the specs of commits say of a cluster: which revisions they render, and to which files
crds             CustomResourceDefinitions that clusters share
delivery_files   What Argo CD and Flux are given beside the manifests: per cluster, and once for the fleet
fleet            A fleet repo that is open for one command: its specs, its tree, and the caches of the run
fleet_root       Where a fleet's root is: the nearest folder upwards that holds a `meshrev.yaml`
frozen           The proof that frozen revisions are what a commit rendered, whatever the inventories say of them
gateway_proof    The proof of every render that a gateway gets its proxies from the revision or tag that it follows
injection_proof  The webhooks as they will stand in the cluster, put to the proof of every render
injector_names   The names of webhook configurations: which object injects for a name, before a change and after it
input_digest     What a cluster's tree is rendered from, as one digest, without reading any of it
meshes           What clusters of a mesh say that does not go together, with both places, for render, check and lint
pool             Work on many clusters: in this process, or shared out to one process a core
previous_run     What the run before noted of the trees that it left: clusters that are untouched since need no look
result           What `render` and `check` come to
run              Render and check: every cluster through the rooms, and then all of them written or none
staged           What a commit made now would hold: the check of it, and what of the tree it would miss
workers          Overlays through the rooms, many at once
"""
