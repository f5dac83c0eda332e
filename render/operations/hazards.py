"""Upgrade hazards for people and programs: of a move between two releases, and of the moves that a fleet is in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from render.errors import InputError, wrong
from render.finding import Finding
from render.hazards.data import Hazard, Meeting, every_hazard, hazards, meets
from render.hazards.detect import elsewhere, hazards_of_move, questions
from render.hazards.facts import facts
from render.hazards.upgrades import Crossing, crossings, planned_moves
from render.kustomize.locate import finding
from render.operations.lint.view import OnDisk
from render.operations.render.crds import vendored_definitions
from render.operations.render.fleet import OpenFleet, open_fleet
from render.plan.cluster import ClusterPlan
from render.specs.fleet_releases import Catalog, builtin_catalog, fleet_catalog
from render.tree.served import agent_versions


@dataclass(frozen=True, slots=True)
class ListedHazard:
    """A hazard that a move meets, and how."""

    hazard: Hazard
    meeting: Meeting


@dataclass(frozen=True, slots=True)
class MoveHazards:
    """All that is known of a move between two releases, the worst first."""

    from_version: str
    to_version: str
    hazards: tuple[ListedHazard, ...]


@dataclass(frozen=True, slots=True)
class ShownHazard:
    """A hazard that files show, and the field that shows it, as a finding with its place."""

    hazard: Hazard
    meeting: Meeting
    finding: Finding


@dataclass(frozen=True, slots=True)
class CrossingHazards:
    """What a move of a cluster meets: `met`, which its files show; `questions`, which only a person can answer; and by
    kind `elsewhere`, which only objects could show of which the files hold none."""

    crossing: Crossing
    met: tuple[ShownHazard, ...]
    questions: tuple[Hazard, ...]
    elsewhere: Mapping[str, tuple[Hazard, ...]]


@dataclass(frozen=True, slots=True)
class ClusterHazards:
    """The moves that a cluster is in."""

    name: str
    crossings: tuple[CrossingHazards, ...]


@dataclass(frozen=True, slots=True)
class FleetHazards:
    """What the moves of a fleet's clusters meet, from files alone."""

    clusters: tuple[ClusterHazards, ...]


def list_hazards(start: str, target: str, root: Path | None = None) -> MoveHazards:
    """Returns what is known of a move, with the `root` of a fleet also what its `releases.yaml` adds. Looks at no spec.
    `InputError` for a release that is not known."""
    known = _fleet_catalog(open_fleet(root)) if root else builtin_catalog()
    first, last = _release(start, "--from", known), _release(target, "--to", known)
    met = ((hazard, meets(first, last, hazard)) for hazard in hazards(first, last, known.releases_file))
    return MoveHazards(first, last, tuple(ListedHazard(hazard, meeting) for hazard, meeting in met if meeting))


def of_fleet(root: Path, names: Collection[str] = (), move: tuple[str, str] | None = None) -> FleetHazards:
    """Returns what each move of each named cluster of the fleet in `root` meets, of all clusters when none is named.

    `move` is a pair of releases to try instead of the moves that are under way.
    """
    opened = open_fleet(root)
    ends: tuple[str, str] | None = None
    if move:
        known = _fleet_catalog(opened)
        ends = _release(move[0], "--from", known), _release(move[1], "--to", known)
    clusters = []
    for pipeline in opened.pipelines(names):
        plan, previous = pipeline.plan, pipeline.previous
        held = OnDisk(pipeline.folder, previous)
        agents = agent_versions(held.paths, held.read)
        moves = planned_moves(plan, *ends) if ends else crossings(plan, previous, agents)
        found = tuple(_crossing(opened, plan, one, agents) for one in moves)
        clusters.append(ClusterHazards(plan.specs.cluster.name, found))
    return FleetHazards(tuple(clusters))


def _fleet_catalog(opened: OpenFleet) -> Catalog:
    return fleet_catalog(opened.reader, opened.fleet.source.folder)


def _release(text: str, option: str, known: Catalog) -> str:
    """Returns a release with `v`, from one that may lack it, or from an alias. It is one that a spec may name, or that
    hazards are known of: what comes with the next minor is known before its charts are."""
    version = text if text.startswith("v") else f"v{text}"
    if any(version in map(str, (one.introduced, *(one.fixed or ()))) for one in every_hazard(known.releases_file)):
        return version
    try:
        return known.releases.resolve(version)
    except InputError as error:
        raise wrong("MR043", error.findings[0].message, file=option) from None


def _crossing(opened: OpenFleet, plan: ClusterPlan, crossing: Crossing, agents: dict[str, str]) -> CrossingHazards:
    known = facts(plan, crossing, agents, vendored_definitions(opened.reader, plan.specs))
    between = hazards(crossing.from_version, crossing.to_version, plan.specs.releases_file)
    return CrossingHazards(
        crossing,
        tuple(
            ShownHazard(one.hazard, one.meeting, finding(one.problem, opened.reader)) for one in hazards_of_move(known)
        ),
        tuple(questions(between, known)),
        _by_kind(elsewhere(between, known)),
    )


def _by_kind(found: list[Hazard]) -> dict[str, tuple[Hazard, ...]]:
    kinds = sorted({kind for one in found for look in one.looks for kind in look.kinds})
    return {kind: tuple(one for one in found if any(kind in look.kinds for look in one.looks)) for kind in kinds}
