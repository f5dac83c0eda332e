"""`meshrev status`: tables as kubectl prints Sail's kinds, or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import clusters_option, observed_option, output_option
from render.cli.options.fleet import fleet_root, from_root
from render.cli.output import print_json, print_lines, table

if TYPE_CHECKING:
    from render.operations.observe.freshness import DatedObservation


@click.command("status")
@clusters_option
@output_option
@observed_option
def command(clusters: tuple[str, ...], output: str, observed: str | None) -> None:
    """Show revisions, tags and namespaces, and who uses whom.

    From files, and from what `meshrev observe` noted of a cluster: which pods still run an older proxy only the
    cluster knows.
    """
    from render.operations.observe.freshness import load_observations as look_up
    from render.operations.render.fleet import open_fleet
    from render.operations.status import status

    root = fleet_root()
    opened = open_fleet(root)
    plans = opened.plans(clusters)
    seen = look_up(opened, [plan.specs.cluster.name for plan in plans], from_root(root, observed))
    found = status(plans, seen)
    if output == "json":
        print_json(found)
    else:
        print_lines(tables(found, seen))


def tables(found: dict[str, Any], observed: Mapping[str, DatedObservation]) -> list[str]:
    """Returns one table a kind, the cluster first, as kubectl shows objects of several namespaces."""
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
    shown = [lines for lines, rows in zip(made, (istios, revisions, tags, namespaces), strict=True) if rows]
    first, *others = *shown, *_observations(found, observed)
    return [*first, *(line for lines in others for line in ("", *lines))]


def _observations(found: dict[str, Any], observed: Mapping[str, DatedObservation]) -> list[list[str]]:
    """Returns what the answers rest on, and what proxies were seen."""
    if not observed:
        return [[f"(basis: {found['basis']}; pods were not asked)"]]
    bases, proxies = [], []
    for cluster in found["clusters"]:
        name = cluster["name"]
        bases.append((name, observed[name].basis if name in observed else found["basis"]))
        proxies += [
            (name, proxy["revision"], proxy["version"], str(proxy["pods"])) for proxy in cluster.get("proxies", ())
        ]
    seen = [table(("CLUSTER", "INJECTED-BY", "PROXY", "PODS"), proxies)] if proxies else []
    return [*seen, table(("CLUSTER", "BASIS"), bases)]


def _in_use(value: bool | None) -> str:
    return "Unknown" if value is None else str(value)
