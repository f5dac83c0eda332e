"""What holds in a cluster: the Cluster's own word, else the Fleet's, decided in one place."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from render.kustomize.resource import Resource
from render.specs import build
from render.specs.kinds import Crds, Settings
from render.specs.settings import cluster_settings
from render.yamlio.location import Place
from tests.support.cluster_plan import fleet

RENDER = Path(__file__).parents[2] / "render"
DECIDES = RENDER / "specs/settings.py"
CRDS = {"path": "crds/istio-1.24.3.yaml", "sha256": "a" * 64}
OTHER_CRDS = {"path": "crds/istio-1.25.0.yaml", "sha256": "b" * 64}


def settings(of_fleet: dict[str, Any], of_cluster: dict[str, Any]) -> Settings:
    cluster = {"kind": "Cluster", "metadata": {"name": "eu"}, "spec": of_cluster}
    return cluster_settings(fleet(**of_fleet), build.cluster(Resource(cluster, Place("cluster.yaml"))))


@pytest.mark.parametrize(
    ("field", "shared", "own", "of_fleet", "of_cluster"),
    [
        ("delivery", {"delivery": {"type": "argocd"}}, {"delivery": {"type": "flux"}}, "argocd", "flux"),
        ("namespaces", {"delivery": {"namespaces": "patch"}}, {"delivery": {"namespaces": "apply"}}, "patch", "apply"),
        ("automated", {"delivery": {"automated": True}}, {"delivery": {"automated": False}}, True, False),
        ("interval", {"delivery": {"interval": "1h"}}, {"delivery": {"interval": "2m"}}, "1h", "2m"),
        ("git_repository", {"delivery": {"source": "mesh"}}, {"delivery": {"source": "own"}}, "mesh", "own"),
        ("destination", {}, {"delivery": {"destination": "gke-1"}}, "eu", "gke-1"),
        ("crds", {"crds": CRDS}, {"crds": OTHER_CRDS}, Crds(**CRDS), Crds(**OTHER_CRDS)),
    ],
)
def test_a_cluster_has_what_it_says_and_else_what_the_fleet_says(
    field: str, shared: dict[str, Any], own: dict[str, Any], of_fleet: Any, of_cluster: Any
) -> None:
    assert getattr(settings(shared, {}), field) == of_fleet
    assert getattr(settings(shared, own), field) == of_cluster


def test_a_cluster_may_take_its_manifests_from_elsewhere() -> None:
    chart = {"source": {"type": "chart", "path": "charts"}}
    assert (settings(chart, {}).source.type, settings(chart, {"source": {}}).source.type) == ("chart", "builtin")


def test_what_is_wrong_with_the_definitions_is_said_of_the_object_that_names_them() -> None:
    found = [settings({"crds": CRDS}, own).crds_resource.kind for own in ({}, {"crds": OTHER_CRDS})]
    assert found == ["Fleet", "Cluster"]


def test_nothing_else_chooses_between_a_cluster_and_its_fleet() -> None:
    assert choices(DECIDES)
    assert [place for file in sorted(RENDER.rglob("*.py")) if file != DECIDES for place in choices(file)] == []


def choices(file: Path) -> list[str]:
    """Every `or` and `if else` of a module that has a field of a Cluster on one side and of a Fleet on the other."""
    return [
        f"{file.relative_to(RENDER)}:{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(ast.parse(file.read_text()))
        if (isinstance(node, ast.IfExp) or (isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or)))
        and {"cluster", "fleet"} <= {owner(field) for field in ast.walk(node)}
    ]


def owner(node: ast.AST) -> str:
    """`cluster` of `specs.cluster.crds` and of `cluster.crds`; empty where it is no field."""
    if not isinstance(node, ast.Attribute):
        return ""
    return getattr(node.value, "attr", "") or getattr(node.value, "id", "")
