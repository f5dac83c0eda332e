"""The hazards of the upgrades that a cluster is in, as findings: only those that its files show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from render.codes import Severity
from render.hazards.data import Meeting
from render.hazards.detect import CODE, hazards_of_move
from render.hazards.facts import facts
from render.hazards.upgrades import crossings
from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.messages import FieldPath
from render.plan.inventory import Inventory

_LEVELS: Mapping[Meeting, Severity] = {"comes with": "error", "stays with": "warning", "leaves": "info"}
_ORDER: tuple[Severity, ...] = ("info", "warning", "error")


def upgrade_hazards(view: View) -> Iterator[Violation]:
    """Each hazard once for each place that shows it, also where several moves meet it.

    What is known to interrupt traffic or to open a door, and is seen in these files, stops a merge where the move
    brings it. What was there before and stays is a warning, and what the move leaves behind a note: an upgrade is not
    refused for the state that it mends or finds.
    """
    found: dict[tuple[str, int, FieldPath], Violation] = {}
    for crossing in crossings(view.plan, Inventory(view.before.revisions), view.before.agents):
        for one in hazards_of_move(facts(view.plan, crossing, view.before.agents, view.definitions)):
            problem = one.problem
            level: Severity = _LEVELS[one.meeting] if problem.severity == "warning" else "info"
            place = (one.hazard.id, id(one.resource), one.path)
            if place not in found or _ORDER.index(level) > _ORDER.index(found[place].severity or "info"):
                found[place] = Violation(problem.message, one.resource, one.path, level)
    yield from found.values()


RULES = (
    Rule(
        CODE,
        "Something that this upgrade changes is used here; the finding says what happens and what to do first.",
        upgrade_hazards,
    ),
)
