"""A real Kubernetes on this machine, or one that KUBECONFIG names, and what tests do with it.

peers          where the programs are: etcd, API server, controller manager, kwok, istiod, Flux
process        a program that runs until the end of a block, its log, and free ports
keys           throw-away certificates, by openssl
control_plane  etcd, API server, controller manager and kwok, as a kubeconfig that leads to them
api            the API over HTTP: strict server-side apply, reading, deleting
webhook_server a TLS server that marks in a pod which webhooks were called for it
istiod         istiod for a revision, outside of the cluster
definitions    kinds that clusters know from elsewhere
flux           Flux' kustomize-controller, its source that is played, and a scheduler
deliverer      what Argo CD does with a tree: its order, its pruning
pods           pods to ask with
documented     the commands of the documentation
"""
