"""The rendered AppProject is right in every commit, whichever clusters that is about."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.support.builders import namespace, node_agent
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable

DELIVERY = "{type: argocd, repoURL: 'https://git.example.com/m.git', project: mesh, renderProject: true}"
FILE = "rendered/delivery/argocd/appproject-mesh.yaml"


@pytest.fixture
def fleet(tmp_path: Any) -> FleetRepo:
    return promotable(fleet_repo(tmp_path), delivery=DELIVERY)


def project(fleet: FleetRepo) -> dict[str, Any]:
    spec: dict[str, Any] = yaml.safe_load((fleet.root / FILE).read_text())["spec"]
    return spec


def destinations(fleet: FleetRepo) -> set[str]:
    return {f"{one['name']}/{one['namespace']}" for one in project(fleet)["destinations"]}


def test_it_is_kept_by_a_render_of_one_cluster(fleet: FleetRepo) -> None:
    assert destinations(fleet) == {"eu/istio-system", "us/istio-system", "lab/istio-system"}
    fleet.write("overlays/eu/cni.yaml", node_agent("IstioCNI", namespace="istio-cni") + namespace("mesh-extra"))
    fleet.write("overlays/eu/kustomization.yaml", "resources: [../../base, cni.yaml]\n")
    fleet.meshrev("render", "--cluster", "eu")
    assert "eu/istio-cni" in destinations(fleet) and "us/istio-cni" not in destinations(fleet)
    assert {"group": "apps", "kind": "DaemonSet"} in project(fleet)["namespaceResourceWhitelist"]
    fleet.meshrev("check")


def test_a_promotion_and_a_frozen_revision_leave_nothing_to_render(fleet: FleetRepo) -> None:
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", "--cluster", "eu")
    fleet.meshrev("check")
    assert destinations(fleet) == {"eu/istio-system", "us/istio-system", "lab/istio-system"}


def test_a_cluster_that_is_retired_is_allowed_no_longer(fleet: FleetRepo) -> None:
    fleet.git("rm", "-rq", "overlays/lab")
    fleet.commit("give lab up")
    fleet.meshrev("retire", "--cluster", "lab")
    assert destinations(fleet) == {"eu/istio-system", "us/istio-system"}
    fleet.meshrev("check")


def test_the_project_of_everybody_is_not_rendered(fleet: FleetRepo) -> None:
    file = fleet.root / "meshrev.yaml"
    file.write_text(file.read_text().replace("project: mesh, ", ""))
    assert "needs spec.delivery.project with a name of its own" in fleet.meshrev("render", code=2).err
