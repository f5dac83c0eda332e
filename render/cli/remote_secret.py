"""`meshrev remote-secret`: how to make the Secrets by which istiods read other clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from render.cli.options.common import clusters_option, output_option
from render.cli.options.fleet import fleet_root
from render.cli.output import print_data, print_json, print_lines

if TYPE_CHECKING:
    from render.plan.topology.remote_secrets import Form, RemoteSecret


@click.command("remote-secret")
@clusters_option
@click.option(
    "--form",
    type=click.Choice(["commands", "external-secret", "sealed-secret"]),
    default="commands",
    show_default=True,
    help="What istioctl and kubectl make them with, or the skeleton of an object that becomes one.",
)
@output_option
def command(clusters: tuple[str, ...], form: str, output: str) -> None:
    """Print how to make the Secrets by which istiods read other clusters.

    Of the clusters named by --cluster, those that hold them, or of all. From the topologies of the specs; nothing is
    run, no cluster is asked, and no Secret is written. Contexts are called like clusters here.
    """
    from render.operations.remote_secrets import needed_secrets
    from render.operations.render.fleet import open_fleet

    found = needed_secrets(open_fleet(fleet_root()), clusters)
    chosen = cast("Form", form)
    if output == "json":
        print_json({"secrets": [_as_json(one, chosen) for one in found]})
    elif chosen == "commands":
        print_lines(line for one in found for line in (f"# {_about(one)}", one.command()))
    else:
        from render.yamlio.write import dump

        for one in found:
            print_lines(["---", f"# {_about(one)}"])
            print_data(dump(one.manifest(chosen)).encode())
    if not found and output == "text":
        print_lines(["# no istiod of these clusters reads another cluster"])


def _about(secret: RemoteSecret) -> str:
    return f"{secret.holder} reads {secret.reads}: Secret {secret.namespace}/{secret.name}"


def _as_json(secret: RemoteSecret, form: Form) -> dict[str, Any]:
    made = {"command": secret.command()} if form == "commands" else {"manifest": secret.manifest(form)}
    return {
        "holder": secret.holder,
        "namespace": secret.namespace,
        "name": secret.name,
        "key": secret.key,
        "type": secret.type,
        "reads": secret.reads,
        "serviceAccount": {"namespace": secret.account_namespace, "name": secret.account},
        **made,
    }
