"""What it takes to move a namespace from sidecars to the ambient mesh and back, one commit a step.

To ambient: first its waypoint, where one is asked for, since a label that names a waypoint which is not there sends
traffic past it; then the labels, all in one object. Pods keep their sidecars, which go on enforcing, until they are
made anew. Back: first the label of a revision, with which new pods get a sidecar and stay out of ztunnel's hands; then
the label of the ambient mesh goes, which would take running pods out of it at once.
Sources: https://istio.io/latest/docs/ambient/usage/add-workloads/, .../usage/waypoint/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from render.areas import CNI, ZTUNNEL
from render.errors import InputError
from render.finding import Finding
from render.manifests.node_agents import serves_ambient
from render.manifests.values import computed_values
from render.messages import FieldPath
from render.operations.change.layer7_policies import (
    Gap,
    Layer7Policy,
    layer7_policies,
    sidecar_gaps,
    waypoint_gaps,
)
from render.operations.change.new_objects import NewObject
from render.operations.change.spec_edits import Wish
from render.plan.cluster import ClusterPlan, PlannedNamespace
from render.plan.labels import (
    AMBIENT_LABELS,
    DATAPLANE_LABEL,
    INJECTION_LABEL,
    REVISION_LABEL,
    WAYPOINT_LABEL,
    joins_ambient,
)
from render.plan.node_agents import is_delivered
from render.plan.revision_facts import is_ambient
from render.specs.mesh_gateway import WAYPOINT_CLASS
from render.yamlio.edit.text_edits import REMOVED
from render.yamlio.location import value_at

AMBIENT = "ambient"
_LABELS: FieldPath = ("metadata", "labels")
_ROOT = ("meshConfig", "rootNamespace")
_NO_PARTS, _UNENFORCED = "MR326", "MR327"


def refuse_without_ambient(plans: Iterable[ClusterPlan]) -> None:
    """Raises an `InputError` where a cluster has not all that carries the ambient mesh."""
    findings = []
    for plan in plans:
        agents = {ZTUNNEL: "a ZTunnel", CNI: "an IstioCNI"}
        missing = [title for name, title in agents.items() if not is_delivered(plan.specs, name)]
        if plan.cni and not serves_ambient(plan.cni, plan.specs):
            missing.append("an IstioCNI with the profile ambient")
        if _ambient_name(plan, None) is None:
            missing.append("an Istio with the profile ambient")
        if missing:
            resource = plan.specs.cluster.resource
            message = f"has not all of the ambient mesh; it lacks {', '.join(missing)}"
            findings.append(Finding(_NO_PARTS, message, file=resource.origin.file, object=resource.title))
    if findings:
        raise InputError(findings)


def waypoint_of(plan: ClusterPlan, planned: PlannedNamespace) -> str | None:
    """Returns the waypoint of a namespace: the one that its label names, else one of this repo that is in it."""
    named = planned.namespace.labels.get(WAYPOINT_LABEL)
    if named:
        return None if named == "none" else named
    own = (one.name for one in plan.specs.mesh_gateways if one.namespace == planned.namespace.name and one.is_waypoint)
    return next(own, None)


def new_waypoint(plan: ClusterPlan, planned: PlannedNamespace) -> NewObject:
    """Returns a waypoint for the Services of a namespace, deployed by the revision or tag that it follows now where
    that is ambient, else by another that is."""
    spec = {
        "follows": _ambient_name(plan, planned.follows),
        "namespace": planned.namespace.name,
        "gateway": {
            "gatewayClassName": WAYPOINT_CLASS,
            "listeners": [{"name": "mesh", "port": 15008, "protocol": "HBONE"}],
        },
    }
    data = {
        "apiVersion": "meshrev.io/v1alpha1",
        "kind": "MeshGateway",
        "metadata": {"name": f"{planned.namespace.name}-waypoint"},
        "spec": spec,
    }
    return NewObject(plan.specs.folder, data)


def enrolment(plan: ClusterPlan, planned: PlannedNamespace, waypoint: str | None) -> list[Wish]:
    """Returns the labels of a namespace in the ambient mesh. `InputError` for policies that nobody would enforce."""
    found = waypoint_gaps(_policies(plan, planned), waypoint=waypoint is not None)
    _refuse(found)
    labels: dict[str, Any] = {DATAPLANE_LABEL: AMBIENT, INJECTION_LABEL: REMOVED, REVISION_LABEL: REMOVED}
    if waypoint:
        labels[WAYPOINT_LABEL] = waypoint
    resource = planned.namespace.resource
    return [Wish(plan.specs.folder, resource, (*_LABELS, key), value) for key, value in labels.items()]


def refuse_unread_by_sidecars(plan: ClusterPlan, planned: PlannedNamespace) -> None:
    """Raises an `InputError` for policies that a waypoint enforces and no sidecar would."""
    _refuse(sidecar_gaps(_policies(plan, planned)))


def departure(plan: ClusterPlan, planned: PlannedNamespace) -> list[Wish]:
    """Returns the labels of the ambient mesh, taken away."""
    return [Wish(plan.specs.folder, planned.namespace.resource, (*_LABELS, key), REMOVED) for key in AMBIENT_LABELS]


def is_in_ambient(planned: PlannedNamespace) -> bool:
    """Returns whether the labels of a namespace bring it to the ambient mesh."""
    return joins_ambient(planned.namespace.labels)


def _ambient_name(plan: ClusterPlan, follows: str | None) -> str | None:
    """Returns a revision or tag whose istiod serves the ambient mesh, `follows` where it does."""
    targets = {one.name: one for one in plan.revisions}
    targets |= {tag.name: targets[tag.revision] for tag in plan.tags if tag.revision in targets}
    serving = [name for name, one in targets.items() if is_ambient(computed_values(one.record, plan.specs))]
    tags = [tag.name for tag in plan.tags if tag.name in serving]
    active = [one.name for one in plan.revisions if one.active and one.name in serving]
    return next((name for name in (follows, *tags, *active) if name in serving), None)


def _policies(plan: ClusterPlan, planned: PlannedNamespace) -> list[Layer7Policy]:
    roots = {str(value_at(one.record.values, *_ROOT) or one.record.namespace) for one in plan.revisions}
    return list(layer7_policies(plan.specs.extra, {planned.namespace.name, *roots}))


def _refuse(found: Iterator[Gap]) -> None:
    findings = [Finding(_UNENFORCED, gap.why, file=gap.policy.origin.file, object=gap.policy.title) for gap in found]
    if findings:
        raise InputError(dict.fromkeys(findings))
