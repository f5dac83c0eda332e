"""What `render` and `check` print of their result."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from render.cli.findings import as_data, print_findings

if TYPE_CHECKING:
    from render.operations.result import ClusterResult, FleetResult, Progress

RECOVERED = {
    "finished": "an earlier run was cut off while it wrote: its change was finished first",
    "undone": "an earlier run was cut off before it wrote: what it left was cleared away",
}


def print_notes(result: FleetResult) -> None:
    """What a person should know beside the result, on standard error."""
    if result.recovered:
        click.echo(f"note: {RECOVERED[result.recovered]}", err=True)
    print_findings(
        [*result.findings, *(finding for folder in (*result.shared, *result.clusters) for finding in folder.findings)]
    )


def as_json(result: FleetResult) -> str:
    """`{"clusters": [{"name", "added", "changed", "removed", "findings"}], "shared", "findings"}`, `shared` like
    `clusters`; paths from the fleet's root."""
    data = {
        "clusters": [_folder(cluster) for cluster in result.clusters],
        "shared": [_folder(folder) for folder in result.shared],
        "findings": [as_data(finding) for finding in result.findings],
    }
    return json.dumps(data, indent=2)


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
        click.echo(f"\r\033[K{text}", nl=False, err=True)

    return show
