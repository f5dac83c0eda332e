"""The documents that istioctl's own tests use: they are rendered, or refused where istioctl refuses them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from render.errors import InputError
from render.kustomize.resource import Resource
from render.manifests.cluster import bundles
from render.operations.template.istio_operator import template_operator
from render.specs.check import check
from render.yamlio.location import Place
from tests.support.cases import case_text
from tests.support.cluster_plan import plan

# Of documents with fields of autoscaling/v2beta1 istioctl's tests do not say any more what becomes of them.
CASES = [
    case
    for case in json.loads(case_text("iop-inputs.json"))["cases"]
    if case["input"]["documents"] and case["expected"]["error"] is not None
]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_a_document_of_istioctls_tests_is_printed_or_refused(case: dict[str, Any]) -> None:
    text = "---\n".join(yaml.safe_dump(document) for document in case["input"]["documents"])
    try:
        result = template_operator([("operator.yaml", text.encode())], "1.30.3")
    except InputError as error:
        assert case["expected"]["error"], error
        assert all(found.file and found.line for found in error.findings)
        return
    assert not case["expected"]["error"]
    assert bool(result.objects) == (case["name"] not in ("all_off", "empty"))


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["name"]) for case in CASES if not case["expected"]["error"]]
)
def test_a_document_of_istioctls_tests_is_rendered_in_a_fleet(case: dict[str, Any]) -> None:
    for document in case["input"]["documents"]:
        named = {"name": "mesh", "annotations": {"meshrev.io/version": "v1.30.3"}}
        data = {**document, "metadata": {**(document.get("metadata") or {}), **named}}
        assert check(Resource(data, Place("specs.yaml"))).spec is not None
        made = list(bundles(plan(yaml.safe_dump(data))))
        assert bool(made) == (case["name"] not in ("all_off", "empty"))
