"""Which hazards of a move a cluster's files show, where, and what only a person can answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from render.codes import Severity
from render.hazards.data import Hazard, Look, Meeting, hazards, meets
from render.hazards.facts import Facts
from render.hazards.upgrades import Crossing
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.messages import FieldPath

CODE = "MR180"
# What interrupts traffic or opens a door is worth stopping for; the rest is worth reading.
LEVELS: dict[str, Severity] = {"outage": "warning", "security": "warning"}


@dataclass(frozen=True, slots=True)
class Detection:
    """A hazard that a move meets, and the field of a spec, Namespace or other object that shows it."""

    hazard: Hazard
    crossing: Crossing
    meeting: Meeting
    resource: Resource
    path: FieldPath

    @property
    def problem(self) -> Problem:
        """For a finding, with what to do first. A release's own fault that the move leaves behind is no warning."""
        hazard, crossing = self.hazard, self.crossing
        level = LEVELS.get(hazard.severity, "info")
        if self.meeting == "leaves" and hazard.is_of_version_alone:
            level = "info"
        met = f"{crossing.from_version} -> {crossing.to_version} {self.meeting} {hazard.id} ({hazard.severity})"
        message = f"{met}: {hazard.title}. {hazard.effect} First: {hazard.avoid}"
        return Problem(CODE, message, self.resource, self.path, level)


def hazards_of_move(facts: Facts) -> list[Detection]:
    """Returns the hazards of the move that the facts are of, the worst first: `detect` of all `hazards` between its
    ends."""
    crossing, own = facts.crossing, facts.plan.specs.releases_file
    return detect(hazards(crossing.from_version, crossing.to_version, own), facts)


def detect(asked: Iterable[Hazard], facts: Facts) -> list[Detection]:
    """Returns every place in the cluster that shows one of these hazards, in their order."""
    found = []
    crossing = facts.crossing
    for hazard in asked:
        meeting = meets(crossing.from_version, crossing.to_version, hazard)
        if meeting:
            places = [place for look in _looks(hazard, facts) for place in _places(look, facts)]
            once = {(id(resource), path): resource for resource, path in places}
            found += [Detection(hazard, crossing, meeting, one, path) for (_, path), one in once.items()]
    return found


def questions(asked: Iterable[Hazard], facts: Facts) -> list[Hazard]:
    """Returns those that files neither show nor rule out: what to ask the reviewer, the shortest question first."""
    here = (one for one in asked if one.component in facts.crossing.components)
    left = [one for one in here if (one.asked(facts.whole) is not None if one.asked else not one.looks)]
    return sorted(left, key=lambda one: (len(one.question), one.id))


def elsewhere(asked: Iterable[Hazard], facts: Facts) -> list[Hazard]:
    """Returns those that only objects could show of which these files hold none at all: other repositories may."""
    return [
        hazard
        for hazard in asked
        if (looks := list(_looks(hazard, facts)))
        and all(look.kinds for look in looks)
        and not any(True for look in looks for _ in facts.objects(look.kinds))
    ]


def _looks(hazard: Hazard, facts: Facts) -> Iterator[Look]:
    return (look for look in hazard.looks if look.component in facts.crossing.components)


def _places(look: Look, facts: Facts) -> Iterator[tuple[Resource, FieldPath]]:
    """A look at kinds is made at each object of them, any other once."""
    for about in facts.objects(look.kinds) if look.kinds else (None,):
        scope = facts.around(about) if about else facts.whole
        path = look.holds(scope) if look.holds else ()
        if path is None:
            continue
        if look.at:
            path = next((place for place, _ in scope.at(look.at)), path)
        yield facts.place(path, about)
