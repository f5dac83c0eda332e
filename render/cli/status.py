"""`meshrev status`: tables as kubectl prints Sail's kinds, or JSON."""

from __future__ import annotations

import json
from typing import Any

import click

from render.cli.options import clusters_option, output_option
from render.cli.table import table


@click.command("status")
@clusters_option
@output_option
def command(clusters: tuple[str, ...], output: str) -> None:
    """Show revisions, tags and namespaces, and who uses whom.

    From files alone: whether pods are ready, or still run an older proxy, only the cluster knows.
    """
    from render.operations.fleet import open_fleet
    from render.operations.status import status

    found = status(open_fleet().plans(clusters))
    click.echo(json.dumps(found, indent=2) if output == "json" else tables(found))


def tables(found: dict[str, Any]) -> str:
    """One table a kind, the cluster first, as kubectl shows objects of several namespaces."""
    istios, revisions, tags, namespaces = [], [], [], []
    for cluster in found["clusters"]:
        name = cluster["name"]
        for istio in cluster["istios"]:
            total, used = istio["revisions"]["total"], istio["revisions"]["inUse"]
            row = (name, istio["name"], str(total), str(used), istio["activeRevisionName"], istio["state"])
            istios.append((*row, istio["version"]))
        for one in cluster["revisions"]:
            used = _in_use(one["inUse"])
            revisions.append((name, one["name"], one["type"], one["state"], used, one["version"], one["namespace"]))
        for tag in cluster["tags"]:
            tags.append((name, tag["name"], tag["state"], _in_use(tag["inUse"]), tag["istioRevision"]))
        for namespace in cluster["namespaces"]:
            namespaces.append((name, namespace["name"], namespace["follows"], namespace["revision"]))
    made = [
        table(("CLUSTER", "ISTIO", "REVISIONS", "IN-USE", "ACTIVE-REVISION", "STATUS", "VERSION"), istios),
        table(("CLUSTER", "REVISION", "TYPE", "STATUS", "IN-USE", "VERSION", "NAMESPACE"), revisions),
        table(("CLUSTER", "TAG", "STATUS", "IN-USE", "REVISION"), tags),
        table(("CLUSTER", "NAMESPACE", "FOLLOWS", "REVISION"), namespaces),
    ]
    shown = [text for text, rows in zip(made, (istios, revisions, tags, namespaces), strict=True) if rows]
    return "\n\n".join([*shown, f"(basis: {found['basis']}; pods were not asked)"])


def _in_use(value: bool | None) -> str:
    return "Unknown" if value is None else str(value)
