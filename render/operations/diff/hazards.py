"""The known hazards of the moves to other releases that a comparison holds, by the specs of its later side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from render.areas import CNI, ZTUNNEL
from render.errors import InputError
from render.git.trees import Repository, Side
from render.hazards.data import Component
from render.kustomize.locate import finding
from render.operations.diff.compared_files import Folder
from render.operations.diff.model import ClusterDiff, MetHazard, Upgrade
from render.operations.diff.sides import Files
from render.plan.inventory import Inventory
from render.specs.kinds import ClusterSpecs
from render.tree.served import agent_versions

if TYPE_CHECKING:  # what reads specs and renders is loaded only where a version moves
    from render.hazards.detect import Detection
    from render.hazards.upgrades import Crossing
    from render.operations.render.fleet import OpenFleet
    from render.plan.cluster import ClusterPlan

Versions = tuple[str, str]
AGENTS: tuple[Component, ...] = (CNI, ZTUNNEL)  # their folders are called so too


@dataclass(frozen=True, slots=True)
class _Moves:
    """What moves in a cluster: pods, by versions and with the revisions before and after; and node agents.

    `before` are the releases of all node agents of the tree before, by folder.
    """

    folder: Folder
    pods: Mapping[Versions, tuple[str, str]]
    agents: Mapping[Component, Versions]
    before: Mapping[str, str]


def with_hazards(
    repository: Repository, after: Side, diffs: Sequence[ClusterDiff], folders: Sequence[Folder]
) -> list[ClusterDiff]:
    """Returns the clusters with the hazards of their moves. Where no version moves, no spec is read."""
    read = cache(lambda oid: next(repository.read([oid])))  # clusters share most files
    moved: dict[str, _Moves] = {}
    for diff, folder in zip(diffs, folders, strict=True):
        found = _moves_of(diff, folder, read)
        if found:
            moved[diff.name] = found
    if not moved:
        return list(diffs)
    upgrades = _upgrades(repository, after, moved)
    return [replace(diff, hazards=upgrades[diff.name]) if diff.name in moved else diff for diff in diffs]


def _moves_of(diff: ClusterDiff, folder: Folder, read: Callable[[str], bytes]) -> _Moves | None:
    pods: dict[Versions, tuple[str, str]] = {}
    for part in diff.parts:
        if part.kind in ("revision", "tag"):
            pods.setdefault(part.versions, (part.before or part.name, part.after or part.name))
    for move in diff.moves:
        versions = move.before.version, move.after.version
        pods.setdefault(versions, (move.before.revision, move.after.revision))
    pods = {versions: names for versions, names in pods.items() if all(versions) and versions[0] != versions[1]}
    differing = {part.kind for part in diff.parts} & set(AGENTS)
    if not pods and not differing:
        return None
    before = _agents(folder.before, read)
    now = _agents(folder.after, read) if differing else {}
    moving = {
        name: (before[name], now[name])
        for name in AGENTS
        if name in differing and name in before and name in now and before[name] != now[name]
    }
    return _Moves(folder, pods, moving, before) if pods or moving else None


def _agents(files: Files, read: Callable[[str], bytes]) -> dict[str, str]:
    return agent_versions(files, lambda path: read(files[path]))


def _upgrades(repository: Repository, after: Side, moved: Mapping[str, _Moves]) -> dict[str, tuple[Upgrade, ...]]:
    from render.hazards.data import every_hazard
    from render.operations.diff.sides import specs_of

    side = specs_of(repository, after, moved)
    releases_file = next((specs.releases_file for specs in side.specs.values()), b"") if side else b""
    every_hazard(releases_file)  # what is wrong in that file is told, whatever else is in the specs
    found = {}
    for name, what in moved.items():
        try:
            by_files = side and name in side.specs and tuple(_by_files(side.opened, side.specs[name], what))
        except InputError:  # the specs do not go together: nothing can be planned by them
            by_files = None
        found[name] = by_files or tuple(_by_versions(what, releases_file))
    return found


def _by_files(opened: OpenFleet, specs: ClusterSpecs, moved: _Moves) -> Iterator[Upgrade]:
    """Yields what the specs show. Revisions that either tree has count as there: the old one may be gone with this
    change."""
    from render.hazards.data import hazards
    from render.hazards.detect import elsewhere, hazards_of_move, questions
    from render.hazards.facts import facts
    from render.operations.render.cluster import Pipeline, usable_plan
    from render.operations.render.crds import vendored_definitions

    old, new = moved.folder.serving
    before = Inventory({**old.revisions, **new.revisions})
    plan = usable_plan(Pipeline(specs, opened.output, before), opened.locate)
    definitions = vendored_definitions(opened.reader, specs)
    for crossing in _crossings(plan, moved):
        known = facts(plan, crossing, moved.before, definitions)
        between = hazards(crossing.from_version, crossing.to_version, specs.releases_file)
        kinds = {kind for one in elsewhere(between, known) for look in one.looks for kind in look.kinds}
        yield Upgrade(
            crossing.title,
            crossing.from_version,
            crossing.to_version,
            "files",
            tuple(_met_hazard(one, opened) for one in hazards_of_move(known)),
            tuple(questions(between, known)),
            tuple(sorted(kinds)),
        )


def _crossings(plan: ClusterPlan, moved: _Moves) -> Iterator[Crossing]:
    """Yields the crossings of the plan that this comparison holds; and moves that the plan has not, such as that of a
    tag between revisions of two Istios, or back."""
    from render.hazards.upgrades import CONTROL_PLANE, Crossing, crossings

    pods, agents = dict(moved.pods), dict(moved.agents)
    for one in crossings(plan, Inventory(moved.folder.serving[0].revisions), moved.before):
        versions = one.from_version, one.to_version
        if one.revision and versions in moved.pods:
            pods.pop(versions, None)
            yield one
        for name in one.components if one.revision is None else ():
            if agents.get(name) == versions:
                del agents[name]
                yield one
    owners = {revision.name: revision.record.istio for revision in plan.revisions}
    for versions, (before, after) in pods.items():
        yield Crossing(*versions, frozenset((CONTROL_PLANE,)), owners.get(after), before, after)
    for name, versions in agents.items():
        yield Crossing(*versions, frozenset((name,)))


def _met_hazard(one: Detection, opened: OpenFleet) -> MetHazard:
    found = finding(one.problem, opened.reader)
    place = found.file or "", found.line or 0, found.column or 0, found.object or "", found.field or ""
    return MetHazard(one.hazard, one.meeting, *place)


def _by_versions(moved: _Moves, releases_file: bytes) -> Iterator[Upgrade]:
    from render.hazards.data import hazards

    for before, after in dict.fromkeys([*moved.pods, *moved.agents.values()]):
        yield Upgrade(
            f"{before} -> {after}", before, after, "versions", questions=tuple(hazards(before, after, releases_file))
        )
