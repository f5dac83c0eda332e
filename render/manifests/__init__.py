"""From the plan to Kubernetes objects.

argocd       Argo CD: one ApplicationSet for the fleet
builtin/     Istio's components as Kubernetes objects, from the project's own templates and per-release facts
bundle       What the room `manifests` hands to the room `tree`: one folder's objects and why they are there
cluster      All folders of one cluster as Kubernetes objects, from its plan
crds         CustomResourceDefinitions from a vendored file
delivery     What the objects tell Argo CD or Flux: order, and what must never be pruned
flux         Flux: one Kustomization for each folder of a cluster's tree, each waiting for those that it needs
namespaces   A cluster's namespaces in one of three forms
node_agents  The values that the node agents are rendered with, in Sail's order
values       The values of a control plane
"""
