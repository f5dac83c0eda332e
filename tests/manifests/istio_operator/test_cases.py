"""IstioOperator documents against what the real `istioctl manifest generate` of release-1.31 prints for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from render.errors import InputError
from render.operations.template.istio_operator import template_operator
from tests.data.conformance import run as comparison
from tests.support.cases import case_text

CASES = [json.loads(line) for line in case_text("iop-1.31.jsonl").splitlines()]
# A key that YAML 1.1 reads as true or false (`n: m` without quotes, which istioctl makes the label `false`) is refused.
NO_TEXT = "MR009"


@pytest.mark.parametrize("case", [pytest.param(case, id=case["case"]) for case in CASES])
def test_an_operator_gives_what_istioctl_prints_or_is_refused_as_there(case: dict[str, Any]) -> None:
    text = "---\n".join(yaml.safe_dump(document) for document in case["documents"])
    try:
        result = template_operator([("operator.yaml", text.encode())], "1.31.0")
    except InputError as error:
        assert "error" in case or {finding.code for finding in error.findings} == {NO_TEXT}, error
        assert all(finding.file and finding.line for finding in error.findings)
        return
    assert "error" not in case
    assert list(differing(case["objects"], [json.loads(text) for text in result.objects])) == []


def differing(wanted: list[dict[str, Any]], made: list[dict[str, Any]]) -> Iterator[str]:
    before, after = ({key(obj): normal(obj) for obj in objects} for objects in (wanted, made))
    yield from (f"{name}: missing" for name in sorted(before.keys() - after.keys()))
    yield from (f"{name}: not wanted" for name in sorted(after.keys() - before.keys()))
    for name in sorted(before.keys() & after.keys()):
        yield from (f"{name}{found}" for found in comparison.differences(before[name], after[name]))


def key(obj: dict[str, Any]) -> str:
    metadata = obj["metadata"]
    return "/".join((obj["kind"], metadata.get("namespace") or "", str(metadata.get("name"))))


def normal(obj: dict[str, Any]) -> dict[str, Any]:
    """An object as `run.py` compares it, with the values of a ConfigMap as data and each variable once."""
    obj = comparison.normal(obj)
    for name in ("merged-values", "original-values"):
        if isinstance((obj.get("data") or {}).get(name), str):
            obj["data"][name] = json.loads(obj["data"][name])
    result: dict[str, Any] = once(obj)
    return result


def once(data: Any) -> Any:
    """Data in which of two variables of one name the last stands at the place of the first, as it is rendered here."""
    if isinstance(data, list):
        return [once(entry) for entry in data]
    if not isinstance(data, dict):
        return data
    result = {name: once(value) for name, value in data.items()}
    if isinstance(result.get("env"), list):
        result["env"] = list({entry.get("name"): entry for entry in result["env"]}.values())
    return result
