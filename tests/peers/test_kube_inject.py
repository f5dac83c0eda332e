"""The real istioctl, given what meshrev renders for an injector: it loads it, and makes the pods that the cases say.

Its engine is that of release-1.31. So pods of other releases are compared by what the templates do, not by what istiod
adds afterwards, which changes with its release.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.manifests.builtin import render_component
from render.specs.releases import parse
from render.yamlio.location import merge_maps
from tests.manifests.builtin.injection.test_injected_pods import BOOTSTRAP, injected_cases, text_of, values_of
from tests.manifests.builtin.injection.workloads import Json, comparable, workloads

FILES = {
    "inject-pods.json": "1.24.3",
    "inject-pods-1.30.json": "1.30.3",
    "inject-pods-new-1.24.3.json": "1.24.3",
    "inject-pods-new-1.27.9.json": "1.27.9",
    "inject-pods-new-1.30.3.json": "1.30.3",
    "inject-pods-new-1.31.0-rc.0.json": "1.31.0",
}
# What istioctl takes from a cluster only: the namespace of OpenShift, and a cluster's nodes.
_OF_A_CLUSTER = ("PLATFORM",)


def cases() -> list[Any]:
    """The cases of all files that run through kube-inject, with the release whose installation they are of."""
    return [
        pytest.param(release, case.values[0], id=f"{release}-{case.id}")
        for file, release in FILES.items()
        for case in injected_cases(file)
        if case.values[0]["input"]["kubeInject"] and not set(_OF_A_CLUSTER) & set(case.values[0]["input"]["env"])
    ]


@pytest.mark.parametrize(("release", "case"), cases())
def test_istioctl_makes_the_pod_that_the_case_says(
    release: str, case: dict[str, Any], istioctl: Path, tmp_path: Path
) -> None:
    asked = case["input"]
    made = workloads(kube_inject(istioctl, release, asked, tmp_path))
    for pod, wanted in zip(made, workloads(text_of(case)), strict=True):
        got, expected = comparable(pod.metadata, pod.spec), comparable(wanted.metadata, wanted.spec)
        for each in (got, expected):
            _forget_what_istiod_adds(each, whole=release == "1.31.0")
        assert got == expected


def kube_inject(istioctl: Path, release: str, asked: dict[str, Any], folder: Path) -> str:
    """What istioctl prints for the text of a case, with the ConfigMaps that meshrev renders for its settings."""
    objects = render_component(
        "istiod", release, "istiod", "istio-system", {"revision": ""} | values_of(release, asked)
    )
    data = {key: text for each in objects if each["kind"] == "ConfigMap" for key, text in each["data"].items()}
    mesh = merge_maps(yaml.safe_load(data["mesh"]), asked["meshConfig"])
    texts = {"config": data["config"], "values": data["values"], "mesh": yaml.safe_dump(mesh), "pod": asked["text"]}
    for name, text in texts.items():
        (folder / name).write_text(text)
    command = [
        *(istioctl, "kube-inject", "--revision", "default", "--filename", folder / "pod"),
        *("--injectConfigFile", folder / "config"),
        *("--valuesFile", folder / "values"),
        *("--meshConfigFile", folder / "mesh"),
    ]
    # From 1.27 istiod looks at the nodes, which are new enough in the cases; before, only at its variable.
    native = {"ENABLE_NATIVE_SIDECARS": "true"} if parse(release) >= parse("1.27.0") else {}
    own = native | {name: str(value) for name, value in asked["env"].items()}
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | own)
    assert run.returncode == 0, run.stderr
    return run.stdout


def _forget_what_istiod_adds(pod: Json, whole: bool) -> None:
    for container in pod["spec"].get("initContainers", []):
        if container["name"] == BOOTSTRAP:
            del container["command"]
    if whole:
        return
    pod["annotations"].pop("k8s.v1.cni.cncf.io/networks", None)  # a function of istiod writes it
    for kind in ("containers", "initContainers"):
        for container in pod["spec"].get(kind, []):
            for name in ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle"):
                if container["name"] != "istio-proxy":
                    container.pop(name, None)
            container["env"] = [each for each in container.get("env", []) if each["name"] != "ISTIO_KUBE_APP_PROBERS"]
