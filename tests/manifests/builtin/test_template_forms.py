"""Forms that several charts print alike."""

from __future__ import annotations

from typing import Any

import pytest

from render.manifests.builtin.template_forms import (
    completed,
    image,
    joined,
    quantities,
    quoted_variables,
    utilization_metrics,
    variables,
    yaml_text,
)
from render.manifests.builtin.template_functions import ChartRefusal


@pytest.mark.parametrize(
    ("resources", "printed"),
    [
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, {"limits": {"cpu": 1, "memory": "1Gi"}}),
        ({"requests": {"cpu": "", "memory": 0, "x": None}, "claims": [{"name": "c"}]}, None),
        ({"limits": None, "requests": {"cpu": "100m"}}, {"requests": {"cpu": "100m"}}),
        ({"limits": {"a": "010", "b": "yes", "c": 1000000}}, {"limits": {"a": 8, "b": True, "c": "1e+06"}}),
    ],
)
def test_quantities_are_printed_without_quotes_and_without_empty_ones(resources: Any, printed: Any) -> None:
    assert quantities(resources) == printed


@pytest.mark.parametrize("resources", ["1", ["cpu"], {"limits": "1"}])
def test_resources_that_are_no_map_are_refused(resources: Any) -> None:
    with pytest.raises(ChartRefusal):
        quantities(resources)


@pytest.mark.parametrize(
    ("parts", "printed"),
    [
        (("hub", "name", "1.2", ""), "hub/name:1.2"),
        (("hub", "name", "1.2", "distroless"), "hub/name:1.2-distroless"),
        (("hub", "corp.example/name:7", "1.2", "distroless"), "corp.example/name:7"),
        (("hub", "", 1.5, None), "hub/usual:1.5"),
    ],
)
def test_an_image_is_put_together_unless_it_is_a_path(parts: tuple[Any, ...], printed: str) -> None:
    assert image(*parts, usual="usual") == printed


def test_variables_are_sorted_and_texts() -> None:
    values = {"b": True, "a": None, "c": 1000000}
    assert variables(values) == [
        {"name": "a", "value": ""},
        {"name": "b", "value": "true"},
        {"name": "c", "value": "1e+06"},
    ]
    assert quoted_variables(values)[0] == {"name": "a", "value": None}


def test_items_are_joined_between_one_pair_of_quotes() -> None:
    assert joined(["a", 1, True], ",") == "a,1,true"
    assert joined(None, ",") == ""


def test_an_empty_value_is_completed_and_a_given_one_kept() -> None:
    more = {"a": "x", "b": "y", "c": None, "d": {"f": 2}}
    assert completed({"a": "", "b": "z", "d": {"e": 1}}, more) == {"a": "x", "b": "z", "d": {"e": 1, "f": 2}}


def test_only_targets_that_are_set_are_measured() -> None:
    target = {"type": "Utilization", "averageUtilization": 70}
    metric = {"type": "Resource", "resource": {"name": "memory", "target": target}}
    assert utilization_metrics({"cpu": 0, "memory": 70}) == [metric]
    assert utilization_metrics({"cpu": None, "memory": {}}) is None


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (
            [{"podSelector": {"matchLabels": {"b": "x", "a": "1"}}}],
            '- podSelector:\n    matchLabels:\n      a: "1"\n      b: x',
        ),
        (
            ["yes", "", "010", "1e3", "a: b", "plain", "1.2.3"],
            '- "yes"\n- ""\n- "010"\n- "1e3"\n- \'a: b\'\n- plain\n- 1.2.3',
        ),
        ({"a": [], "b": {}, "c": None, "d": True}, "a: []\nb: {}\nc: null\nd: true"),
        (None, "null"),
    ],
)
def test_yaml_is_written_as_go_writes_it(value: Any, written: str) -> None:
    assert yaml_text(value) == written
