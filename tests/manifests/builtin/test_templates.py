"""A template is printed once for all that say the same where it looks, and anew for all else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.errors import InputError
from render.manifests.builtin import render_json, templates
from render.manifests.builtin.component import _context, component_values
from render.manifests.builtin.facts import facts_of
from render.yamlio.location import merge_maps

RELEASES = ("1.23.6", "1.24.6", "1.31.0")
COMPONENTS = ("istiod", "base", "cni", "ztunnel", "gateway")
Path = tuple[str, ...]


def leaves(values: Any, at: Path = ()) -> Iterator[Path]:
    if isinstance(values, dict) and values:
        for name, value in values.items():
            yield from leaves(value, (*at, name))
    else:
        yield at


PLACES = {
    (component, release): list(leaves(component_values(component, release, {})))
    for component in COMPONENTS
    for release in RELEASES
}


def change_at(path: Path, value: Any) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    return dict(value)


def output(component: str, release: str, values: dict[str, Any]) -> list[str] | str:
    """The objects, or what is wrong with the values."""
    try:
        return render_json(component, release, "r", "istio-system", values)
    except InputError as error:
        return error.findings[0].text()


def fresh_output(component: str, release: str, values: dict[str, Any]) -> list[str] | str:
    templates._results.clear()
    return output(component, release, values)


@given(st.data())
def test_what_is_kept_of_other_values_changes_nothing(data: st.DataObject) -> None:
    component, release = data.draw(st.sampled_from(list(PLACES)))
    place = st.sampled_from(PLACES[component, release])
    value = st.sampled_from([True, False, 1, "1", "x", None, "", [], ["x"], {}, {"a": "b"}])
    changes = data.draw(st.lists(st.builds(change_at, place, value), min_size=1, max_size=3))
    after: dict[str, Any] = {}
    for change in changes:
        before, after = after, merge_maps(after, change)
        anew = fresh_output(component, release, after)
        templates._results.clear()
        output(component, release, before)
        assert output(component, release, after) == anew


def test_an_object_that_does_not_ask_for_a_value_is_not_printed_again_for_it() -> None:
    one, other = (
        render_json("istiod", "1.24.6", "r", "istio-system", {"revision": "a", "global": {"network": network}})
        for network in ("eu", "us")
    )
    kept = {json.loads(text)["kind"] for text, now in zip(one, other, strict=True) if text is now}
    assert {"Deployment", "MutatingWebhookConfiguration", "Role", "ServiceAccount"} <= kept
    assert one != other


@pytest.mark.parametrize(("component", "release"), PLACES)
def test_what_is_named_is_no_function(component: str, release: str) -> None:
    """Functions are not looked at, so nothing that depends on values may be called like one."""
    known = facts_of(component, release)
    values = component_values(component, release, {})
    functions = templates._environment().globals
    names = templates.complete(known, _context(known, "r", "istio-system", {}, values))
    assert {name for name in functions if names[name] is not functions[name]} == set()


def test_the_name_of_the_release_is_among_what_is_asked_for() -> None:
    one, other = (render_json("istiod", "1.31.0", name, "istio-system", {}) for name in ("one", "other"))
    assert [text.replace('"one"', '"other"') for text in one] == other
    assert one != other
