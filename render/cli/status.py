"""`meshrev status`: tables as kubectl prints Sail's kinds, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import clusters_option, observed_option, output_option
from render.cli.options.fleet import fleet_root, from_root
from render.cli.output import print_json, print_lines, table

if TYPE_CHECKING:
    from render.operations.observe.freshness import DatedObservation
    from render.operations.status import ClusterStatus, FleetStatus, RevisionStatus
    from render.plan.managed_revisions import PlannedManagedRevision
    from render.plan.observed.verification import VerificationReport

BASIS = "files"
MANAGED = "Managed"
IN_USE = {"True": True, "False": False, "Unknown": None}


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
    from render.operations.observe.freshness import observations_folder
    from render.operations.observe.server_report import read_report
    from render.operations.render.fleet import open_fleet, remotes_plans
    from render.operations.status import status

    root = fleet_root()
    opened = open_fleet(root)
    plans = opened.plans(clusters)
    seen = look_up(opened, [plan.specs.cluster.name for plan in plans], from_root(root, observed))
    folder = observations_folder(opened, from_root(root, observed))
    reports = {plan.specs.cluster.name: read_report(folder, plan.specs.cluster.name) for plan in plans}
    remotes = remotes_plans(opened, set(reports), set(reports)) if clusters else []
    found = status(plans, seen, {name: report for name, report in reports.items() if report}, remotes)
    if output == "json":
        print_json(as_json(found))
    else:
        print_lines(tables(found))


def as_json(found: FleetStatus) -> dict[str, Any]:
    """`{"basis": "files", "clusters": [...]}` with Sail's names for fields, reasons and states.

    `inUse` is a boolean, null where it is unknown. A cluster that was observed also has its own `basis`,
    `observed`, and what was seen: see `_observation`.
    """
    return {"basis": BASIS, "clusters": [_cluster(cluster) for cluster in found.clusters]}


def _cluster(cluster: ClusterStatus) -> dict[str, Any]:
    return {
        "name": cluster.name,
        "istios": [
            {
                "name": one.planned.istio.name,
                "version": one.planned.istio.version,
                "activeRevisionName": one.planned.active,
                "revisions": {"total": len(one.planned.revisions), "inUse": one.in_use},
                "state": one.state,
            }
            for one in cluster.istios
        ],
        "revisions": [*map(_revision, cluster.revisions), *map(_managed_revision, cluster.managed)],
        "tags": [
            {"name": tag.name, "istioRevision": tag.revision, "inUse": IN_USE[tag.usage.status], "state": tag.state}
            for tag in cluster.tags
        ],
        "namespaces": [
            {"name": one.namespace.name, "follows": one.follows, "revision": one.revision} for one in cluster.namespaces
        ],
        **(_observation(cluster.observed) if cluster.observed else {}),
        **({"verification": _verification(cluster.verified)} if cluster.verified else {}),
    }


def _verification(report: VerificationReport) -> dict[str, Any]:
    """Returns when the cluster's server was asked, and how much it had to say."""
    from render.operations.observe.fields import TIME

    return {
        "verifiedAt": report.at.strftime(TIME),
        "refused": len(report.refused),
        "conflicts": len(report.conflicts),
        "left": len(report.left),
    }


def _revision(revision: RevisionStatus) -> dict[str, Any]:
    record, usage = revision.planned.record, revision.planned.usage
    return {
        "name": record.name,
        "type": revision.type,
        "version": record.version,
        "namespace": record.namespace,
        "inUse": IN_USE[usage.status],
        "reason": usage.reason,
        "state": revision.state,
    }


def _managed_revision(managed: PlannedManagedRevision) -> dict[str, Any]:
    """Returns a revision that somebody else runs: what it is like is not known."""
    usage = managed.usage
    unknown = dict.fromkeys(("version", "namespace", "state"))
    return {
        "name": managed.name,
        "type": MANAGED,
        "inUse": IN_USE[usage.status],
        "reason": usage.reason,
        **unknown,
    }


