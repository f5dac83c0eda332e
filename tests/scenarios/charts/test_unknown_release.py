"""A release that the program has never heard of, from its charts: the whole way of an upgrade."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.support.builders import istio, namespace, node_agent, tag
from tests.support.charts import chart_fleet, needs_library, pull
from tests.support.fleet_repo import FleetRepo

pytestmark = needs_library
OLD, NEW = "v1.97.2", "v1.98.0"
SPECS = (
    istio(OLD, updateStrategy="{type: RevisionBased, inactiveRevisionDeletionGracePeriodSeconds: 0}")
    + tag("prod", "default-v1-97-2", "IstioRevision")
    + tag("default")
    + namespace("shop", "istio.io/rev: prod")
    + node_agent("IstioCNI", "v1.97-latest", profile="ambient")
    + node_agent("ZTunnel", OLD)
)


@pytest.fixture
def fleet(tmp_path: Path) -> FleetRepo:
    repo = chart_fleet(tmp_path / "fleet", OLD[1:])
    repo.git("config", "user.name", "Ada")
    repo.git("config", "user.email", "ada@example.com")
    repo.cluster("eu", SPECS, platform="gke")
    repo.meshrev("render")
    repo.commit("as it was")
    return repo


def deployment(repo: FleetRepo, revision: str) -> dict[str, object]:
    text = repo.tree()[f"rendered/eu/revisions/{revision}/deployment-istiod-{revision}.yaml"]
    found: dict[str, object] = yaml.safe_load(text)
    return found


def test_it_renders_checks_and_stays_as_it_is(fleet: FleetRepo) -> None:
    before = fleet.tree()
    fleet.meshrev("render")
    fleet.meshrev("check")
    assert fleet.tree() == before
    assert deployment(fleet, "default-v1-97-2")["kind"] == "Deployment"
    assert "cni" in {path.split("/")[2] for path in before}


def test_it_is_promoted_to_and_from_and_the_old_one_retired(fleet: FleetRepo) -> None:
    pull(fleet, NEW[1:])
    fleet.commit("charts of the next release")
    fleet.meshrev("promote", "--istio", "default", "--version", NEW)
    assert "default-v1-98-0" in fleet.meshrev("status").out
    fleet.meshrev("promote", "--tag", "prod", "--to", "default-v1-98-0")
    fleet.meshrev("rollback")
    for name in ("prod", "default"):
        fleet.meshrev("promote", "--tag", name, "--to", "default-v1-98-0")
    fleet.meshrev("retire", "default-v1-97-2", "--without-observation")
    fleet.meshrev("check")
    assert not [path for path in fleet.tree() if "default-v1-97-2" in path]


def test_its_definitions_come_once_for_all_clusters_and_are_never_taken_back(fleet: FleetRepo) -> None:
    fleet.cluster("us", SPECS)
    fleet.meshrev("render")
    assert set(fleet.tree("rendered/shared/crds")) == {
        f"rendered/shared/crds/1.97.2/{name}"
        for name in ("customresourcedefinition-things.example.istio.io.yaml", "inventory.jsonl", "kustomization.yaml")
    }
    assert not [path for path in fleet.tree("rendered/us") if "customresourcedefinition" in path]
    pull(fleet, NEW[1:])
    fleet.cluster("eu", SPECS.replace(OLD, NEW).replace("v1-97-2", "v1-98-0"))
    fleet.meshrev("render")
    fleet.commit("one of them is ahead")
    used = {name: (fleet.root / f"rendered/{name}/kustomization.yaml").read_text() for name in ("eu", "us")}
    assert "../shared/crds/1.98.0" in used["eu"]
    assert "../shared/crds/1.97.2" in used["us"]
    fleet.cluster("eu", SPECS)
    fleet.meshrev("render")
    assert "../shared/crds/1.98.0" in (fleet.root / "rendered/eu/kustomization.yaml").read_text()
    fleet.meshrev("check")
