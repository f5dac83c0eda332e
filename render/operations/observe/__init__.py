"""Which revisions and proxies the pods of a cluster run.

fields         The fields of the JSON files that commands about clusters leave
file           `observed/<cluster>.json`
freshness      The observations of a fleet's clusters, each with how old it is and whether it still counts
kubectl_list   The objects of what `kubectl get ... -o json` prints, one after the other, however many there are
run            Observe a cluster: from what kubectl prints to a small file that says who still runs what
server_report  `<cluster>.verified.json` beside the observations
"""
