"""`meshrev krm`: meshrev as a Kustomize function."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from render.cli.options.fleet import GivenFile, fleet_root, standing


@click.group("krm", invoke_without_command=True)
@click.option(
    "--legacy",
    metavar="CONFIG",
    type=GivenFile(exists=True, dir_okay=False),
    help="As an exec plugin: the configuration is a file, the build a stream of documents.",
)
@click.pass_context
def command(context: click.Context, legacy: str | None) -> None:
    """Answer Kustomize as a function (KRM), or as an exec plugin.

    Reads a ResourceList on standard input and prints one, with results. Its functionConfig is a ClusterTree
    (a generator: the committed tree of a cluster) or a ClusterSpecs (a transformer: specs become what they
    render to). Writes no file. Errors are results and also on standard error, with
    exit code 1 when the tree is not what the specs say, and 2 for all else that is wrong.

    kubectl skips functions without a word; `krm verify` fails where that happened.
    """
    if context.invoked_subcommand:
        return
    from render.cli.output import print_data, print_findings
    from render.operations.hosts.kustomize import run_function, run_plugin
    from render.yamlio.read_json import read_all

    given = read_all(sys.stdin.buffer, "-")
    answer = run_plugin(Path(legacy).read_bytes(), given, standing()) if legacy else run_function(given, standing())
    print_data(answer.out)
    if answer.bug:
        raise answer.bug
    print_findings(answer.findings)
    if answer.code:
        sys.exit(answer.code)


@command.command("verify")
@click.option("--cluster", required=True, metavar="NAME", help="Whose objects the build must hold.")
def verify_command(cluster: str) -> None:
    """Say whether a build, on standard input, holds what a function of meshrev adds.

    Exit code 1 when a spec is left in it, an object of the cluster's committed tree is missing or not as it is
    there, or that tree itself is not as it was written. Labels and annotations may be added.

    kubectl kustomize --enable-alpha-plugins FOLDER | meshrev -C FLEET krm verify --cluster NAME
    """
    from render.cli.output import print_findings, print_line
    from render.operations.hosts.kustomize_verify import verify
    from render.yamlio.read_json import read_all

    verdict = verify(fleet_root(), cluster, read_all(sys.stdin.buffer, "-"))
    print_findings(verdict.findings)
    if not verdict.holds:
        sys.exit(1)
    print_line(f"{cluster}: the build holds all {verdict.objects} objects of {verdict.folder}")
