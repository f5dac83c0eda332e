"""From the plan to Kubernetes objects.

api_server             What an API server would refuse of a cluster's objects
argocd                 Argo CD
argocd_project         The AppProject of a fleet that asks for one
builtin/               Istio's components as Kubernetes objects
bundle                 What the room `manifests` hands to the room `tree`
chart/                 Istio's components from Istio's own charts, rendered by Helm
cluster                All folders of one cluster as Kubernetes objects, from its plan
components             Components rendered from their source, charts or builtin templates
crds                   CustomResourceDefinitions from a vendored file
delivery               What the objects tell Argo CD or Flux: order, and what must never be pruned
flux                   Flux: the Kustomizations of a cluster's stages
flux_artifacts         Flux: an ArtifactGenerator that makes of the fleet's one source an artifact for each cluster
ineffective_variables  Environment variables of the specs that have no effect
istio_operator/        The objects of an IstioOperator: charts, Kubernetes' settings of each component, overlays
mesh                   What all revisions of a cluster share
mesh_gateways          A gateway's objects: those of the gateway chart, or a Gateway of the Gateway API
monitoring             What the Prometheus operator scrapes of a revision
namespaces             A cluster's namespaces in one of three forms
network_gateways       The gateway of a cluster's topology
node_agents            The values that the node agents are rendered with, in Sail's order
patches                The patches of a Cluster and of its Istios on rendered objects
server_side_apply      A component's objects as server-side apply takes them
sources                Where a component's objects come from: the builtin templates or a chart
tags                   The webhooks of tags: who injects for a name, whichever revision it points at
values                 The values of a control plane
"""
