"""`meshrev chart`: Istio's charts in the fleet repo, pinned."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from render.cli.options.common import output_option
from render.cli.options.fleet import GivenFile, fleet_root, standing


@click.group("chart")
def command() -> None:
    """Keep Istio's charts in the fleet repo, for source `chart`.

    A release that this version of meshrev does not know is rendered from its charts.
    """


@command.command("pull")
@click.argument("version")
@click.option(
    "--from",
    "address",
    metavar="URL|oci://...|DIR",
    help="A Helm repository, an OCI registry or a folder. [default: Istio's own repository]",
)
@click.option("--older-gateways", is_flag=True, help="Also the charts istio-ingress and istio-egress.")
@click.option(
    "--keyring",
    type=GivenFile(exists=True, dir_okay=False),
    metavar="FILE",
    help="Each archive must be signed by a key in this file (gpg --export).",
)
@output_option
def pull_command(version: str, address: str | None, older_gateways: bool, keyring: str | None, output: str) -> None:
    """Take the charts of a release into the repo.

    That is base, istiod, cni, ztunnel and gateway, into charts/VERSION/, and their digests into charts.lock. What is
    fetched is checked against the digest that its source gives, and against its provenance file where there is one.
    Nothing is written unless all of it is right. Commit both; `meshrev render` never asks the network.

    \b
    meshrev chart pull 1.32.0
    meshrev chart pull 1.32.0 --from oci://gcr.io/istio-release/charts
    meshrev chart pull 1.32.0 --from ~/istio-1.32.0/manifests/charts
    """
    from dataclasses import asdict

    from render.charts.chart import OLDER, USUAL
    from render.cli.output import print_json, print_line
    from render.operations.chart.pull import pull
    from render.operations.chart.sources import OFFICIAL

    names = (*USUAL, *OLDER) if older_gateways else USUAL
    root = fleet_root()
    pulled = pull(root, version, names, address or OFFICIAL, standing(), Path(keyring) if keyring else None)
    if output == "json":
        more = [{"folder": one.folder, "new": one.is_new, "signature": one.signature} for one in pulled]
        print_json({"charts": [{**asdict(one.locked), **also} for one, also in zip(pulled, more, strict=True)]})
        return
    for one in pulled:
        told = "" if one.is_new else " (was there)"
        print_line(f"{one.folder}: {one.locked.archive or one.locked.tree}{told}")
    if any(one.signature == "unchecked" for one in pulled):
        print_line("note: the archives are signed, and nobody's key was named to check that: --keyring FILE", err=True)


@command.command("verify")
@output_option
def verify_command(output: str) -> None:
    """Say whether the charts are as they were pulled.

    Exit code 1 when a chart is not what charts.lock says, or lies there without being in it. Writes nothing.
    """
    from render.cli.output import as_data, print_findings, print_json, print_line
    from render.operations.chart.disk import verify

    found = verify(fleet_root())
    if output == "json":
        print_json({"charts": found.count, "findings": [as_data(finding) for finding in found.findings]})
    else:
        print_findings(found.findings)
        print_line(f"{found.count} charts are as {found.lock} says")
    if found.findings:
        sys.exit(1)
