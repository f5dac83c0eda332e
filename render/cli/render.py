"""`meshrev render`: writes the tree."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from render.cli.options.common import allow_unknown_values_option, clusters_option, output_option
from render.cli.options.fleet import fleet_root
from render.messages import count

if TYPE_CHECKING:
    from render.operations.render.result import FleetResult


@click.command("render")
@clusters_option
@output_option
@allow_unknown_values_option
@click.option(
    "--exit-code",
    is_flag=True,
    help="For hooks: exit with 1 when a file was written, or is not in git's index as it lies there; name them.",
)
@click.argument("stream", metavar="[-]", required=False, type=click.Choice(["-"]))
def command(
    clusters: tuple[str, ...], output: str, allow_unknown_values: bool, exit_code: bool, stream: str | None
) -> None:
    """Write the manifests that the specs say, for all clusters or for those named.

    All or nothing: everything is rendered, checked and proved before one file changes. Only files that
    differ are written, and only those that meshrev has written before.

    With `-` the specs of one cluster are read from standard input:
    kustomize build overlays/NAME | meshrev render --cluster NAME -
    """
    from render.cli.output import as_json, print_json, print_notes, progress_line
    from render.operations.render.run import render
    from render.yamlio.read_json import read_all

    if stream and len(clusters) != 1:
        raise click.UsageError("specs from standard input are one cluster's: name it with --cluster NAME")
    text = read_all(sys.stdin.buffer, "-") if stream else None
    root = fleet_root()
    result = render(root, clusters, text, progress_line(), allow_unknown_values=allow_unknown_values)
    print_notes(result)
    if output == "json":
        print_json(as_json(result))
    else:
        _print_counts(result)
    if exit_code:
        from render.cli.output import print_to_stage
        from render.operations.render.staged import to_stage

        left = to_stage(root, result)
        print_to_stage(left)
        written = any(folder.differs for folder in (*result.clusters, *result.shared))
        if written or left.paths:
            sys.exit(1)


def _print_counts(result: FleetResult) -> None:
    from render.cli.output import counts, print_line

    differing = [cluster for cluster in result.clusters if cluster.differs]
    for cluster in (*(folder for folder in result.shared if folder.differs), *differing):
        print_line(f"{cluster.name}: {counts(cluster)}")
    same = len(result.clusters) - len(differing)
    if same:
        print_line(f"{count(same, 'cluster')} unchanged")
