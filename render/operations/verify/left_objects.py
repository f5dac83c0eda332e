"""Objects of control planes and node agents that a cluster has, and its tree has not (any more)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from render.compare.objects import Identity
from render.operations.verify.server import ApiServer
from render.plan.observed.field_owners import COMPONENT_LABEL, MESH_NAMES
from render.plan.observed.observation import UNSEEN, Owner

# The kinds that Istio's charts have of control planes and node agents, and where a server lists them. Namespaces and
# CustomResourceDefinitions are never pruned.
KINDS = {
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): "v1/mutatingwebhookconfigurations",
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): "v1/validatingwebhookconfigurations",
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"): "v1/validatingadmissionpolicies",
    ("apps", "Deployment"): "v1/deployments",
    ("apps", "DaemonSet"): "v1/daemonsets",
    ("", "Service"): "v1/services",
    ("", "ServiceAccount"): "v1/serviceaccounts",
    ("", "ConfigMap"): "v1/configmaps",
    ("autoscaling", "HorizontalPodAutoscaler"): "v2/horizontalpodautoscalers",
    ("policy", "PodDisruptionBudget"): "v1/poddisruptionbudgets",
    ("networking.k8s.io", "NetworkPolicy"): "v1/networkpolicies",
    ("rbac.authorization.k8s.io", "Role"): "v1/roles",
    ("rbac.authorization.k8s.io", "RoleBinding"): "v1/rolebindings",
    ("rbac.authorization.k8s.io", "ClusterRole"): "v1/clusterroles",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): "v1/clusterrolebindings",
}
_NAMES = ", ".join(MESH_NAMES)
SELECTORS = (f"app.kubernetes.io/name in ({_NAMES})", f"app in ({_NAMES})", COMPONENT_LABEL)


@dataclass(frozen=True, slots=True)
class LeftObject:
    """An object that the tree does not have, and who wrote it."""

    identity: Identity
    owners: tuple[Owner, ...]


def left_objects(server: ApiServer, kept: Collection[Identity]) -> list[LeftObject]:
    """Returns the objects of control planes and node agents that are not among those of the tree, in order.

    Gateways are not looked for: many are installed by their own teams. `OutsideError` where the server does not list
    a kind.
    """
    wanted = [(group, kind, path, chosen) for (group, kind), path in KINDS.items() for chosen in SELECTORS]
    found: dict[Identity, LeftObject] = {}
    with ThreadPoolExecutor(8) as pool:
        for one in pool.map(lambda of: _list(server, *of), wanted):
            found |= {left.identity: left for left in one if left.identity not in kept}
    return sorted(found.values(), key=lambda left: left.identity.title)


def _list(server: ApiServer, group: str, kind: str, path: str, selector: str) -> list[LeftObject]:
    root = f"/apis/{group}/{path}" if group else f"/api/{path}"
    return [_left_object(group, kind, metadata) for metadata in server.metadata(root, selector)]


def _left_object(group: str, kind: str, metadata: Mapping[str, Any]) -> LeftObject:
    named = Identity(kind, group, metadata.get("namespace") or "", metadata["name"])
    entries = [entry for entry in metadata.get("managedFields") or () if not entry.get("subresource")]
    owners = {Owner(entry.get("manager") or UNSEEN, entry.get("operation") or UNSEEN) for entry in entries}
    return LeftObject(named, tuple(sorted(owners, key=lambda owner: (owner.manager, owner.operation))))
