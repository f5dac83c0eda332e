"""`meshrev verify`: asks a cluster's own API server about its tree, read-only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import output_option
from render.cli.options.fleet import fleet_root, standing
from render.cli.output import Line, print_json, print_lines, table
from render.messages import count, few

if TYPE_CHECKING:
    from render.operations.verify.run import Verification
    from render.plan.observed.observation import Owner

NAMED = 3  # objects that are refused in the same words; JSON has all


@click.command("verify")
@click.option("--context", required=True, metavar="C", help="The context of kubeconfig that leads to the cluster.")
@click.option(
    "--cluster", metavar="NAME", help="Whose tree it is. [default: the cluster that the context is called like]"
)
@output_option
def command(context: str, cluster: str | None, output: str) -> None:
    """Ask a cluster's API server what applying the committed tree would do.

    Read-only: each object is sent as a dry run, under the name of whoever delivers the cluster. Says what the server
    refuses, which fields others own, and what the cluster still has that the tree does not say. Asks through kubectl,
    which logs in as it always does; it may do what the dry run asks for if you may do it.

    Exit code 0: nothing to say; 1: something; 2: the input is wrong; 4: the server does not answer.

    \b
    meshrev verify --context prod-eu
    """
    from render.operations.verify.run import verify

    found = verify(fleet_root(), context, cluster, standing())
    if output == "json":
        print_json(as_json(found))
    else:
        print_lines(_text(found))
    if not found.is_clean:
        sys.exit(1)


def as_json(found: Verification) -> dict[str, Any]:
    """Returns the whole answer; `owners` are lists of `{"manager", "operation"}`."""
    from render.operations.observe.fields import TIME

    refused = [one for one in found.outcomes if one.refusal]
    return {
        "cluster": found.cluster,
        "verifiedAt": found.at.strftime(TIME),
        "context": found.context,
        "manager": found.manager,
        "objects": len(found.outcomes),
        "new": [one.asked.title for one in found.outcomes if one.is_new],
        "refused": [{"object": one.asked.title, "file": one.asked.file, "message": one.refusal} for one in refused],
        "conflicts": [
            {"object": one.asked.title, "file": one.asked.file, "field": conflict.field, "manager": conflict.manager}
            for one in found.outcomes
            for conflict in one.conflicts
        ],
        "leftFields": [
            {"object": one.asked.title, "field": left.field, "owners": _owners(left.owners)}
            for one in found.outcomes
            for left in one.foreign
        ],
        "leftObjects": [{"object": left.identity.title, "owners": _owners(left.owners)} for left in found.left],
    }


def _owners(owners: tuple[Owner, ...]) -> list[dict[str, str]]:
    return [{"manager": owner.manager, "operation": owner.operation} for owner in owners]


def _text(found: Verification) -> Iterator[Line]:
    new = sum(one.is_new for one in found.outcomes)
    asked = f"{count(len(found.outcomes), 'object')} as {found.manager}, {new} of them new"
    yield f"{found.cluster}, asked at {found.context}: {asked}" + ("; nothing to say" if found.is_clean else "")
    conflicts = [
        ("conflict", one.asked.title, conflict.field, conflict.manager)
        for one in found.outcomes
        for conflict in one.conflicts
    ]
    fields = [
        ("left", one.asked.title, left.field, _names(left.owners)) for one in found.outcomes for left in one.foreign
    ]
    objects = [("left", left.identity.title, None, _names(left.owners)) for left in found.left]
    if rows := [*conflicts, *fields, *objects]:
        yield ""
        yield from table(("WHAT", "OBJECT", "FIELD", "OF"), rows)
    yield from _refusals(found)


def _refusals(found: Verification) -> Iterator[Line]:
    """Objects that are refused in the same words are shown once."""
    alike: dict[str, list[str]] = {}
    for one in found.outcomes:
        if one.refusal:
            alike.setdefault(one.refusal, []).append(f"{one.asked.title} ({one.asked.file})")
    for message, names in alike.items():
        yield ""
        yield f"refused: {message}"
        yield f"  {few(names, NAMED, 'object')}"


def _names(owners: tuple[Owner, ...]) -> str:
    return ", ".join(f"{owner.manager} ({owner.operation})" for owner in owners)
