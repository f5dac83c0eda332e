"""The builtin manifests against what Istio's own charts render, case by case."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from render.errors import InputError
from render.manifests.builtin import render_component
from render.manifests.builtin.facts import components
from tests.data.conformance import run as comparison
from tests.support.cases import VERSIONS, chart_cases

COMPONENTS = [component for component in components() if component != "revisiontags"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_renders_as_its_chart_does(component: str, version: str) -> None:
    cases = [case for case in cases_of(version) if case["component"] == component]
    assert cases
    differences = {case["case"]: found for case in cases if (found := list(differing(case)))}
    assert differences == {}


def differing(case: dict[str, Any]) -> Iterator[str]:
    """What differs from the case, a line each; none for a passing case."""
    names = ("component", "version", "release", "namespace", "values")
    try:
        objects = {comparison.key(made): made for made in render_component(*(case[name] for name in names))}
    except InputError as error:
        if "error" not in case:
            yield f"refused: {error}"
        return
    if "error" in case:
        yield f"should be refused: {case['error']}"
        return
    wanted = comparison.wanted(case, defaults(case["version"]))
    yield from (f"{name}: missing" for name in sorted(set(wanted) - set(objects)))
    yield from (f"{name}: not wanted" for name in sorted(set(objects) - set(wanted)))
    for name in sorted(set(wanted) & set(objects)):
        found = comparison.differences(comparison.normal(wanted[name]), comparison.normal(objects[name]))
        yield from (f"{name}{difference}" for difference in found)


@cache
def cases_of(version: str) -> list[dict[str, Any]]:
    return chart_cases(version, "named") + chart_cases(version, "flips")


@cache
def defaults(version: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The objects of the case `default`, from which the flips differ."""
    return {
        (case["component"], version): {comparison.key(made): made for made in case["objects"]}
        for case in cases_of(version)
        if case["case"] == "default"
    }
