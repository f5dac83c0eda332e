"""What a verb of the command line does, in terms of the other rooms.

adopt/          `import`: specs of what runs, and what a sync of them would change in the cluster
change/         The verbs that commit: promote, roll back, retire, tidy
chart/          Istio's charts into the fleet repo, and whether they are still as they came
diff/           What changes in the clusters between two sides of the repository
explain/        Which revision injects a pod, and why
hazards         Upgrade hazards for people and programs
hosts/          What hosts ask for: Argo CD as its plugin, Kustomize as a function
hydrate/        One cluster's tree on a branch of its own
init/           The first files of a fleet, and its first tree
inject/         Pods as the mesh would make them, by Istio's own program
lint/           The rules run over a fleet, and what they look at
log             The log of a fleet as data: what was done to it, by whom, and when
observe/        Which revisions and proxies the pods of a cluster run
remote_secrets  Which Secrets the control planes of a fleet need to read other clusters
render/         From specs to the committed tree: what `render` and `check` do
rollout/        Rollouts: an upgrade in waves with gates, whose every step is a commit of specs
status          Who uses whom, per cluster: Sail's status fields, from files and from what was observed
template/       One component, printed as `helm template` of its chart would
verify/         What a cluster's API server says of its tree: asked, and never changed
versions        Which releases meshrev renders, as data: aliases, support windows, Kubernetes ranges
"""
