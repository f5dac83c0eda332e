"""The functions of injection templates, by release, as Istio's own sources list them."""

from __future__ import annotations

import json

import pytest

from render.lint.rules.templates import called_functions
from render.manifests.builtin.facts import minors
from render.manifests.builtin.injection import injection_templates, template_functions
from tests.support.cases import case_text


def test_the_injectors_functions_are_those_of_its_release() -> None:
    cases = json.loads(case_text("injection-functions.json"))["cases"]
    listed = {case["name"]: set(case["expected"]["functions"]) for case in cases}
    every = set().union(*listed.values())
    for release, names in listed.items():
        assert template_functions(release) & every == names | (every & template_functions("1.22.0"))


@pytest.mark.parametrize("minor", minors())
def test_the_builtin_templates_call_what_their_release_has(minor: str) -> None:
    for name, text in injection_templates(f"{minor}.0").items():
        assert set(called_functions(text)) <= template_functions(f"{minor}.0"), name
