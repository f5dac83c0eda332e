"""`meshrev hazards`: what an upgrade meets."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

import click

from render.cli.options.common import clusters_option, output_option
from render.cli.options.fleet import fleet_root
from render.cli.output import Line, StyledText, print_json, print_lines, table
from render.messages import count, few

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
    version that the tree still has. From files alone: what they cannot show is asked.
    """
    from render.operations.hazards import list_hazards, of_fleet

    if bool(start) != bool(target):
        raise click.UsageError("--from and --to belong together: the release to leave and the one to go to")
    move = (start, target) if start and target else None
    found = list_hazards(*move) if move and not clusters else of_fleet(fleet_root(), clusters, move)
    if output == "json":
        print_json(found)
    else:
        print_lines(_table(found) if move and not clusters else _fleet(found))


def _table(found: dict[str, Any]) -> list[str]:
    rows = [(one["severity"], one["id"], one["meeting"], one["title"]) for one in found["hazards"]]
    return table(("SEVERITY", "HAZARD", "THE MOVE", "TITLE"), rows) if rows else ["nothing is known of this move"]


def _fleet(found: dict[str, Any]) -> Iterator[Line]:
    """Clusters whose moves are the same in every word are shown once."""
    alike: dict[str, list[str]] = {}
    for cluster in found["clusters"]:
        for crossing in cluster["crossings"]:
            alike.setdefault(json.dumps(crossing), []).append(cluster["name"])
    for text, names in alike.items():
        crossing = json.loads(text)
        yield StyledText(f"{_names(names)}: {crossing['title']}", bold=True)
        yield from _met_lines(crossing["met"])
        yield from _open(crossing)
        yield ""
    yield f"(basis: {found['basis']}{'' if alike else '; no upgrade is under way'})"


def _names(names: list[str]) -> str:
    return few(names, CLUSTERS, "cluster")


def _met_lines(met: list[dict[str, Any]]) -> Iterator[Line]:
    places: dict[str, list[dict[str, Any]]] = {}
    for one in met:
        places.setdefault(one["id"], []).append(one)
    for same in places.values():
        first = same[0]
        severity = StyledText(first["severity"], COLOURS[first["severity"]])
        yield "  ", severity, f" {first['id']}: {first['title']}"
        for one in same[:PLACES]:
            yield f"    {one['file']}:{one['line']}:{one['column']}: {one['object']}: {one['field']}"
        if len(same) > PLACES:
            yield f"    and {count(len(same) - PLACES, 'more place')}"
        yield from _wrap(first["effect"])
        yield from _wrap(f"first: {first['avoid']}")


def _open(crossing: dict[str, Any]) -> Iterator[str]:
    if crossing["questions"]:
        yield "  to ask, because files cannot show it:"
    for one in crossing["questions"]:
        yield f"    {one['severity']} {one['id']}: {one['question']}"
    if crossing["elsewhere"]:
        kinds = dict.fromkeys(
            kind if kind.startswith("*") else kind.partition(".")[0] for kind in crossing["elsewhere"]
        )
        yield from _wrap(f"not looked for, because the specs hold none of: {', '.join(kinds)}", indent="  ")


def _wrap(text: str, indent: str = "    ") -> list[str]:
    return textwrap.wrap(text, 116, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False)
