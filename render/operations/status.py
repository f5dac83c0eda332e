"""Who uses whom, per cluster, as data: Sail's status fields, from files and from what was observed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from render.areas import CNI, ZTUNNEL
from render.manifests.values import computed_values
from render.operations.observe.file import TIME
from render.operations.observe.freshness import DatedObservation
from render.plan.cluster import ClusterPlan, PlannedRevision
from render.plan.node_agents import is_delivered
from render.plan.observation import with_observation
from render.plan.revision_facts import State, component_state, is_remote
from render.plan.usage import Usage


def status(plans: Iterable[ClusterPlan], observed: Mapping[str, DatedObservation]) -> dict[str, Any]:
    """`{"basis": "files", "clusters": [...]}` with Sail's names for fields, reasons and states.

    `inUse` is a boolean, null where it is unknown. READY and ages are left out: files cannot know them. A cluster in
    `observed` also has its own `basis`, `observed`, and what was seen: see `_seen`.
    """
    return {"basis": "files", "clusters": [_cluster(plan, observed.get(plan.specs.cluster.name)) for plan in plans]}


def _cluster(plan: ClusterPlan, observed: DatedObservation | None) -> dict[str, Any]:
    if observed is None:
        return _plan_data(plan)
    return {**_plan_data(with_observation(plan, observed.observation)), **_seen_pods(observed)}


def _seen_pods(observed: DatedObservation) -> dict[str, Any]:
    """Returns when the cluster was observed, how long ago in seconds, why that is no proof any more (`stale`, null: it
    is), and its proxies by revision and version."""
    seen = observed.observation
    return {
        "basis": "observed",
        "observedAt": seen.at.strftime(TIME),
        "age": int(observed.freshness.age.total_seconds()),
        "stale": observed.freshness.stale,
        "proxies": [
            {"revision": revision, "version": version, "pods": pods}
            for (revision, version), pods in sorted(seen.proxies.items())
        ],
    }


def _plan_data(plan: ClusterPlan) -> dict[str, Any]:
    by_name = {revision.name: revision for revision in plan.revisions}
    states = {revision.name: _state(plan, revision) for revision in plan.revisions}
    return {
        "name": plan.specs.cluster.name,
        "istios": [
            {
                "name": planned.istio.name,
                "version": planned.istio.version,
                "activeRevisionName": planned.active,
                "revisions": {
                    "total": len(planned.revisions),
                    "inUse": sum(by_name[name].usage.status == "True" for name in planned.revisions),
                },
                "state": states[planned.active],
            }
            for planned in plan.istios
        ],
        "revisions": [_revision(revision, states[revision.name]) for revision in plan.revisions],
        "tags": [
            {"name": tag.name, "istioRevision": tag.revision, "inUse": _in_use(tag.usage), "state": tag.state}
            for tag in plan.tags
        ],
        "namespaces": [
            {"name": planned.namespace.name, "follows": planned.follows, "revision": planned.revision}
            for planned in plan.namespaces
        ],
    }


def _state(plan: ClusterPlan, revision: PlannedRevision) -> State:
    specs = plan.specs
    values = computed_values(revision.record, specs)
    return component_state(values, has_cni=is_delivered(specs, CNI), has_ztunnel=is_delivered(specs, ZTUNNEL))


def _revision(revision: PlannedRevision, state: State) -> dict[str, Any]:
    record = revision.record
    return {
        "name": record.name,
        "type": "Remote" if is_remote(record) else "Local",
        "version": record.version,
        "namespace": record.namespace,
        "inUse": _in_use(revision.usage),
        "reason": revision.usage.reason,
        "state": state,
    }


def _in_use(usage: Usage) -> bool | None:
    return {"True": True, "False": False, "Unknown": None}[usage.status]
