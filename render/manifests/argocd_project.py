"""The AppProject of a fleet that asks for one: its Applications may apply what the tree holds, and nothing else.

Each cluster's file says what of its own has to be allowed; the project is put together from these files, so that it is
right whichever clusters are rendered. An object of a kind or namespace that a project does not list fails the sync
(`IsGroupKindNamePermitted` and `IsDestinationPermitted` in pkg/apis/application/v1alpha1 of argoproj/argo-cd).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from render.manifests.bundle import Manifest
from render.manifests.delivery import HOMES
from render.specs.kinds import Fleet

GROUP = "argoproj.io"
# Kinds of which no object has a namespace. One of another kind without a namespace may or may not be of these.
_OF_THE_CLUSTER = frozenset(
    {
        ("", "Namespace"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("gateway.networking.k8s.io", "GatewayClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("scheduling.k8s.io", "PriorityClass"),
    }
)


class AppliedKind(NamedTuple):
    """What an AppProject asks of an object: its group, kind, and namespace, empty where it has none."""

    group: str
    kind: str
    namespace: str


def allowed_objects(objects: Iterable[AppliedKind], namespace: str) -> dict[str, Any]:
    """Returns what has to be allowed for a cluster, as its file says it. `namespace` is that of its Application, which
    Argo CD gives to what names none."""
    objects = set(objects)
    of_cluster = {one[:2] for one in objects if not one.namespace}
    of_namespaces = {one[:2] for one in objects if one.namespace} | (of_cluster - _OF_THE_CLUSTER)
    return {
        "namespaces": sorted({one.namespace for one in objects if one.namespace} | {namespace}),
        "clusterKinds": _kinds(of_cluster),
        "namespaceKinds": _kinds(of_namespaces),
    }


def app_project(fleet: Fleet, clusters: Iterable[Mapping[str, Any]]) -> Manifest:
    """Returns the project, from the `spec` of each cluster's file."""
    allowed = [(one["destination"], one["allowed"]) for one in clusters if "allowed" in one]
    destinations = sorted({(name, space) for name, own in allowed for space in own["namespaces"]})
    namespace = fleet.handover.namespace or HOMES["argocd"]
    data = {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": fleet.handover.project, "namespace": namespace},
        "spec": {
            "description": f"What meshrev renders for the fleet {fleet.name}",
            "sourceRepos": [fleet.handover.repo_url],
            "destinations": [{"name": name, "namespace": space} for name, space in destinations],
            "clusterResourceWhitelist": _together(own["clusterKinds"] for _, own in allowed),
            "namespaceResourceWhitelist": _together(own["namespaceKinds"] for _, own in allowed),
        },
    }
    text = json.dumps(data, ensure_ascii=False)
    return Manifest("AppProject", fleet.handover.project, namespace, GROUP, text)


def _together(lists: Iterable[Iterable[Mapping[str, str]]]) -> list[dict[str, str]]:
    return _kinds({(kind["group"], kind["kind"]) for one in lists for kind in one})


def _kinds(kinds: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"group": group, "kind": kind} for group, kind in sorted(kinds)]
