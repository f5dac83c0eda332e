"""The labels that Istio reads, by name, and what those of a namespace and a pod say of the ambient mesh.

Source: https://istio.io/latest/docs/reference/config/labels/
"""

from __future__ import annotations

from collections.abc import Mapping

INJECTION_LABEL = "istio-injection"
REVISION_LABEL = "istio.io/rev"
TAG_LABEL = "istio.io/tag"  # of a tag's webhooks
POD_INJECT_LABEL = "sidecar.istio.io/inject"
DATAPLANE_LABEL = "istio.io/dataplane-mode"
WAYPOINT_LABEL = "istio.io/use-waypoint"
WAYPOINT_NAMESPACE_LABEL = "istio.io/use-waypoint-namespace"
INGRESS_WAYPOINT_LABEL = "istio.io/ingress-use-waypoint"
NETWORK_LABEL = "topology.istio.io/network"
NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"  # which Kubernetes sets on every namespace
VERSION_LABEL = "app.kubernetes.io/version"  # which Istio's charts set from 1.24 on

Labels = Mapping[str, str]
# Labels of a namespace that bring it to the ambient mesh and to its waypoint.
AMBIENT_LABELS = (DATAPLANE_LABEL, WAYPOINT_LABEL, WAYPOINT_NAMESPACE_LABEL, INGRESS_WAYPOINT_LABEL)

_NONE: Labels = {}


def joins_ambient(namespace: Labels, pod: Labels = _NONE) -> bool:
    """Returns whether labels make a pod without a sidecar a part of the ambient mesh; the pod's own label wins."""
    return pod.get(DATAPLANE_LABEL, namespace.get(DATAPLANE_LABEL)) == "ambient"


def served_name(labels: Labels) -> str:
    """Returns the revision or tag that a webhook configuration serves: a tag's carries that label, others that of
    their revision, `default` where it has none."""
    return labels.get(TAG_LABEL) or labels.get(REVISION_LABEL) or "default"
