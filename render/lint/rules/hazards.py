"""The hazards of the upgrades that a cluster is in, as findings: only those that its files show."""

from __future__ import annotations

from collections.abc import Iterator

from render.codes import Severity
from render.hazards.detect import CODE, hazards_of_move
from render.hazards.facts import facts
from render.hazards.upgrades import crossings
from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.messages import FieldPath
from render.plan.inventory import Inventory


def upgrade_hazards(view: View) -> Iterator[Violation]:
    """Each hazard once for each place that shows it, also where several moves meet it.

    What is known to interrupt traffic or to open a door, and is seen in these files, stops a merge; but not the move
    that leaves a fault behind which every fleet of the older release has, as the mending of a CVE does.
    """
    found: dict[tuple[str, int, FieldPath], Violation] = {}
    for crossing in crossings(view.plan, Inventory(view.before.revisions), view.before.agents):
        for one in hazards_of_move(facts(view.plan, crossing, view.before.agents, view.definitions)):
            problem = one.problem
            level: Severity = "error" if problem.severity == "warning" else "info"
            place = (one.hazard.id, id(one.resource), one.path)
            if place not in found or found[place].severity != "error":
                found[place] = Violation(problem.message, one.resource, one.path, level)
    yield from found.values()


RULES = (
    Rule(
        CODE,
        "Something that this upgrade changes is used here; the finding says what happens and what to do first.",
        upgrade_hazards,
    ),
)
