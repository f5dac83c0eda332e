"""`meshrev init`: a new fleet, from nothing to a first tree."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import click

from render.cli.options.common import output_option
from render.cli.options.fleet import standing
from render.messages import count

if TYPE_CHECKING:
    from render.operations.init.files import Delivery, Forge
    from render.operations.init.run import InitResult


_DELIVERIES: Mapping[str, Delivery] = {"argocd": "argocd", "flux": "flux", "none": "none"}


@click.command("init")
@click.option("--name", metavar="NAME", help="The fleet's name. [default: that of the folder]")
@click.option(
    "--cluster", "clusters", multiple=True, metavar="NAME,...", help="A cluster, or more with commas; again for more."
)
@click.option("--version", metavar="VERSION", help="latest, 1.30, 1.30.3 or an alias. [default: latest]")
@click.option("--delivery", type=click.Choice([*_DELIVERIES]), help="Who applies the tree. [default: none]")
@click.option("--repo-url", metavar="URL", default="", help="Where Argo CD reads this repository from.")
@click.option(
    "--forge",
    type=click.Choice(["github", "gitlab", "gitea", "forgejo", "none"]),
    help="Where pull requests are opened.",
)
@click.option("--hooks", is_flag=True, help="Write a .pre-commit-config.yaml, too.")
@click.option("--workflow", is_flag=True, help="Write a workflow (or GitLab job) that checks changes, too.")
@output_option
def command(
    name: str | None,
    clusters: tuple[str, ...],
    version: str | None,
    delivery: Delivery | None,
    repo_url: str,
    forge: Forge | Literal["none"] | None,
    hooks: bool,
    workflow: bool,
    output: str,
) -> None:
    """Write the smallest fleet that lint finds no fault with, and render it.

    On a terminal it asks for what no option says. Nothing that is there is changed, and nothing is committed.

    \b
    meshrev init --cluster dev,prod --delivery argocd --repo-url https://git.example.com/mesh.git
    """
    from render.cli.output import print_json, print_lines
    from render.operations.init.files import NewFleet
    from render.operations.init.run import init
    from render.specs.releases import as_typed, resolve

    root = standing()
    asks = sys.stdin.isatty() and sys.stdout.isatty() and output == "text"
    names = [part for text in clusters for part in text.split(",") if part]
    if not names and asks:
        names = [part.strip() for part in click.prompt("Clusters, with commas").split(",") if part.strip()]
    if not names:
        raise click.UsageError("Missing option '--cluster': name at least one, such as --cluster dev,prod")
    if version is None and asks:
        version = click.prompt("Istio's version", default="latest")
    chosen: Delivery = delivery or "none"
    if delivery is None and asks:
        chosen = _DELIVERIES[click.prompt("Who applies the tree", default="none", type=click.Choice([*_DELIVERIES]))]
    if chosen == "argocd" and not repo_url and asks:
        repo_url = click.prompt("Where Argo CD reads this repository from")
    fleet = NewFleet(
        name or _folder_name(root.name),
        tuple(names),
        resolve(as_typed(version or "latest")),
        chosen,
        repo_url,
        None if forge == "none" else forge,
        hooks,
        workflow,
    )
    result = init(root, fleet)
    if output == "json":
        print_json(as_json(result))
    else:
        print_lines(as_text(result))


def as_json(result: InitResult) -> dict[str, object]:
    """`{"files": [...], "rendered": N, "findings": [...]}`: paths, how many files were rendered, what lint says."""
    from render.cli.output import as_data

    return {
        "files": list(result.files),
        "rendered": _tree_size(result),
        "findings": [as_data(said.finding) for said in result.linted.said],
    }


def as_text(result: InitResult) -> Iterator[str]:
    """Yields what was written, what lint says, and what to do next."""
    own = [file for file in result.files if not file.startswith("schemas/")]
    yield from (f"wrote {file}" for file in own)
    yield f"wrote schemas/ ({count(len(result.files) - len(own), 'file')} for editors)"
    yield f"rendered {count(_tree_size(result), 'file')} for {count(len(result.rendered.clusters), 'cluster')}"
    yield from (f"{said.finding.severity}: {said.finding.text()}" for said in result.linted.said)
    yield "next: put your namespaces in base/namespaces.yaml, `meshrev render`, then"
    yield "  git add -A && git commit -m 'A mesh, as meshrev renders it'"


def _tree_size(result: InitResult) -> int:
    return sum(len(folder.added) for folder in (*result.rendered.clusters, *result.rendered.shared))


def _folder_name(text: str) -> str:
    """Returns a folder's name as the name of a fleet."""
    import re

    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63] or "mesh"
