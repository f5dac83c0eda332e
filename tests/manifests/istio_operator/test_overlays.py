"""Edits by a path, in the forms that istioctl reads."""

from __future__ import annotations

from typing import Any

import pytest

from render.manifests.istio_operator.overlays import OverlayError, path_steps, with_edit

OBJECT: dict[str, Any] = {
    "metadata": {"annotations": {"a.b/c": "1"}},
    "spec": {
        "replicas": 1,
        "args": ["--one", "--two=2"],
        "containers": [{"name": "main", "env": [{"name": "A", "value": "a"}]}, {"name": "side"}],
    },
}


def edited(path: str, value: Any) -> Any:
    return with_edit(OBJECT, path, value)


def test_the_object_itself_is_not_changed() -> None:
    assert edited("spec.containers.[name:main].env.[name:A].value", "b") != OBJECT
    assert OBJECT["spec"]["containers"][0]["env"][0]["value"] == "a"


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a.b", ["a", "b"]),
        (".a.b.", ["a", "b"]),
        ("a.[x:y].b", ["a", "[x:y]", "b"]),
        ("a[0].b", ["a", "[0]", "b"]),
        (r"a.b\.c/d", ["a", "b.c/d"]),
    ],
)
def test_a_path_has_steps(path: str, steps: list[str]) -> None:
    assert path_steps(path) == steps


def test_an_element_is_found_by_a_key_and_replaced() -> None:
    assert edited("spec.containers.[name:main].env.[name:A].value", "b")["spec"]["containers"][0]["env"] == [
        {"name": "A", "value": "b"}
    ]
    assert edited("spec.containers.[name:side]", {"name": "other"})["spec"]["containers"][1] == {"name": "other"}


def test_minus_one_and_an_index_past_the_end_add() -> None:
    for index in ("-1", "2", "9"):
        assert edited(f"spec.args.[{index}]", "--three")["spec"]["args"] == ["--one", "--two=2", "--three"]
    assert edited("spec.containers.[-1].name", "new")["spec"]["containers"][2] == {"name": "new"}


def test_a_plain_element_is_found_by_a_regular_expression() -> None:
    for step in ("[:--two]", "[--two]", "[:o=2]"):
        assert edited(f"spec.args.{step}", "x")["spec"]["args"] == ["--one", "x"]
    assert edited("spec.args.[:^--two=[0-9]$]", "x")["spec"]["args"] == ["--one", "x"]


def test_no_value_deletes() -> None:
    assert "replicas" not in edited("spec.replicas", None)["spec"]
    assert edited("spec.args.[0]", None)["spec"]["args"] == ["--two=2"]
    assert edited("spec.containers.[name:main]", None)["spec"]["containers"] == [{"name": "side"}]


def test_what_is_missing_on_the_way_is_made() -> None:
    assert edited("spec.new.deep.field", 1)["spec"]["new"] == {"deep": {"field": 1}}
    assert edited("spec.list.[0].name", "a")["spec"]["list"] == [{"name": "a"}]


def test_a_text_that_is_a_map_becomes_one_and_json_stays_text() -> None:
    assert edited("spec.map", "a: b")["spec"]["map"] == {"a": "b"}
    assert edited("spec.map", "a:\n  b: c")["spec"]["map"] == {"a": {"b": "c"}}
    assert edited("spec.map", '{"a": "b"}')["spec"]["map"] == '{"a": "b"}'
    assert edited("spec.map", "45")["spec"]["map"] == "45"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "is empty"),
        ("spec.containers.[name:none].image", "no element [name:none]"),
        ("spec.[name:a]", "is for a list"),
        ("spec.replicas.x", "is for a map or list"),
        ("spec.args.[:(]", "is no regular expression"),
    ],
)
def test_a_path_that_leads_nowhere_says_so(path: str, message: str) -> None:
    with pytest.raises(OverlayError) as caught:
        edited(path, "x")
    assert message in str(caught.value)
