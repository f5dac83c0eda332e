"""`meshrev observe`: notes what runs in a cluster."""

from __future__ import annotations

import sys

import click

from render.cli.options.common import observed_option
from render.cli.options.fleet import fleet_root, from_root
from render.messages import count


@click.command("observe")
@click.option("--cluster", required=True, metavar="NAME", help="Whose namespaces and pods they are.")
@click.option("--at", metavar="TIME", help="When kubectl printed them, such as 2026-08-22T10:00:00Z. [default: now]")
@click.option("--objects", is_flag=True, help="Note also who owns the settings of the mesh's own objects.")
@observed_option
def command(cluster: str, at: str | None, objects: bool, observed: str | None) -> None:
    """Note which revisions and proxies the pods of a cluster run.

    Reads standard input and writes a small file of counts into the fleet, for status, explain, diff and retire; no
    pod's name, no environment, no secret. The file is to be committed.

    \b
    kubectl get ns,pods,deploy,sts,ds,jobs,cj,mutatingwebhookconfigurations -A -o json |
      meshrev observe --cluster prod-eu
    kubectl get ns,pods,deploy,sts,ds,jobs,cj,mutatingwebhookconfigurations -A -o json --show-managed-fields |
      meshrev observe --cluster prod-eu
    """
    from render.cli.output import print_findings, print_line
    from render.operations.observe.run import OBJECTS_WAY, WAY, observe

    way = OBJECTS_WAY if objects else WAY
    if sys.stdin.isatty():
        raise click.UsageError(f"the objects come through standard input: {way} | meshrev observe --cluster {cluster}")
    root = fleet_root()
    written = observe(root, cluster, sys.stdin.buffer, at, from_root(root, observed), objects=objects)
    print_findings(written.warnings)
    seen = written.observation
    proxies = sum(seen.proxies.values())
    print_line(
        f"{cluster}: {count(len(seen.namespaces), 'namespace')}, {count(seen.pods, 'pod')}, {proxies} with a proxy; "
        f"written to {written.file}"
    )
