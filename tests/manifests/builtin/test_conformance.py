"""The builtin manifests against what Istio's own charts render, case by case, beside the checkout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

import pytest

from render.errors import InputError
from render.manifests.builtin import render_component
from render.manifests.builtin.facts import components
from tests.support.cases import SHARED

CASES = SHARED / "conformance"
VERSIONS = sorted(file.parent.name for file in CASES.glob("*/named.jsonl"))
COMPONENTS = [component for component in components() if component != "revisiontags"]


@pytest.mark.skipif(not VERSIONS, reason="conformance/<version>/*.jsonl are not beside this checkout")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_renders_as_its_chart_does(component: str, version: str) -> None:
    cases = [case for case in cases_of(version) if case["component"] == component]
    assert cases
    differences = {case["case"]: found for case in cases if (found := list(differing(case)))}
    assert differences == {}


def differing(case: dict[str, Any]) -> Iterator[str]:
    """What differs from the case, a line each; none for a passing case."""
    compare = comparison()
    names = ("component", "version", "release", "namespace", "values")
    try:
        objects = {compare.key(made): made for made in render_component(*(case[name] for name in names))}
    except InputError as error:
        if "error" not in case:
            yield f"refused: {error}"
        return
    if "error" in case:
        yield f"should be refused: {case['error']}"
        return
    wanted = compare.wanted(case, defaults(case["version"]))
    yield from (f"{name}: missing" for name in sorted(set(wanted) - set(objects)))
    yield from (f"{name}: not wanted" for name in sorted(set(objects) - set(wanted)))
    for name in sorted(set(wanted) & set(objects)):
        found = compare.differences(compare.normal(wanted[name]), compare.normal(objects[name]))
        yield from (f"{name}{difference}" for difference in found)


@cache
def comparison() -> ModuleType:
    """The program that comes with the cases: what counts as equal is said there, once.

    Its folder is not this project's: nothing is written there, not even what Python compiles.
    """
    sys.dont_write_bytecode = True
    spec = spec_from_file_location("conformance_run", CASES / "run.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def cases_of(version: str) -> list[dict[str, Any]]:
    files = (CASES / version / f"{kind}.jsonl" for kind in ("named", "flips"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@cache
def defaults(version: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The objects of the case `default`, from which the flips differ."""
    return {
        (case["component"], version): {comparison().key(made): made for made in case["objects"]}
        for case in cases_of(version)
        if case["case"] == "default"
    }
