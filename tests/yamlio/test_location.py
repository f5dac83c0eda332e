"""Values at a path through maps and lists, and the answer where the path leads nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from render.messages import FieldPath
from render.yamlio.location import value_at

DATA = {"a": {"b": [{"c": 1}, None]}, "text": "abc", "empty": None}


@pytest.mark.parametrize(
    ("path", "value"),
    [((), DATA), (("a", "b", 0, "c"), 1), (("a", "b", 1), None), (("text",), "abc"), (("empty",), None)],
)
def test_a_path_leads_through_maps_and_lists(path: FieldPath, value: Any) -> None:
    assert value_at(DATA, *path, missing="nothing") == value


@pytest.mark.parametrize(
    "path", [("b",), ("a", "b", 2), ("a", "b", -1), ("a", "b", "0"), ("a", 0), ("text", 0), ("empty", "a")]
)
def test_where_a_step_is_not_there_the_answer_is_what_was_asked_for(path: FieldPath) -> None:
    assert value_at(DATA, *path) is None
    assert value_at(DATA, *path, missing="nothing") == "nothing"
