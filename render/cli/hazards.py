"""`meshrev hazards`: what an upgrade meets."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import clusters_option, output_option
from render.cli.options.fleet import fleet_root, standing
from render.cli.output import Line, StyledText, print_json, print_lines, table
from render.messages import count, few

if TYPE_CHECKING:
    from render.hazards.data import Hazard
    from render.operations.hazards import CrossingHazards, FleetHazards, MoveHazards, ShownHazard

BASIS = "files"
COLOURS = {"outage": "red", "security": "red", "behaviour": "yellow", "config": "yellow", "info": None}
PLACES = CLUSTERS = 5  # how many are named; JSON has all


@click.command("hazards")
@click.option("--from", "start", metavar="V", help="The release to leave, such as 1.24.3.")
@click.option("--to", "target", metavar="V", help="The release to go to.")
@clusters_option
@output_option
def command(start: str | None, target: str | None, clusters: tuple[str, ...], output: str) -> None:
    """List what is known to go wrong in an upgrade.

    With --from and --to: everything that is known of that move; with --cluster too, what that cluster would meet.
    Without them: what the fleet's own upgrades meet, from every revision that is still there and from every
    version that the tree still has. From files alone: what they cannot show is asked. A fleet's releases.yaml may
    add hazards.
    """
    from render.operations.hazards import list_hazards, of_fleet
    from render.operations.render.fleet_root import find_root

    if bool(start) != bool(target):
        raise click.UsageError("--from and --to belong together: the release to leave and the one to go to")
    move = (start, target) if start and target else None
    if move and not clusters:
        listed = list_hazards(*move, find_root(standing()))
        if output == "json":
            print_json(as_json(listed))
        else:
            print_lines(_table(listed))
        return
    found = of_fleet(fleet_root(), clusters, move)
    if output == "json":
        print_json(as_json(found))
    else:
        print_lines(_fleet(found))


def as_json(found: MoveHazards | FleetHazards) -> dict[str, Any]:
    """`{"from", "to", "hazards": [...]}` of a move; of a fleet `{"basis": "files", "clusters": [...]}`, each with its
    name and its `crossings`.

    A crossing has the hazards that its files show, `met`, each with its place; what only a person can answer,
    `questions`; and by kind the ids of those that only objects could show of which the files hold none, `elsewhere`.
    """
    from render.operations.hazards import MoveHazards

    if isinstance(found, MoveHazards):
        listed = [{**_hazard(one.hazard), "meeting": one.meeting} for one in found.hazards]
        return {"from": found.from_version, "to": found.to_version, "hazards": listed}
    clusters = [{"name": one.name, "crossings": [*map(_crossing, one.crossings)]} for one in found.clusters]
    return {"basis": BASIS, "clusters": clusters}


def _crossing(found: CrossingHazards) -> dict[str, Any]:
    crossing = found.crossing
    return {
        "title": crossing.title,
        "from": crossing.from_version,
        "to": crossing.to_version,
        "components": sorted(crossing.components),
        "istio": crossing.istio,
        "before": crossing.before,
        "revision": crossing.revision,
        "met": [_met_hazard(one) for one in found.met],
        "questions": [{"question": one.question, **_hazard(one)} for one in found.questions],
        "elsewhere": {kind: [one.id for one in hazards] for kind, hazards in found.elsewhere.items()},
    }


def _met_hazard(met: ShownHazard) -> dict[str, Any]:
    place = {name: getattr(met.finding, name) for name in ("file", "line", "column", "object", "field")}
    return {**_hazard(met.hazard), "meeting": met.meeting, **place}


def _hazard(one: Hazard) -> dict[str, Any]:
    return {
        "id": one.id,
        "severity": one.severity,
        "title": one.title,
        "introduced": str(one.introduced),
        "fixed": [str(release) for release in one.fixed or ()],
        "applies": one.applies,
        "sign": {"where": one.sign.where, "at": one.sign.at, "when": one.sign.when},
        "effect": one.effect,
        "avoid": one.avoid,
        "source": one.source,
    }


def _table(found: MoveHazards) -> list[str]:
    rows = [(one.hazard.severity, one.hazard.id, one.meeting, one.hazard.title) for one in found.hazards]
    return table(("SEVERITY", "HAZARD", "THE MOVE", "TITLE"), rows) if rows else ["nothing is known of this move"]


def _fleet(found: FleetHazards) -> Iterator[Line]:
    """Clusters whose moves are the same in every word are shown once."""
    alike: dict[str, tuple[CrossingHazards, list[str]]] = {}
    for cluster in found.clusters:
        for crossing in cluster.crossings:
            alike.setdefault(json.dumps(_crossing(crossing)), (crossing, []))[1].append(cluster.name)
    for crossing, names in alike.values():
        yield StyledText(f"{_names(names)}: {crossing.crossing.title}", bold=True)
        yield from _met_lines(crossing.met)
        yield from _open(crossing)
        yield ""
    yield f"(basis: {BASIS}{'' if alike else '; no upgrade is under way'})"


def _names(names: list[str]) -> str:
    return few(names, CLUSTERS, "cluster")


def _met_lines(met: Iterable[ShownHazard]) -> Iterator[Line]:
    places: dict[str, list[ShownHazard]] = {}
    for one in met:
        places.setdefault(one.hazard.id, []).append(one)
    for same in places.values():
        hazard = same[0].hazard
        severity = StyledText(hazard.severity, COLOURS[hazard.severity])
        yield "  ", severity, f" {hazard.id}: {hazard.title}"
        for shown in (one.finding for one in same[:PLACES]):
            yield f"    {shown.file}:{shown.line}:{shown.column}: {shown.object}: {shown.field}"
        if len(same) > PLACES:
            yield f"    and {count(len(same) - PLACES, 'more place')}"
        yield from _wrap(hazard.effect)
        yield from _wrap(f"first: {hazard.avoid}")


def _open(found: CrossingHazards) -> Iterator[str]:
    if found.questions:
        yield "  to ask, because files cannot show it:"
    for one in found.questions:
        yield f"    {one.severity} {one.id}: {one.question}"
    if found.elsewhere:
        kinds = dict.fromkeys(kind if kind.startswith("*") else kind.partition(".")[0] for kind in found.elsewhere)
        yield from _wrap(f"not looked for, because the specs hold none of: {', '.join(kinds)}", indent="  ")


def _wrap(text: str, indent: str = "    ") -> list[str]:
    return textwrap.wrap(text, 116, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)
