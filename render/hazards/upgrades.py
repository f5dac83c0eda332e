"""The moves from one release to another that a cluster's plan holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from render.areas import CNI, ZTUNNEL
from render.hazards.data import Component
from render.plan.cluster import ClusterPlan, PlannedRevision
from render.plan.inventory import EMPTY, Inventory
from render.plan.node_agents import PlannedAgent
from render.plan.revision_names import revision_name
from render.specs.releases import parse

CONTROL_PLANE: Component = "control plane"
EVERYTHING: frozenset[Component] = frozenset((CONTROL_PLANE, "cni", "ztunnel"))


@dataclass(frozen=True, slots=True)
class Crossing:
    """A move of some components from one release to another; versions with `v`.

    `revision` is the one that is moved to and `before` the one that is left; they are one where it is changed in
    place. Both are None where a node agent moves. `istio` owns them, None for revisions with specs of their own.
    """

    from_version: str
    to_version: str
    components: frozenset[Component]
    istio: str | None = None
    before: str | None = None
    revision: str | None = None

    @property
    def in_place(self) -> bool:
        return self.before == self.revision

    @property
    def title(self) -> str:
        """`Istio/default v1.23.4 -> v1.24.3`, `IstioCNI v1.23.4 -> v1.24.3`."""
        agents = {frozenset(("cni",)): "IstioCNI", frozenset(("ztunnel",)): "ZTunnel"}
        own = f"Istio/{self.istio}" if self.istio else f"IstioRevision/{self.revision}"
        return f"{agents.get(self.components, own)} {self.from_version} -> {self.to_version}"


def crossings(
    plan: ClusterPlan, previous: Inventory = EMPTY, agents: Mapping[str, str] | None = None
) -> list[Crossing]:
    """Returns the moves that a cluster is in: from every other revision of an Istio, which is there until it is
    retired, to the active one; from the release that `previous` has of a revision to that of the plan; between
    IstioRevisions that no Istio owns, to the newest of their namespace; and of node agents.

    `agents` are the releases that the previous tree has of the node agents, by `cni` and `ztunnel`. An agent that
    is not in the specs is somebody else's, and taken to move with the control plane.
    """
    moves: dict[Crossing, None] = {}
    by_name = {revision.name: revision for revision in plan.revisions}
    moving = _moving(plan)
    for planned in plan.istios:
        for name in planned.revisions[1:]:
            _add(moves, by_name[name], by_name[planned.active], moving, planned.istio.name)
    for revision in plan.revisions:
        before = previous.revisions.get(revision.name)
        if before is not None and before.version != revision.record.version:
            owner = revision.record.istio
            names = (owner, revision.name, revision.name)
            moves[Crossing(before.version, revision.record.version, moving, *names)] = None
    for before_one, newest in _moves_without_owner(plan):
        _add(moves, before_one, newest, moving, None)
    for component, agent in ((CNI, plan.cni), (ZTUNNEL, plan.ztunnel)):
        _add_agent(moves, component, agent, (agents or {}).get(component))
    return list(moves)


def planned_moves(plan: ClusterPlan, from_version: str, to_version: str) -> list[Crossing]:
    """Returns a move that nobody made yet, of everything that the cluster has: one for each of its active revisions.

    It names the revision that the target would have, which is not in the plan where it comes in beside the old one.
    """
    istios = {planned.active: planned.istio for planned in plan.istios}
    found = []
    for one in plan.revisions:
        if one.active:
            target = revision_name(istios[one.name], to_version) if one.name in istios else one.name
            found.append(Crossing(from_version, to_version, EVERYTHING, one.record.istio, one.name, target))
    return found


def _add(
    found: dict[Crossing, None],
    before: PlannedRevision,
    revision: PlannedRevision,
    moving: frozenset[Component],
    istio: str | None,
) -> None:
    start, target = before.record.version, revision.record.version
    if start != target:
        found[Crossing(start, target, moving, istio, before.name, revision.name)] = None


def _moving(plan: ClusterPlan) -> frozenset[Component]:
    known = {component for component, agent in (("cni", plan.cni), ("ztunnel", plan.ztunnel)) if agent}
    return EVERYTHING - known


def _moves_without_owner(plan: ClusterPlan) -> list[tuple[PlannedRevision, PlannedRevision]]:
    """Returns revisions that no Istio owns and that share a namespace, each with the newest of them."""
    together: dict[str, list[PlannedRevision]] = {}
    for revision in plan.revisions:
        if revision.record.istio is None:
            together.setdefault(revision.record.namespace, []).append(revision)
    pairs = []
    for group in together.values():
        newest = max((one for one in group if one.active), key=lambda one: parse(one.record.version), default=None)
        pairs += [(one, newest) for one in group if newest and one is not newest]
    return pairs


def _add_agent(found: dict[Crossing, None], component: str, agent: PlannedAgent | None, before: str | None) -> None:
    if agent and before and before != agent.version:
        moved: Component = "cni" if component == CNI else "ztunnel"
        found[Crossing(before, agent.version, frozenset((moved,)))] = None