def _observation(observed: DatedObservation) -> dict[str, Any]:
    """Returns when the cluster was observed, how long ago in seconds, why that is no proof any more (`stale`, null: it
    is), and its proxies by revision and version."""
    from render.operations.observe.fields import TIME

    return {
        "basis": "observed",
        "observedAt": observed.observation.at.strftime(TIME),
        "age": int(observed.freshness.age.total_seconds()),
        "stale": observed.freshness.stale,
        "proxies": [
            {"revision": revision, "version": version, "pods": pods}
            for (revision, version), pods in sorted(observed.observation.proxies.items())
        ],
    }


def tables(found: FleetStatus) -> list[str]:
    """Returns one table a kind, the cluster first, as kubectl shows objects of several namespaces."""
    istios, tags, namespaces = [], [], []
    revisions: list[tuple[str | None, ...]] = []
    for cluster in found.clusters:
        name = cluster.name
        for istio in cluster.istios:
            planned, total = istio.planned, str(len(istio.planned.revisions))
            row = (name, planned.istio.name, total, str(istio.in_use), planned.active, istio.state)
            istios.append((*row, planned.istio.version))
        for revision in cluster.revisions:
            record, used = revision.planned.record, revision.planned.usage.status
            place = record.version, record.namespace
            revisions.append((name, record.name, revision.type, revision.state, used, *place))
        revisions += [(name, one.name, MANAGED, None, one.usage.status, None, None) for one in cluster.managed]
        tags += [(name, tag.name, tag.state, tag.usage.status, tag.revision) for tag in cluster.tags]
        namespaces += [(name, one.namespace.name, one.follows, one.revision) for one in cluster.namespaces]
    made = [
        table(("CLUSTER", "ISTIO", "REVISIONS", "IN-USE", "ACTIVE-REVISION", "STATUS", "VERSION"), istios),
        table(("CLUSTER", "REVISION", "TYPE", "STATUS", "IN-USE", "VERSION", "NAMESPACE"), revisions),
        table(("CLUSTER", "TAG", "STATUS", "IN-USE", "REVISION"), tags),
        table(("CLUSTER", "NAMESPACE", "FOLLOWS", "REVISION"), namespaces),
    ]
    shown = [lines for lines, rows in zip(made, (istios, revisions, tags, namespaces), strict=True) if rows]
    first, *others = *shown, *_verifications(found), *_observations(found)
    return [*first, *(line for lines in others for line in ("", *lines))]


def _verifications(found: FleetStatus) -> list[list[str]]:
    """Returns how much the servers of clusters had to say of their trees, where they were asked."""
    reports = [(cluster.name, cluster.verified) for cluster in found.clusters if cluster.verified]
    rows = [
        (name, f"{one.at:%Y-%m-%d %H:%M} UTC", *(str(len(part)) for part in (one.refused, one.conflicts, one.left)))
        for name, one in reports
    ]
    return [table(("CLUSTER", "VERIFIED", "REFUSED", "CONFLICTS", "LEFT"), rows)] if rows else []


def _observations(found: FleetStatus) -> list[list[str]]:
    """Returns what the answers rest on, and what proxies were seen."""
    if not any(cluster.observed for cluster in found.clusters):
        return [[f"(basis: {BASIS}; pods were not asked)"]]
    bases, proxies = [], []
    for cluster in found.clusters:
        bases.append((cluster.name, cluster.observed.basis if cluster.observed else BASIS))
        if cluster.observed:
            seen = sorted(cluster.observed.observation.proxies.items())
            proxies += [(cluster.name, *proxy, str(pods)) for proxy, pods in seen]
    shown = [table(("CLUSTER", "INJECTED-BY", "PROXY", "PODS"), proxies)] if proxies else []
    return [*shown, table(("CLUSTER", "BASIS"), bases)]
