"""The facts: what inherits, what a patch changes, and that each fact is used and documented."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import render.manifests.builtin as builtin
from render.errors import InputError
from render.manifests.builtin.facts import components, facts_of, inherit, minors, platforms
from render.specs import releases
from tests.support.cases import ROOT

FOLDER = Path(builtin.__file__).parent


def test_a_newer_minor_merges_maps_replaces_lists_and_takes_away_with_null() -> None:
    older = {"a": {"b": 1, "c": 2}, "list": [1, 2], "gone": 1}
    newer = {"a": {"b": 3, "c": None, "d": {"e": None, "f": 1}}, "list": [3], "gone": None}
    assert inherit(older, newer) == {"a": {"b": 3, "d": {"f": 1}}, "list": [3]}
    assert older == {"a": {"b": 1, "c": 2}, "list": [1, 2], "gone": 1}


@pytest.mark.parametrize(
    ("version", "tags"),
    [("1.23.6", True), ("1.24.5", False), ("1.24.6", True), ("1.25.0", False), ("1.25.2", False), ("1.25.3", True)],
)
def test_a_patch_changes_its_own_minor_and_not_the_next(version: str, tags: bool) -> None:
    assert facts_of("istiod", version).facts["tags_for_remote"] is tags


def test_the_facts_cover_every_release_and_no_other() -> None:
    assert minors() == tuple(releases.minors())
    for version in releases.known_versions(aliases=False):
        assert facts_of("istiod", version).values["global"]["tag"] == version.removeprefix("v")


@pytest.mark.parametrize(
    ("version", "nearest"), [("1.24.7", "v1.24.6"), ("1.32.0", "v1.31.4"), ("1.22.4", "v1.23."), ("1.27.77", "v1.27.9")]
)
def test_an_unknown_release_is_refused_with_the_nearest_known(version: str, nearest: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"did you mean {nearest}")):
        facts_of("istiod", version)


def test_an_unknown_component_is_refused_with_the_nearest_known() -> None:
    with pytest.raises(InputError, match=r"istio is not a component .*istiod"):
        facts_of("istio", "1.24.3")


def test_a_fact_that_no_file_gives_is_an_error_and_not_empty() -> None:
    with pytest.raises(KeyError):
        facts_of("istiod", "1.24.3").facts["no_such_fact"]


def test_platforms_are_those_of_the_release() -> None:
    assert platforms("1.23.5") == ()
    assert "gke" not in platforms("1.24.6")
    assert {"gke", "openshift"} <= set(platforms("1.25.0"))


def test_every_fact_is_used() -> None:
    places = ("templates/*/*.j2", "*.py", "injection/*.tpl", "injection/*.py")
    sources = [file.read_text() for place in places for file in FOLDER.glob(place)]
    used = {name for text in sources for name in re.findall(r'facts(?:\.(?=\w)|\[")(\w+)', text)}
    assert (fact_names() | injection_fact_names()) - used == set()


def test_every_fact_is_documented_with_its_source() -> None:
    guide = (ROOT / "docs" / "adding-a-release.md").read_text()
    rows = [line.strip("|").split("|") for line in guide.splitlines() if line.startswith("| `")]
    documented = {name for row in rows if len(row) == 3 and row[2].strip() for name in re.findall(r"`(\w+)`", row[0])}
    assert fact_names() | injection_fact_names() == documented


def test_every_object_of_the_facts_has_a_template_and_every_template_an_object() -> None:
    named: set[str] = set()
    for component in components():
        for version in releases.known_versions(aliases=False):
            known = facts_of(component, version)
            named |= {f"{known.templates}/{name}.j2" for name in known.objects}
    files = {file.relative_to(FOLDER / "templates").as_posix() for file in (FOLDER / "templates").glob("*/*.j2")}
    assert {file for file in files if not file.startswith("shared/") and not file.endswith("/common.j2")} == named


def fact_names() -> set[str]:
    """Every name under `facts`, in any minor, patches included."""
    documents: list[dict[str, Any]] = [yaml.safe_load(file.read_text()) for file in FOLDER.glob("facts/*/*.yaml")]
    states = [state for document in documents for state in (document, *document.get("patches", {}).values())]
    return {name for state in states for name in state.get("facts", {})}


def injection_fact_names() -> set[str]:
    """Every name in the facts of the injection templates."""
    minors_of_templates: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "injection/releases.yaml").read_text())
    return {name for facts in minors_of_templates.values() for name in facts}
