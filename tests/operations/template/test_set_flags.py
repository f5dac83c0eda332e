"""`--set`: what an expression means, and that the real Helm agrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.errors import InputError
from render.operations.template.set_flags import assign, read_assignment
from tests.support.programs.helm import Chart, echo_chart, needs_helm

EXPRESSIONS = yaml.safe_load(Path(__file__).with_name("set_expressions.yaml").read_text())
CASES = [
    pytest.param(f"--{option}", case, id=f"{option} {case['text']}")
    for option, cases in EXPRESSIONS.items()
    for case in cases
]


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Chart:
    return echo_chart(tmp_path_factory.mktemp("helm") / "echo")


@pytest.mark.parametrize(("option", "case"), CASES)
def test_an_expression_means_what_is_written_beside_it(option: Any, case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(InputError) as raised:
            assign({}, read_assignment(case["text"], option))
        assert case["refused"] in str(raised.value)
    else:
        assert as_json(assign({}, read_assignment(case["text"], option))) == as_json(case["values"])


@needs_helm
@pytest.mark.parametrize(("option", "case"), CASES)
def test_helm_means_the_same(option: str, case: dict[str, Any], echo: Chart) -> None:
    if "refused" in case and "helm" not in case:
        assert echo.template(option, case["text"]).returncode
    else:
        assert as_json(echo.values(option, case["text"])) == as_json(case.get("values", case.get("helm")))


def test_what_is_there_already_is_kept_and_not_changed() -> None:
    shared = {"x": 1}
    before = {"a": shared, "b": shared, "l": [shared]}
    after = assign(before, read_assignment("a.y=2,l[0].z=3"))
    assert after == {"a": {"x": 1, "y": 2}, "b": {"x": 1}, "l": [{"x": 1, "z": 3}]}
    assert before == {"a": {"x": 1}, "b": {"x": 1}, "l": [{"x": 1}]}


@pytest.mark.parametrize(
    ("path", "set_here"),
    [
        (("a",), True),
        (("a", "b"), True),
        (("a", "b", "c"), True),
        (("a", "x"), False),
        (("l", 1), True),
        (("l", 0), False),
    ],
)
def test_it_is_known_what_an_expression_sets(path: Any, set_here: bool) -> None:
    assert read_assignment("a.b=1,l[1].x=2").sets(path) is set_here


def as_json(values: Any) -> str:
    """Text that tells 1 from true and "1"."""
    return json.dumps(values, sort_keys=True)
