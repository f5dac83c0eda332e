"""What `render` and `check` print of their result.

What is left to `git add`, for whoever commits.

Warnings and notes on standard error, so that standard output stays a program's to read.

Tables as kubectl prints them: upper-case heads, columns three spaces apart, no lines.

The only module that prints: of names and messages nothing reaches a terminal, a log or a host that could be taken for
more than text.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from render.finding import Finding
from render.messages import one_line

if TYPE_CHECKING:
    from render.operations.render.result import ClusterResult, FleetResult, Progress
    from render.operations.render.staged import ToStage

RECOVERED = {
    "finished": "an earlier run was cut off while it wrote: its change was finished first",
    "undone": "an earlier run was cut off before it wrote: what it left was cleared away",
}


@dataclass(frozen=True, slots=True)
class StyledText:
    """A part of a line in a colour (one of click's names) or bold, on a terminal only."""

    text: str
    colour: str | None = None
    bold: bool | None = None


Line = str | StyledText | tuple[str | StyledText, ...]


def print_line(*parts: str | StyledText, err: bool = False) -> None:
    """Print one line, with escapes for all that is not printable, on standard output or standard error."""
    click.echo("".join(map(_escape, parts)), err=err)


def print_lines(lines: Iterable[Line]) -> None:
    """Print these lines on standard output."""
    for line in lines:
        print_line(*(line if isinstance(line, tuple) else (line,)))


def print_json(data: object) -> None:
    """Print the data as JSON in ASCII, which has escapes for all else."""
    click.echo(json.dumps(data, indent=2))


def print_data(data: bytes) -> None:
    """Print bytes as they are: YAML, which has escapes of its own."""
    click.echo(data, nl=False)


def _escape(part: str | StyledText) -> str:
    if isinstance(part, str):
        return one_line(part)
    return click.style(one_line(part.text), fg=part.colour, bold=part.bold)


def print_notes(result: FleetResult) -> None:
    """Prints what a person should know beside the result, on standard error."""
    if result.recovered:
        print_line(f"note: {RECOVERED[result.recovered]}", err=True)
    print_findings(
        [*result.findings, *(finding for folder in (*result.shared, *result.clusters) for finding in folder.findings)]
    )


def as_json(result: FleetResult) -> dict[str, Any]:
    """`{"clusters": [{"name", "added", "changed", "removed", "findings"}], "shared", "findings"}`, `shared` like
    `clusters`; paths from the fleet's root."""
    return {
        "clusters": [_folder(cluster) for cluster in result.clusters],
        "shared": [_folder(folder) for folder in result.shared],
        "findings": [as_data(finding) for finding in result.findings],
    }


def _folder(result: ClusterResult) -> dict[str, Any]:
    return {
        "name": result.name,
        **{kind: [f"{result.folder}/{path}" for path in getattr(result, kind)] for kind in KINDS},
        "findings": [as_data(finding) for finding in result.findings],
    }


KINDS = ("added", "changed", "removed")


def counts(cluster: ClusterResult) -> str:
    """`3 added, 1 changed`."""
    return ", ".join(f"{len(paths)} {kind}" for kind in KINDS if (paths := getattr(cluster, kind))) or "unchanged"


def progress_line() -> Progress | None:
    """Shows how far a long run is, on a terminal only; the line is gone at the end."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, of: int, doing: str = "", /) -> None:
        words = f"{doing} {done}".strip()
        text = f"{words} of {of} clusters" if done < of else ""
        click.echo(f"\r\033[K{one_line(text)}", nl=False, err=True)

    return show


NAMED = 20  # files; the command below them stages all


def print_to_stage(left: ToStage) -> None:
    """Prints the files that the commit would not have as they lie there, and the command that stages them, on standard
    error: standard output is the result's. Nothing where nothing is left."""
    if not left.paths:
        return
    print_line("not in git's index as rendered:", err=True)
    for path in left.paths[:NAMED]:
        print_line(f"  {path}{'  (ignored: see .gitignore)' if path in left.ignored else ''}", err=True)
    if len(left.paths) > NAMED:
        print_line(f"  and {len(left.paths) - NAMED} more", err=True)
    if left.folders:
        print_line(f"stage what was rendered: git add -A -- {shlex.join(left.folders)}", err=True)
    if left.ignored:
        print_line("git ignores files that the tree needs: let .gitignore leave out the output folder", err=True)


COLOURS = {"error": "red", "warning": "yellow", "info": None}


def print_findings(findings: Iterable[Finding]) -> None:
    """Prints one line each, the severity first; in colour on a terminal only."""
    for finding in findings:
        print_line(StyledText(finding.severity, COLOURS[finding.severity]), f": {finding.text()}", err=True)


def as_data(finding: Finding) -> dict[str, Any]:
    """For `--output json`: the fields that are known."""
    fields = ("code", "severity", "message", "file", "line", "column", "object", "field")
    return {name: value for name in fields if (value := getattr(finding, name)) is not None}


def table(heads: Sequence[str], rows: Iterable[Sequence[str | None]]) -> list[str]:
    """Returns the rows under their heads, a line each; each column as wide as its widest cell; `<none>` for an empty
    cell."""
    cells = [list(heads), *([one_line(cell or "<none>") for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
