"""Whole pods: the project's templates, run and merged as istiod does, against the pods that Istio's own give."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.yamlio.location import merge_maps
from tests.manifests.builtin.injection.installation import installed
from tests.manifests.builtin.injection.istiod import Istiod
from tests.manifests.builtin.injection.workloads import comparable, workloads
from tests.support.cases import case_parameters
from tests.support.programs.go import needs_go

# The images of Istio's own tests.
HUBS = {"1.24.3": "gcr.io/istio-testing", "1.27.9": "gcr.io/istio-testing"}
BOOTSTRAP = "grpc-bootstrap-init"
NEWER_HUB = "registry.istio.io/testing"
# What the namespace of the cases prescribes on OpenShift: the last of 10,000 users from 1,000,620,000 on.
OPENSHIFT_IDS = (1000629999, 1000629999)


def text_of(case: dict[str, Any]) -> str:
    return case["expected"]["text"] or ""


def injected_cases(file: str) -> list[Any]:
    """The cases in which a pod is injected; what istiod refuses or leaves alone says nothing about templates."""
    cases = case_parameters(file)
    return [case for case in cases if "sidecar.istio.io/status" in text_of(case.values[0])]


@needs_go
@pytest.mark.parametrize("case", injected_cases("inject-pods.json"))
def test_a_pod_looks_as_istio_1_24_makes_it(case: dict[str, Any]) -> None:
    check("1.24.3", case)


@needs_go
@pytest.mark.parametrize("case", injected_cases("inject-pods-1.30.json"))
def test_a_pod_looks_as_istio_1_30_makes_it(case: dict[str, Any]) -> None:
    check("1.30.3", case)


@needs_go
@pytest.mark.parametrize("case", injected_cases("inject-pods-new-1.24.3.json"))
def test_another_pod_looks_as_istio_1_24_makes_it(case: dict[str, Any]) -> None:
    check("1.24.3", case)


@needs_go
@pytest.mark.parametrize("case", injected_cases("inject-pods-new-1.27.9.json"))
def test_another_pod_looks_as_istio_1_27_makes_it(case: dict[str, Any]) -> None:
    check("1.27.9", case)


@needs_go
@pytest.mark.parametrize("case", injected_cases("inject-pods-new-1.30.3.json"))
def test_another_pod_looks_as_istio_1_30_makes_it(case: dict[str, Any]) -> None:
    check("1.30.3", case)


@needs_go
@pytest.mark.parametrize("case", injected_cases("inject-pods-new-1.31.0-rc.0.json"))
def test_another_pod_looks_as_istio_1_31_makes_it(case: dict[str, Any]) -> None:
    check("1.31.0", case)


def check(release: str, case: dict[str, Any]) -> None:
    asked, istiod = case["input"], istiod_of(release, case["input"])
    for workload, wanted in zip(workloads(asked["text"]), workloads(text_of(case)), strict=True):
        made, expected = comparable(*istiod.injected(workload)), comparable(wanted.metadata, wanted.spec)
        for pod in (made, expected):
            # How the file is written is not for a template to copy; what is in it has a test of its own.
            for container in pod["spec"].get("initContainers", []):
                if container["name"] == BOOTSTRAP:
                    del container["command"]
        assert made == expected


@needs_go
@pytest.mark.parametrize("release", ["1.23.0", "1.31.0"])
def test_the_bootstrap_of_grpc_leads_to_the_istiod_of_its_namespace(release: str, tmp_path: Path) -> None:
    text = yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "x", "annotations": {"inject.istio.io/templates": "grpc-simple"}},
            "spec": {"containers": [{"name": "x", "image": "x"}]},
        }
    )
    [workload] = workloads(text)
    asked = {"setFlags": ["values.global.istioNamespace=mesh"], "iop": None, "meshConfig": {}, "env": {}}
    _, spec = istiod_of(release, asked).injected(workload)
    [container] = [each for each in spec["initContainers"] if each["name"] == BOOTSTRAP]
    fields = {"INSTANCE_IP": "10.0.0.1", "POD_NAME": "x", "POD_NAMESPACE": "shop"}
    given = fields | {each["name"]: each["value"] for each in container["env"] if "value" in each}
    command = [each.replace("/var/lib/grpc/data", str(tmp_path)) for each in container["command"]]
    subprocess.run(command, env=os.environ | given, check=True)
    assert json.loads((tmp_path / "bootstrap.json").read_text()) == {
        "xds_servers": [
            {
                "server_uri": "dns:///istiod.mesh.svc:15010",
                "channel_creds": [{"type": "insecure"}],
                "server_features": ["xds_v3"],
            }
        ],
        "node": {"id": "sidecar~10.0.0.1~x.shop~cluster.local", "metadata": {"GENERATOR": "grpc"}},
    }


def values_of(release: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The Helm values that the settings of a case give."""
    values: dict[str, Any] = {"global": {"hub": HUBS.get(release, NEWER_HUB), "tag": "latest"}}
    for flag in asked["setFlags"]:
        path, _, text = flag.partition("=")
        values = merge_maps(values, _nested(path, yaml.safe_load(text)))
    if asked["iop"]:
        values = merge_maps(values, yaml.safe_load(asked["iop"]["text"])["spec"].get("values", {}))
    return values


def istiod_of(release: str, asked: dict[str, Any]) -> Istiod:
    """An istiod installed with the settings of a case."""
    installation = installed(release, values_of(release, asked))
    return Istiod(
        release=tuple(map(int, release.split(".")[:2])),
        templates=installation.templates,
        values=installation.values,
        mesh=merge_maps(installation.mesh, asked["meshConfig"]),
        env=asked["env"],
        # All nodes of the cases are new enough, so that istiod only looks at its setting.
        native_sidecars=asked["env"].get("ENABLE_NATIVE_SIDECARS", "true") == "true",
        ids=OPENSHIFT_IDS if asked["env"].get("PLATFORM") == "openshift" else (1337, 1337),
    )


def _text(case: dict[str, Any]) -> str:
    return case["expected"]["text"] or ""


def _nested(path: str, value: Any) -> dict[str, Any]:
    """The Helm values that a flag of istioctl sets."""
    path = {"components.cni.enabled": "values.pilot.cni.enabled"}.get(path, path)
    for name in reversed(path.removeprefix("values.").split(".")):
        value = {name: value}
    return value
