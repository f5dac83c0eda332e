"""Who uses whom, per cluster: Sail's status fields, from files and from what was observed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from render.areas import CNI, ZTUNNEL
from render.manifests.values import computed_values
from render.operations.observe.freshness import DatedObservation
from render.plan.cluster import ClusterPlan, PlannedIstio, PlannedNamespace, PlannedRevision, PlannedTag
from render.plan.managed_revisions import PlannedManagedRevision
from render.plan.node_agents import is_delivered
from render.plan.observed.observation import with_observation
from render.plan.observed.verification import VerificationReport
from render.plan.revision_facts import State, component_state, is_remote
from render.plan.topology.remote_users import remote_users, with_remote_users

EMPTY: Mapping[str, VerificationReport] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class IstioStatus:
    """An Istio, how many of its revisions are in use, and the state of its active one."""

    planned: PlannedIstio
    in_use: int
    state: State


@dataclass(frozen=True, slots=True)
class RevisionStatus:
    """A revision, where its control plane runs, and whether it lacks a node agent."""

    planned: PlannedRevision
    type: Literal["Local", "Remote"]
    state: State


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """The parts of a cluster with their status, and the observation that they rest on besides files, where there is
    one; `verified` is what its server said of the tree, where that is kept."""

    name: str
    istios: tuple[IstioStatus, ...]
    revisions: tuple[RevisionStatus, ...]
    managed: tuple[PlannedManagedRevision, ...]
    tags: tuple[PlannedTag, ...]
    namespaces: tuple[PlannedNamespace, ...]
    observed: DatedObservation | None
    verified: VerificationReport | None = None


@dataclass(frozen=True, slots=True)
class FleetStatus:
    """The clusters in the order in which they were asked for."""

    clusters: tuple[ClusterStatus, ...]


def status(
    plans: Iterable[ClusterPlan],
    observed: Mapping[str, DatedObservation],
    verified: Mapping[str, VerificationReport] = EMPTY,
    remotes: Iterable[ClusterPlan] = (),
) -> FleetStatus:
    """Returns the status of each cluster; `observed` is what was seen and `verified` what servers said, by the
    cluster's name; `remotes` are clusters that use revisions of these. READY and ages are left out: files cannot know
    them."""
    plans = list(plans)
    using = [*plans, *remotes]
    plans = [with_remote_users(plan, remote_users(plan.specs.cluster.name, using)) for plan in plans]
    clusters = [_cluster(plan, observed.get(plan.specs.cluster.name)) for plan in plans]
    return FleetStatus(tuple(replace(one, verified=verified.get(one.name)) for one in clusters))


def _cluster(plan: ClusterPlan, observed: DatedObservation | None) -> ClusterStatus:
    if observed is not None:
        plan = with_observation(plan, observed.observation)
    revisions = {planned.name: _revision(plan, planned) for planned in plan.revisions}
    istios = tuple(_istio(planned, revisions) for planned in plan.istios)
    return ClusterStatus(
        plan.specs.cluster.name, istios, tuple(revisions.values()), plan.managed, plan.tags, plan.namespaces, observed
    )


def _istio(planned: PlannedIstio, revisions: Mapping[str, RevisionStatus]) -> IstioStatus:
    in_use = sum(revisions[name].planned.usage.status == "True" for name in planned.revisions)
    return IstioStatus(planned, in_use, revisions[planned.active].state)


def _revision(plan: ClusterPlan, planned: PlannedRevision) -> RevisionStatus:
    specs = plan.specs
    values = computed_values(planned.record, specs)
    state = component_state(values, has_cni=is_delivered(specs, CNI), has_ztunnel=is_delivered(specs, ZTUNNEL))
    return RevisionStatus(planned, "Remote" if is_remote(planned.record) else "Local", state)
