"""What a new fleet is made of: paths and texts, from a few answers. Nothing is read or written here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from render.specs.schema import schema
from render.version import VERSION
from render.yamlio.write import scalar

Delivery = Literal["argocd", "flux", "none"]
Forge = Literal["github", "gitlab", "gitea", "forgejo"]

# Where an editor finds the schemas, from the fleet's root.
SCHEMAS = "schemas"
KINDS = (
    *("Fleet", "Cluster", "RevisionRollout", "Istio", "IstioRevision", "IstioRevisionTag", "IstioCNI", "ZTunnel"),
    *("IstioOperator", "MeshGateway", "Namespace"),
)


@dataclass(frozen=True, slots=True)
class NewFleet:
    """The answers: names of clusters, a release such as `v1.30.3`, who delivers, and where the repository is.

    `repo_url` may be empty where nobody delivers. `forge` is None where pull requests are not opened by meshrev.
    """

    name: str
    clusters: tuple[str, ...]
    version: str
    delivery: Delivery = "none"
    repo_url: str = ""
    forge: Forge | None = None
    with_hooks: bool = False
    with_workflow: bool = False


def new_files(fleet: NewFleet) -> dict[str, str]:
    """Returns the text of each file by its path from the fleet's root."""
    return dict(_files(fleet))


def schema_text(kind: str) -> str:
    """Returns the JSON schema of a kind, with the releases that this program knows filled in."""
    return json.dumps(schema(kind), indent=2) + "\n"


def _files(fleet: NewFleet) -> Iterator[tuple[str, str]]:
    yield "meshrev.yaml", _text("meshrev.yaml", fleet)
    for name in ("kustomization.yaml", "istio.yaml", "tags.yaml", "namespaces.yaml"):
        yield f"base/{name}", _text(f"base-{name}", fleet)
    for cluster in fleet.clusters:
        for name in ("cluster.yaml", "kustomization.yaml"):
            yield f"overlays/{cluster}/{name}", _text(f"overlay-{name}", fleet, cluster=cluster)
    for kind in KINDS:
        yield f"{SCHEMAS}/{kind.lower()}.json", schema_text(kind)
    if fleet.with_hooks:
        yield ".pre-commit-config.yaml", _text("pre-commit-config.yaml", fleet)
    if fleet.with_workflow and fleet.forge == "gitlab":
        yield ".gitlab-ci.yml", _text("gitlab-ci.yml", fleet)
    elif fleet.with_workflow:
        folder = ".github" if fleet.forge in (None, "github") else f".{fleet.forge}"
        yield f"{folder}/workflows/meshrev.yaml", _text("workflow.yaml", fleet)


def _text(template: str, fleet: NewFleet, **more: str) -> str:
    text: str = (
        _templates().get_template(f"{template}.j2").render(fleet=fleet, program=VERSION, schemas=SCHEMAS, **more)
    )
    return text


@cache
def _templates() -> jinja2.Environment:
    folder = jinja2.FileSystemLoader(Path(__file__).with_name("templates"))
    environment = ImmutableSandboxedEnvironment(
        loader=folder, undefined=jinja2.StrictUndefined, keep_trailing_newline=True, trim_blocks=True
    )
    environment.filters["scalar"] = scalar  # in quotes where YAML would read something else: `on`, `1`
    return environment
