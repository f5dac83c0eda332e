"""An observation of objects is refused where the list has none of what it is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cluster_objects import kubectl, namespace
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.one_cluster import MESH


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    repo = fleet_repo(tmp_path)
    repo.cluster("east", MESH)
    return repo


def istiod(**metadata: Any) -> dict[str, Any]:
    named = {"name": "istiod", "namespace": "istio-system", "labels": {"app": "istiod"}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {**named, **metadata}}


OWNED = istiod(
    managedFields=[
        {
            "manager": "helm",
            "operation": "Update",
            "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:affinity": {}}}}},
        }
    ]
)


def test_owners_of_settings_are_in_the_file(repo: FleetRepo) -> None:
    repo.meshrev("observe", "--cluster", "east", "--objects", stdin=kubectl(namespace("shop"), OWNED))
    assert '".spec.template.spec.affinity": [' in (repo.root / "observed/east.json").read_text()


def test_without_the_option_objects_are_passed_over(repo: FleetRepo) -> None:
    repo.meshrev("observe", "--cluster", "east", stdin=kubectl(namespace("shop"), OWNED))
    assert "objects" not in (repo.root / "observed/east.json").read_text()


@pytest.mark.parametrize("items", [(), (istiod(),)])
def test_a_list_without_managed_fields_or_without_objects_is_refused(repo: FleetRepo, items: tuple[Any, ...]) -> None:
    said = repo.meshrev("observe", "--cluster", "east", "--objects", stdin=kubectl(namespace("shop"), *items), code=2)
    assert said.err.startswith(
        "standard input: holds no object of a mesh with its managed fields (expected: what `kubectl"
    )
    assert not (repo.root / "observed").exists()
