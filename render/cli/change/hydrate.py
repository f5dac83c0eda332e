"""`meshrev hydrate`: one cluster's tree on a branch."""

from __future__ import annotations

import click

from render.cli.options.common import output_option
from render.cli.options.fleet import fleet_root


@click.command("hydrate")
@click.argument("rev", metavar="[REV]", default="HEAD")
@click.option("--cluster", required=True, metavar="NAME", help="The cluster.")
@click.option("--branch", required=True, metavar="BRANCH", help="The branch, such as env/prod-next; made if missing.")
@click.option("--push", is_flag=True, help="Push it; else it is a local branch.")
@click.option("--remote", metavar="NAME", help="The remote. [default: that of the branch, else origin]")
@output_option
def command(rev: str, cluster: str, branch: str, push: bool, remote: str | None, output: str) -> None:
    """Write the tree that a commit has of one cluster to a branch, for GitOps Promoter or Argo CD.

    The branch has the cluster's folder as it is in REV and, at its root, hydrator.metadata, which names the commit.
    Where no manifest changes there is no new commit, only a git note that says so. Other files of the branch stay.

    \b
    meshrev hydrate --cluster prod-eu --branch env/prod-next --push
    """
    from render.cli.output import print_json, print_line
    from render.operations.hydrate.run import hydrate

    done = hydrate(fleet_root(), cluster, branch, rev, push=push, remote=remote)
    if output == "json":
        data = {"branch": done.branch.title, "commit": done.commit, "drySha": done.dry, "changed": done.is_new}
        print_json(data)
    elif done.is_new:
        print_line(f"{cluster} at {done.dry[:10]} is commit {done.commit[:10]} on {done.branch.title}")
    else:
        print_line(f"{done.branch.title} has all of it: no manifest of {cluster} changes at {done.dry[:10]}")
