"""`meshrev cmp`: the two commands of Argo CD's config management plugin."""

from __future__ import annotations

import os

import click

from render.cli.options.fleet import standing


@click.group("cmp")
def command() -> None:
    """Answer Argo CD as its config management plugin.

    Argo CD runs these in the Application's folder of its copy of the repository, which is not written to. Standard
    output is for Argo CD alone: all or nothing. See docs/argocd.md.
    """


@command.command("generate", short_help="Print the objects of the Application's cluster.")
def generate() -> None:
    """Print the objects of the Application's cluster, as its committed tree has them.

    The cluster is named by the Application's parameter `cluster`, else by MESHREV_CLUSTER of its plugin environment,
    else by its path: the cluster's folder in the tree, or its overlay. Exit code 1 when the tree is not what the specs
    say. A cluster without a tree is rendered, unless one of its Istios is RevisionBased.
    """
    from render.cli.output import print_data, print_findings
    from render.operations.hosts.argocd import fleet_root
    from render.operations.hosts.argocd import generate as generated

    folder = standing()
    result = generated(fleet_root(folder, os.environ), folder, os.environ)
    print_findings(result.findings)
    print_data(result.stream)


@command.command("parameters", short_help="Print the parameters that it may set.")
def parameters() -> None:
    """Print the parameters that an Application may set, as Argo CD reads them."""
    from render.cli.output import print_findings, print_json
    from render.errors import InputError
    from render.operations.hosts.argocd import default_cluster, fleet_root
    from render.operations.hosts.argocd_parameters import announcement
    from render.operations.render.fleet import open_fleet

    folder, cluster = standing(), None
    try:
        opened = open_fleet(fleet_root(folder, os.environ))
        cluster = default_cluster(opened, folder, os.environ)
    except InputError as error:  # `generate` says it where it counts; the form can be shown all the same
        print_findings(error.findings)
    print_json(announcement(cluster))
