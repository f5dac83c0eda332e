"""`meshrev retire`: removes a revision that nothing uses."""

from __future__ import annotations

import click

from render.cli.options.change import Landing, operation_options


@click.command("retire")
@click.argument("revision", metavar="[REVISION]", required=False)
@click.option(
    "--without-observation",
    is_flag=True,
    help="Believe the files alone; they cannot show pods that were never restarted.",
)
@operation_options
def command(
    revision: str | None,
    without_observation: bool,
    clusters: tuple[str, ...],
    cluster_selector: str | None,
    landing: Landing,
) -> None:
    """Remove a revision from the tree, once nothing in any cluster refers to it and its grace period is over.

    Exactly its files go, in one commit. Files cannot show pods that still run with its proxy: without a recent
    observation of a cluster it refuses, and says how to make one. docs/retire.md has all that is asked.

    Without REVISION the whole trees of the named clusters go, which no overlay may describe any more.

    \b
    meshrev retire default-v1-24-2
    meshrev retire default-v1-24-2 --cluster staging --pr
    meshrev retire --cluster given-up
    """
    from render.cli.options.change import run
    from render.operations.change.retire import Retire, RetireClusters
    from render.operations.change.selection import Clusters

    if clusters and cluster_selector:
        raise click.UsageError("--cluster and --cluster-selector do not go together")
    if revision:
        run(Retire(revision, Clusters.of(clusters, cluster_selector), without_observation), landing)
    elif clusters:
        run(RetireClusters(tuple(sorted(set(clusters)))), landing)
    else:
        raise click.UsageError("name the revision that is to go; or a cluster, whose overlay is gone: --cluster NAME")
