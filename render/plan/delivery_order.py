"""The order of delivery: what has to be in a cluster before what, for every host.

One rule for all: what is applied has to be there, and nobody has to be ready. A label that no webhook matches is
silent, and its pods start with no proxy; so webhooks are there before the first label that asks for them, and go after
the last. A webhook whose istiod does not answer is loud (`failurePolicy: Fail`): its pods wait. Were the host to
wait for istiod too, one that never gets ready would stand before those who do not use it, and before the way back.
That a revision is ready before somebody moves to it is therefore asked in git, by whoever promotes.

Argo CD's waves and Flux's stages are both made from this: docs/design.md says which way they take.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from render.areas import CNI, CRDS, EXTRA, GATEWAYS, MESH, NAMESPACES, REVISIONS, TAGS, ZTUNNEL, area_of
from render.plan.cluster import ClusterPlan


class SyncWave(IntEnum):
    """When an object is applied. The number is Argo CD's sync wave."""

    DEFINITIONS = -20
    SETTINGS = -10  # what is there as soon as it is applied: accounts, roles, settings, Services, webhooks
    TAGS = 0  # what points at a revision: tags, the default validator
    NAMESPACES = 10
    WORKLOADS = 20  # what may never get ready, and what others passed through: the last, since nobody waits for it


class Deliverable(NamedTuple):
    """What is delivered as one: the objects of one step in a folder (`revisions/default-v1-24-3`), and of the folder
    `namespaces` each namespace by itself (`namespaces/cart`)."""

    folder: str
    wave: SyncWave


# Neither Argo CD nor Flux knows a health of these: https://github.com/argoproj/gitops-engine/tree/master/pkg/health,
# https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md. A Service has one where it is a load
# balancer, which none of a control plane is.
_WITHOUT_HEALTH = frozenset(
    {
        *("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "ConfigMap", "Secret"),
        *("Service", "Endpoints", "EndpointSlice", "NetworkPolicy", "ResourceQuota"),
        *("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"),
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
        *("ServiceMonitor", "PodMonitor"),
    }
)
_OF_AREA = {
    CRDS: SyncWave.DEFINITIONS,
    TAGS: SyncWave.TAGS,
    NAMESPACES: SyncWave.NAMESPACES,
    GATEWAYS: SyncWave.WORKLOADS,
    EXTRA: SyncWave.WORKLOADS,
}


def sync_wave(folder: str, kind: str) -> SyncWave:
    """Returns the step of an object of a kind in a folder."""
    area = area_of(folder)
    if area == MESH and kind == "ValidatingWebhookConfiguration":
        return SyncWave.TAGS
    if area in _OF_AREA:
        return _OF_AREA[area]
    return SyncWave.SETTINGS if kind in _WITHOUT_HEALTH else SyncWave.WORKLOADS


def delivery_order(plan: ClusterPlan, folders: Iterable[str]) -> dict[Deliverable, frozenset[Deliverable]]:
    """Returns every part of a cluster's folders, each with those that have to be there before it comes and until it is
    gone. What a part needs and no folder holds is somebody else's to deliver."""
    needs: dict[Deliverable, set[Deliverable]] = {}
    for folder in folders:
        for part in _parts(plan, folder):
            needs[part] = set(_needs(plan, part))
    return {part: frozenset(needed & needs.keys()) for part, needed in needs.items()}


def _parts(plan: ClusterPlan, folder: str) -> list[Deliverable]:
    area = area_of(folder)
    if area == NAMESPACES:
        return [Deliverable(f"{NAMESPACES}/{one.namespace.name}", SyncWave.NAMESPACES) for one in plan.namespaces]
    if area == MESH:
        return [Deliverable(folder, SyncWave.SETTINGS), *([Deliverable(folder, SyncWave.TAGS)] if plan.default else [])]
    if area in (REVISIONS, CNI, ZTUNNEL):
        return [Deliverable(folder, SyncWave.SETTINGS), Deliverable(folder, SyncWave.WORKLOADS)]
    return [Deliverable(folder, _OF_AREA[area])]


def _needs(plan: ClusterPlan, part: Deliverable) -> Iterable[Deliverable]:
    area, _, name = part.folder.partition("/")
    if area in (REVISIONS, CNI, ZTUNNEL):
        yield Deliverable(CRDS, SyncWave.DEFINITIONS)
        if part.wave is SyncWave.WORKLOADS:
            yield Deliverable(part.folder, SyncWave.SETTINGS)
    elif area == MESH and part.wave is SyncWave.TAGS and plan.default:
        yield _revision(plan.default.name)
    elif area == TAGS:
        yield from (_revision(tag.revision) for tag in plan.tags if tag.name == name)
    elif area == NAMESPACES:
        yield from (
            _part_of_name(plan, one.follows)
            for one in plan.namespaces
            if one.namespace.name == name and one.revision and one.follows
        )
    elif area == GATEWAYS and (gateway := next((one for one in plan.mesh_gateways if one.name == name), None)):
        yield Deliverable(CRDS, SyncWave.DEFINITIONS)
        yield from (_part_of_name(plan, one) for one in gateway.spec.followed)
        yield Deliverable(f"{NAMESPACES}/{gateway.spec.namespace}", SyncWave.NAMESPACES)
    elif area in (GATEWAYS, EXTRA):
        yield Deliverable(CRDS, SyncWave.DEFINITIONS)
        yield from (Deliverable(f"{TAGS}/{tag.name}", SyncWave.TAGS) for tag in plan.tags)
        yield from (Deliverable(f"{NAMESPACES}/{one.namespace.name}", SyncWave.NAMESPACES) for one in plan.namespaces)


def _part_of_name(plan: ClusterPlan, name: str) -> Deliverable:
    """Returns the part with the webhook that answers to a name in a label: a tag's, else a revision's."""
    is_tag = any(tag.name == name for tag in plan.tags)
    return Deliverable(f"{TAGS}/{name}", SyncWave.TAGS) if is_tag else _revision(name)


def _revision(name: str) -> Deliverable:
    return Deliverable(f"{REVISIONS}/{name}", SyncWave.SETTINGS)
