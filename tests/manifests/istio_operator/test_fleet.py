"""IstioOperators as specs of a cluster: the same objects as istioctl prints, in the folders of their parts."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from render.kustomize.resource import Resource
from render.manifests.bundle import Bundle
from render.manifests.cluster import bundles
from render.specs.check import check
from render.yamlio.location import Place
from tests.manifests.istio_operator.test_cases import CASES, differing
from tests.support.cluster_plan import plan

VALIDATOR = "istiod-default-validator"  # `istioctl install` adds it, `manifest generate` does not
# In the ConfigMap that says what was asked for: hub and tag, which istioctl gives each chart, are the charts' own here.
IMAGES = (".data.original-values.global.hub", ".data.original-values.global.tag")


def of_fleet(document: dict[str, Any], name: str = "mesh") -> dict[str, Any]:
    """The document as it may lie in a fleet: with a name and a release."""
    metadata = {**(document.get("metadata") or {}), "name": name, "annotations": {"meshrev.io/version": "v1.31.0"}}
    return {**document, "metadata": metadata}


def rendered(*documents: dict[str, Any]) -> list[Bundle]:
    return list(bundles(plan(yaml.safe_dump_all(documents))))


def objects(made: list[Bundle]) -> list[dict[str, Any]]:
    return [json.loads(manifest.json) for bundle in made for manifest in bundle.manifests]


# A fleet takes documents of the right kind alone, and text where istioctl reads YAML's old words (`n: m`).
LEFT_OUT = {"old-api"}
RENDERED = [
    case
    for case in CASES
    if "error" not in case
    and len(case["documents"]) == 1
    and case["case"] not in LEFT_OUT
    and "false"
    not in json.dumps(
        [obj["spec"]["template"]["spec"].get("nodeSelector") for obj in case["objects"] if obj["kind"] == "Deployment"]
    )
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in RENDERED])
def test_a_cluster_gets_the_objects_that_istioctl_prints(case: dict[str, Any]) -> None:
    document = of_fleet(case["documents"][0])
    assert check(Resource(document, Place("specs.yaml"))).spec is not None
    made = [obj for obj in objects(rendered(document)) if obj["metadata"]["name"] != VALIDATOR]
    wanted = [obj for obj in case["objects"] if obj["metadata"]["name"] != VALIDATOR]
    found = [line for line in differing(wanted, made) if not any(place in line for place in IMAGES)]
    assert found == []
