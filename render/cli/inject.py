"""`meshrev inject`: pods as the mesh would make them."""

from __future__ import annotations

import click

from render.cli.options.fleet import GivenFile, fleet_root


@click.command("inject")
@click.option("--cluster", required=True, metavar="NAME", help="The cluster.")
@click.option("--namespace", "-n", required=True, metavar="NS", help="Where the pods are created.")
@click.option(
    "--filename",
    "-f",
    "file",
    required=True,
    type=GivenFile(exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Pods or workloads as YAML; - for standard input.",
)
def command(cluster: str, namespace: str, file: str) -> None:
    """Print pods or workloads as the mesh would make them, without a cluster.

    Runs `istioctl kube-inject`, which has to be on PATH, with the configuration, values and mesh settings that the
    committed tree gives the revision that injects each pod (`meshrev explain` says why that one). Its engine is that of
    the istioctl: take one of the revision's release.

    \b
    meshrev inject -f deployment.yaml --cluster prod-eu -n cart
    """
    from render.cli.output import print_data, print_line
    from render.operations.inject.run import inject
    from render.yamlio.read_json import read_all

    shown = "standard input" if file == "-" else file
    with click.open_file(file, "rb") as opened:
        given = read_all(opened, shown)
    found = inject(fleet_root(), cluster, namespace, (shown, given))
    for note in found.notes:
        print_line(f"note: {note}", err=True)
    for text in found.documents:
        print_data(b"---\n" + text.encode())
