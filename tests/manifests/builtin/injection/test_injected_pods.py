"""Whole pods: the project's templates, run and merged as istiod does, against the pods that Istio's own give."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from render.manifests.builtin.layers import laid_over
from tests.manifests.builtin.injection.installation import installed
from tests.manifests.builtin.injection.istiod import Istiod
from tests.manifests.builtin.injection.workloads import comparable, workloads
from tests.support.cases import case_parameters
from tests.support.programs.go import needs_go

# The images of Istio's own tests.
HUBS = {"1.24.3": "gcr.io/istio-testing", "1.30.3": "registry.istio.io/testing"}
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


def check(release: str, case: dict[str, Any]) -> None:
    asked, istiod = case["input"], istiod_of(release, case["input"])
    for workload, wanted in zip(workloads(asked["text"]), workloads(text_of(case)), strict=True):
        names = workload.metadata.get("annotations", {}).get("inject.istio.io/templates", "sidecar").split(",")
        missing = set(names) - set(istiod.templates)
        if missing:
            pytest.skip(f"the template {', '.join(missing)} is not written yet")
        assert comparable(*istiod.injected(workload)) == comparable(wanted.metadata, wanted.spec)


def istiod_of(release: str, asked: dict[str, Any]) -> Istiod:
    """An istiod installed with the settings of a case."""
    values: dict[str, Any] = {"global": {"hub": HUBS[release], "tag": "latest"}}
    for flag in asked["setFlags"]:
        path, _, text = flag.partition("=")
        values = laid_over(values, _nested(path, yaml.safe_load(text)))
    if asked["iop"]:
        values = laid_over(values, yaml.safe_load(asked["iop"]["text"])["spec"]["values"])
    installation = installed(release, values)
    return Istiod(
        release=tuple(map(int, release.split(".")[:2])),
        templates=installation.templates,
        values=installation.values,
        mesh=laid_over(installation.mesh, asked["meshConfig"]),
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
