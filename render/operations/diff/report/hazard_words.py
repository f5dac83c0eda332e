"""The hazards of a comparison in words: what the specs show, said once for many clusters, and what is to be asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from render.hazards.data import SEVERITIES, Hazard, Meeting
from render.messages import count
from render.operations.diff.model import ClusterDiff, Diff, MetHazard, Upgrade
from render.operations.diff.report.groups import by_clusters
from render.operations.diff.report.words import where

QUESTIONS = 10  # of a move; the rest is counted
PLACES = 3  # of a hazard

_Move = tuple[str, str]


@dataclass(frozen=True, slots=True)
class MetGroup:
    """A hazard that the specs of these clusters show, for the moves and at the places of any of them."""

    clusters: tuple[str, ...]
    hazard: Hazard
    meeting: Meeting
    moves: tuple[_Move, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MoveQuestions:
    """What is to be asked of a move of these clusters. `by_versions`: their specs could not be read. `elsewhere` are
    the kinds that the specs of any of them have no object of."""

    clusters: tuple[str, ...]
    move: _Move
    by_versions: bool
    questions: tuple[Hazard, ...]
    elsewhere: tuple[str, ...]


def has_specs(diff: Diff) -> bool:
    """Returns whether any specs could be read to look for hazards in."""
    return any(upgrade.basis == "files" for cluster in diff.clusters for upgrade in cluster.hazards)


class HazardGroups(NamedTuple):
    """Hazards that are met, and those that are left behind."""

    met: list[MetGroup]
    left_behind: list[MetGroup]


def hazard_groups(diff: Diff) -> HazardGroups:
    """Returns the hazards that are met, the worst first; and those that are left behind, of which nothing is to be
    done."""
    clusters: dict[tuple[str, Meeting], dict[str, None]] = {}
    moves: dict[tuple[str, Meeting], dict[_Move, None]] = {}
    places: dict[tuple[str, Meeting], dict[str, None]] = {}
    first: dict[tuple[str, Meeting], MetHazard] = {}
    for name, upgrade, met in _all_met(diff.clusters):
        key = (met.hazard.id, met.meeting)
        first.setdefault(key, met)
        clusters.setdefault(key, {})[name] = None
        moves.setdefault(key, {})[upgrade.before, upgrade.after] = None
        places.setdefault(key, {})[met.place] = None
    groups = [
        MetGroup(tuple(clusters[key]), met.hazard, met.meeting, tuple(moves[key]), tuple(places[key]))
        for key, met in sorted(first.items(), key=lambda item: SEVERITIES.index(item[1].hazard.severity))
    ]
    left = {key for key, met in first.items() if met.is_left_behind}
    open_ones = [group for group in groups if (group.hazard.id, group.meeting) not in left]
    return HazardGroups(open_ones, [group for group in groups if (group.hazard.id, group.meeting) in left])


def questions(diff: Diff) -> list[MoveQuestions]:
    """Returns the questions of each move, said once for the clusters that have the same."""
    missing: dict[str, dict[_Move, tuple[str, ...]]] = {one.name: _elsewhere(one) for one in diff.clusters}
    found = []
    for names, items in by_clusters(diff.clusters, _questions):
        for move, by_versions, questions in items:
            kinds = {kind for name in names for kind in missing[name].get(move, ())}
            found.append(MoveQuestions(names, move, by_versions, questions, tuple(sorted(kinds))))
    return [one for one in found if one.questions or one.elsewhere]


def hazard_lines(group: MetGroup, diff: Diff) -> Iterator[str]:
    """Yields the hazard, and what belongs below it: the move and the clusters, the places, what happens, what to do
    first."""
    hazard = group.hazard
    yield f"{hazard.severity} {hazard.id}: {hazard.title}"
    yield f"{', '.join(map(move_words, group.moves))} {group.meeting} it, {where(group.clusters, diff)}"
    yield from group.places[:PLACES]
    if len(group.places) > PLACES:
        yield f"and {count(len(group.places) - PLACES, 'more place')}"
    yield hazard.effect
    yield f"first: {hazard.avoid}"


def question_title(one: MoveQuestions, diff: Diff) -> str:
    basis = ": specs could not be read, so by versions alone" if one.by_versions else ""
    return f"{move_words(one.move)} {where(one.clusters, diff)}{basis}"


def question_lines(one: MoveQuestions) -> Iterator[str]:
    for hazard in one.questions[:QUESTIONS]:
        yield f"{hazard.severity} {hazard.id}: {hazard.question}"
    if len(one.questions) > QUESTIONS:
        before, after = (version.removeprefix("v") for version in one.move)
        yield f"{len(one.questions) - QUESTIONS} more: meshrev hazards --from {before} --to {after}"
    if one.elsewhere:
        kinds = dict.fromkeys(kind if kind[0] == "*" else kind.partition(".")[0] for kind in one.elsewhere)
        yield f"not looked for where the specs hold none of: {', '.join(kinds)}"


def move_words(move: _Move) -> str:
    return " -> ".join(move)


def _all_met(clusters: Sequence[ClusterDiff]) -> Iterator[tuple[str, Upgrade, MetHazard]]:
    return ((one.name, upgrade, met) for one in clusters for upgrade in one.hazards for met in upgrade.met)


def _questions(cluster: ClusterDiff) -> Iterator[tuple[_Move, bool, tuple[Hazard, ...]]]:
    """By move: several upgrades can be of the same versions, those of the control plane and of node agents."""
    moves: dict[tuple[_Move, bool], dict[str, Hazard]] = {}
    for one in cluster.hazards:
        same = moves.setdefault(((one.before, one.after), one.basis == "versions"), {})
        same.update((hazard.id, hazard) for hazard in one.questions)
    for (move, by_versions), same in moves.items():
        questions = list(same.values())
        if not by_versions:
            questions.sort(key=lambda hazard: (len(hazard.question), hazard.id))
        yield move, by_versions, tuple(questions)


def _elsewhere(cluster: ClusterDiff) -> dict[_Move, tuple[str, ...]]:
    found: dict[_Move, tuple[str, ...]] = {}
    for one in cluster.hazards:
        move = one.before, one.after
        found[move] = (*found.get(move, ()), *one.elsewhere)
    return found
