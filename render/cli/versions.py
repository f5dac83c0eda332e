"""`meshrev versions`: the releases that a spec may name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import output_option
from render.cli.options.fleet import standing
from render.cli.output import print_json, print_lines, table

if TYPE_CHECKING:
    from render.operations.versions import Versions
    from render.specs.releases import Minor


@click.command("versions")
@click.option("--today", metavar="DATE", help="Also say which are supported on this day, such as 2026-08-22.")
@output_option
def command(today: str | None, output: str) -> None:
    """List Istio's releases: aliases, support windows, Kubernetes versions.

    From the data of this version of meshrev, without network or clock; in a fleet also what its charts and its
    releases.yaml add, and which releases support the Kubernetes that its clusters say.
    """
    from render.operations.render.fleet_root import find_root
    from render.operations.versions import versions

    root = find_root(standing())
    found = versions(today, root)
    if output == "json":
        print_json(as_json(found))
    else:
        print_lines(_table(found))
        if found.vendored:
            print_lines(["", f"charts vendored here: {', '.join(found.vendored)}"])
        if found.clusters:
            heads = ["CLUSTER", "KUBERNETES", "SUPPORTED-BY"]
            rows = [[one.cluster, one.version, ", ".join(one.minors) or "none"] for one in found.clusters]
            print_lines(["", *table(heads, rows)])


def as_json(found: Versions) -> dict[str, Any]:
    """`{"today", "minors": [...], "vendored": [...], "clusters": [...]}`, newest first, and the releases of each newest
    first too.

    `checked` is the last release of a minor whose charts the builtin manifests were compared with. Days are ISO dates;
    `ended` is null where Istio has not said the day, `supported` without a day.
    """
    return {
        "today": found.today,
        "minors": [_minor(one.minor, one.supported) for one in found.minors],
        "vendored": list(found.vendored),
        "clusters": [
            {"name": one.cluster, "kubernetes": one.version, "supportedBy": list(one.minors)} for one in found.clusters
        ],
    }


def _minor(minor: Minor, supported: bool | None) -> dict[str, Any]:
    oldest, newest = minor.kubernetes
    return {
        "minor": minor.name,
        "alias": minor.alias,
        "latest": str(minor.releases[-1]),
        "releases": [str(release) for release in reversed(minor.releases)],
        "checked": minor.checked,
        "released": minor.released,
        "ended": minor.ended,
        "kubernetes": {"oldest": oldest, "newest": newest},
        "supported": supported,
    }


def _table(found: Versions) -> list[str]:
    heads = ["MINOR", "ALIAS", "RELEASES", "CHECKED", "KUBERNETES", "RELEASED", "ENDED"]
    rows = [
        [
            minor.name,
            minor.alias,
            f"{minor.releases[0]}..{minor.releases[-1]}",
            minor.checked,
            "..".join(minor.kubernetes),
            minor.released,
            minor.ended or "",
        ]
        for minor in (one.minor for one in found.minors)
    ]
    if found.today:
        heads.append("SUPPORTED")
        rows = [[*row, str(one.supported)] for row, one in zip(rows, found.minors, strict=True)]
    return table(heads, rows)
