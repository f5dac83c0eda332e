"""What `inject` says where nothing is injected, or nothing can be. Pods that are injected: tests/peers."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from render.operations.inject.istioctl import InjectorFiles, kube_inject
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: one, labels: {sidecar.istio.io/inject: "%s"}}
spec: {containers: [{name: app, image: app}]}
---
apiVersion: v1
kind: Service
metadata: {name: two}
"""


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    return promotable(fleet_repo(tmp_path_factory.mktemp("fleet")))


def test_what_is_not_injected_stays_as_it_is(repo: FleetRepo, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD % "false")
    said = repo.meshrev("inject", "--cluster", "eu", "-n", "cart", "-f", str(tmp_path / "pod.yaml"))
    pod, service = yaml.safe_load_all(said.out)
    assert (pod["metadata"]["namespace"], pod["spec"]) == ("cart", {"containers": [{"name": "app", "image": "app"}]})
    assert service["metadata"] == {"name": "two", "namespace": "cart"}
    assert "note: Pod one is not injected: " in said.err


def test_without_istioctl_it_says_how_to_get_it(repo: FleetRepo, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(POD % "true")
    asked = ("inject", "--cluster", "eu", "-n", "cart", "-f", str(tmp_path / "pod.yaml"))
    said = repo.meshrev(*asked, code=2, PATH=str(tmp_path))
    assert said.err.startswith("istioctl is not on PATH, and it is what injects (https://istio.io/")
    assert said.out == ""


def test_a_workload_of_another_namespace_is_refused(repo: FleetRepo, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text("{apiVersion: v1, kind: Pod, metadata: {name: one, namespace: shop}}")
    said = repo.meshrev("inject", "--cluster", "eu", "-n", "cart", "-f", str(tmp_path / "pod.yaml"), code=2)
    assert "is in the namespace shop, and cart is asked for" in said.err


def test_a_text_that_is_no_object_is_refused(repo: FleetRepo, tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text("- one\n")
    said = repo.meshrev("inject", "--cluster", "eu", "-n", "cart", "-f", str(tmp_path / "pod.yaml"), code=2)
    assert "is no Kubernetes object" in said.err


def test_of_a_spec_s_variables_only_istiods_own_switches_reach_the_program(tmp_path: Path) -> None:
    """A stand-in that prints what it is given: which variables there are does not depend on the real one."""
    program = tmp_path / "istioctl"
    program.write_text("#!/bin/sh\nenv\n")
    program.chmod(0o755)
    variables = {"ENABLE_NATIVE_SIDECARS": "true", "LD_PRELOAD": "mine.so", "PATH": "mine", "GODEBUG": "mine=1"}
    printed = kube_inject("{}", "default", InjectorFiles("", "{}", "", variables), str(program))
    assert "ENABLE_NATIVE_SIDECARS=true" in printed.splitlines()
    assert "mine" not in printed
