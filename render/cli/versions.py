"""`meshrev versions`: the releases that a spec may name."""

from __future__ import annotations

from typing import Any

import click

from render.cli.options.common import output_option
from render.cli.output import print_json, print_lines, table


@click.command("versions")
@click.option("--today", metavar="DATE", help="Also say which are supported on this day, such as 2026-08-22.")
@output_option
def command(today: str | None, output: str) -> None:
    """List Istio's releases: aliases, support windows, Kubernetes versions.

    From the data of this version of meshrev, without network or clock.
    """
    from render.operations.versions import versions

    found = versions(today)
    if output == "json":
        print_json(found)
    else:
        print_lines(_table(found))


def _table(found: dict[str, Any]) -> list[str]:
    heads = ["MINOR", "ALIAS", "RELEASES", "CHECKED", "KUBERNETES", "RELEASED", "ENDED"]
    rows = [
        [
            minor["minor"],
            minor["alias"],
            f"{minor['releases'][-1]}..{minor['latest']}",
            minor["checked"],
            f"{minor['kubernetes']['oldest']}..{minor['kubernetes']['newest']}",
            minor["released"],
            minor["ended"] or "",
        ]
        for minor in found["minors"]
    ]
    if found["today"]:
        heads.append("SUPPORTED")
        rows = [[*row, str(minor["supported"])] for row, minor in zip(rows, found["minors"], strict=True)]
    return table(heads, rows)
