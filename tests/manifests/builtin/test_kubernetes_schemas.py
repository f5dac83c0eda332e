"""Every rendered object against Kubernetes' own schemas, strictly: a field that Kubernetes lacks is an error too.

For the last patch of each minor, with the oldest and the newest Kubernetes that the minor supports.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import kubernetes_validate
import pytest
from kubernetes_validate import SchemaNotFoundError, ValidationError

from render.manifests.builtin import render_component, render_json
from render.manifests.builtin.facts import components
from render.specs.releases import Minor, minors
from tests.support.value_sets import value_sets

# Kinds that Kubernetes has no schema for, since a CustomResourceDefinition brings them: Multus this one, through which
# istio-cni is found on OpenShift.
NOT_KUBERNETES = {("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition")}

# Kinds that are younger than the oldest Kubernetes of some minors. The profile `stable` asks for them, and Istio's
# charts render them all the same; such a cluster cannot take that profile.
SINCE = {
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"): "1.30",
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"): "1.30",
}

EVERY = [
    pytest.param(component, minor, id=f"{minor.name}-{component}")
    for minor in minors().values()
    for component in components()
]


@pytest.fixture(scope="module", autouse=True)
def schemas_read_once() -> Iterator[None]:
    """kubernetes-validate reads its files anew for every object, a megabyte each time."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("schema_contents", "all_versions"):
            patch.setattr(kubernetes_validate.utils, name, cache(getattr(kubernetes_validate.utils, name)))
        yield


@pytest.mark.parametrize(("component", "minor"), EVERY)
def test_every_object_is_valid_in_the_kubernetes_that_the_minor_supports(component: str, minor: Minor) -> None:
    release = str(minor.releases[-1]).removeprefix("v")
    wrong = []
    for given in value_sets(component, minor.name):
        objects = render_json(component, release, given.release, given.namespace, given.values)
        assert objects, given.name
        troubles = [validated(text, kubernetes) for text in objects for kubernetes in minor.kubernetes]
        wrong += [f"{given.name}: {trouble}" for trouble in troubles if trouble]
    assert wrong == []


@pytest.mark.parametrize("minor", minors().values(), ids=minors())
def test_the_schemas_of_both_ends_of_the_range_are_at_hand(minor: Minor) -> None:
    """kubernetes-validate takes the newest that it has for one that it lacks."""
    has = {version.rpartition(".")[0] for version in kubernetes_validate.utils.all_versions()}
    assert {*minor.kubernetes} <= has


def test_the_kinds_that_are_listed_here_are_still_rendered() -> None:
    found = {*rendered("istiod", {"profile": "stable"}), *rendered("cni", {"global": {"platform": "openshift"}})}
    assert {*NOT_KUBERNETES, *SINCE} <= found


def test_a_field_that_kubernetes_lacks_would_be_found() -> None:
    deployment = rendered("istiod", {})["apps/v1", "Deployment"]
    deployment["spec"]["template"]["spec"]["containers"][0]["imagePullPolice"] = "Always"
    assert "imagePullPolice" in (validated(json.dumps(deployment), "1.31") or "")


def rendered(component: str, values: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """An object of each kind that a component has."""
    objects = render_component(component, "1.24.6", component, "istio-system", values)
    return {(found["apiVersion"], found["kind"]): found for found in objects}


@cache
def validated(text: str, kubernetes: str) -> str | None:
    """What is wrong with an object, if anything. Equal objects, of whichever case, are validated once."""
    data = json.loads(text)
    kind = (data["apiVersion"], data["kind"])
    place = f"{data['kind']} {data['metadata']['name']} in Kubernetes {kubernetes}"
    missing = kind in NOT_KUBERNETES or (kind in SINCE and number(kubernetes) < number(SINCE[kind]))
    try:
        kubernetes_validate.validate(data, kubernetes, strict=True)
    except SchemaNotFoundError:
        return None if missing else f"{place}: there is no such kind"
    except ValidationError as error:
        return f"{place}: {error.json_path}: {error.message}"
    return f"{place}: has a schema, and is listed here as having none" if missing else None


def number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
