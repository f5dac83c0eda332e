"""`meshrev inject` with the real istioctl: the pod that the files of a fleet lead to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: app, image: app}]}
"""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    return promotable(fleet_repo(tmp_path_factory.mktemp("fleet")))


def test_a_workload_is_injected_by_the_revision_of_its_namespace(
    repo: FleetRepo, istioctl: Path, tmp_path: Path
) -> None:
    (tmp_path / "pod.yaml").write_text(DEPLOYMENT)
    said = repo.meshrev(
        *("inject", "--cluster", "eu", "-n", "cart", "-f", str(tmp_path / "pod.yaml")),
        PATH=f"{istioctl.parent}:{os.environ['PATH']}",
    )
    template = yaml.safe_load(said.out)["spec"]["template"]
    assert "note: Deployment cart is injected by revision default-v1-24-2" in said.err
    assert template["metadata"]["annotations"]["istio.io/rev"] == "default-v1-24-2"
    [proxy] = [each for each in template["spec"]["containers"] if each["name"] == "istio-proxy"]
    assert proxy["image"].endswith("/proxyv2:1.24.2")
    [address] = [each["value"] for each in proxy["env"] if each["name"] == "CA_ADDR"]
    assert address == "istiod-default-v1-24-2.istio-system.svc:15012"


def test_what_istioctl_refuses_is_said_in_one_line(repo: FleetRepo, istioctl: Path, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(
        DEPLOYMENT.replace(
            "labels: {app: cart}}", "annotations: {inject.istio.io/templates: none}, labels: {app: cart}}"
        )
    )
    said = repo.meshrev(
        *("inject", "--cluster", "eu", "-n", "cart", "-f", str(tmp_path / "pod.yaml")),
        code=2,
        PATH=f"{istioctl.parent}:{os.environ['PATH']}",
    )
    assert 'requested template "none" not found' in said.err
    assert said.out == ""
