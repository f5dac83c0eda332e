"""A fleet in a git repository, rendered in this process, and what a Kustomize function says about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from render.operations.hosts.kustomize import Answer, run_function
from render.operations.render.run import render
from tests.support.builders import document, istio, tag
from tests.support.fleet_repo import FleetRepo, fleet_repo

NAMESPACE = document("v1", "Namespace", "shop", "istio.io/rev: prod", "team: shop", annotations="{owner: shop}")
EXTRA = document("networking.istio.io/v1", "Sidecar", "quiet", namespace="shop", spec='{egress: [{hosts: ["./*"]}]}')


def specs(version: str = "v1.24.2", strategy: str = "RevisionBased") -> str:
    return istio(version, strategy=strategy) + tag("prod") + NAMESPACE + EXTRA


def rendered_fleet(root: Path, text: str | None = None, *, render_it: bool = True) -> FleetRepo:
    """A fleet of one cluster, `prod-eu`, and a folder `deploy` for kustomizations."""
    repo = fleet_repo(root)
    repo.cluster("prod-eu", text or specs())
    (root / "deploy").mkdir()
    if render_it:
        again(repo)
    return repo


def again(repo: FleetRepo) -> None:
    render(repo.root)


def config(kind: str = "ClusterTree", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "meshrev.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": "mesh"},
        "spec": {"cluster": "prod-eu", **spec},
    }


def objects(text: str) -> list[dict[str, Any]]:
    """The documents of a text with the annotations that Kustomize's newest exec functions give each."""
    found = []
    for at, item in enumerate(all_loaded(text)):
        annotations = item["metadata"].setdefault("annotations", {})
        annotations["internal.config.kubernetes.io/path"] = f"specs/{at}.yaml"
        annotations["internal.config.kubernetes.io/index"] = str(at)
        annotations["internal.config.kubernetes.io/seqindent"] = "compact"
        annotations["config.k8s.io/id"] = str(at + 1)
        found.append(item)
    return found


def ask(
    repo: FleetRepo, asked: dict[str, Any], items: list[dict[str, Any]] | None = None, version: str = "v1"
) -> tuple[Answer, dict[str, Any]]:
    """The answer to a ResourceList from the folder `deploy`, and what it printed."""
    given = {
        "apiVersion": f"config.kubernetes.io/{version}",
        "kind": "ResourceList",
        "items": [asked] if items is None else items,
        "functionConfig": asked,
    }
    answer = run_function(json.dumps(given).encode(), repo.root / "deploy")
    printed = loaded(answer.out)
    assert printed["kind"] == "ResourceList"
    assert printed["apiVersion"] == f"config.kubernetes.io/{version}"
    return answer, printed


def tree(repo: FleetRepo, cluster: str = "prod-eu") -> list[dict[str, Any]]:
    """Every object of a committed tree, by the files on the disk."""
    found = []
    for file in (repo.root / "rendered" / cluster).rglob("*.yaml"):
        if file.name != "kustomization.yaml":
            found.append(loaded(file.read_bytes()))
    assert len(found) > 10
    return found


def by_name(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: (item["kind"], item["metadata"]["name"], item["metadata"].get("namespace")))


def loaded(text: bytes | str) -> Any:
    """The one document of a text; libyaml, since a tree takes seconds without it."""
    return yaml.load(text, yaml.CSafeLoader)


def all_loaded(text: bytes | str) -> list[Any]:
    return list(yaml.load_all(text, yaml.CSafeLoader))


def dumped(items: list[dict[str, Any]]) -> bytes:
    """A stream of documents."""
    return b"".join(b"---\n" + json.dumps(item).encode() + b"\n" for item in items)
