"""`meshrev log`: what was done to the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import output_option
from render.cli.options.fleet import fleet_root
from render.cli.output import print_json, print_line, print_lines, table

if TYPE_CHECKING:
    from render.operations.change.trailers import LoggedOperation
    from render.operations.log import Log


@click.command("log")
@click.argument("rev", metavar="[REV]", default="HEAD")
@click.option("--limit", "-n", type=click.IntRange(min=1), metavar="N", help="Only the newest N.")
@output_option
def command(rev: str, limit: int | None, output: str) -> None:
    """List the operations of the fleet: when, who, what, how many.

    The newest first, from the trailers of the commits that REV reaches, HEAD where it is left out. Times are in UTC,
    and are those at which the branch got an operation.
    """
    from render.git.trees import SHALLOW
    from render.operations.log import log

    history = log(fleet_root(), rev, limit)
    if history.shallow:
        print_line(f"note: {SHALLOW}", err=True)
    if output == "json":
        print_json(as_json(history))
    elif history.operations:
        heads = ("WHEN", "WHO", "OPERATION", "WHAT", "MOVED", "COMMIT")
        print_lines(table(heads, map(_row, history.operations)))
    else:
        print_line("no operation of meshrev is in this history")


def as_json(found: Log) -> dict[str, Any]:
    """`{"shallow", "operations": [...]}`: times in UTC, null where a commit says nothing."""
    return {"shallow": found.shallow, "operations": [_operation(one) for one in found.operations]}


def _operation(one: LoggedOperation) -> dict[str, Any]:
    return {
        "id": one.id,
        "verb": one.verb,
        "at": one.at and f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
        "author": one.author,
        "from": one.from_ or None,
        "to": one.to or None,
        "wave": one.wave or None,
        "moved": one.moved or None,
        "undoes": list(one.undoes),
        "commit": one.commit,
        "parent": one.parent,
        "landed": one.landed,
        "subject": one.subject,
        "specsDigest": one.specs_digest or None,
        "version": one.version or None,
    }


def _row(one: LoggedOperation) -> tuple[str, ...]:
    at = f"{one.at:%Y-%m-%d %H:%M}" if one.at else "<unknown>"
    return (at, one.author, one.id, one.subject, one.moved, one.commit[:10])
