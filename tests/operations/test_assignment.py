"""`--set`: what an expression means, and that the real Helm agrees."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.errors import InputError
from render.operations.assignment import assigned
from tests.cases import ROOT

HELM = ROOT / ".tools" / "node_modules" / ".bin" / "helm"
EXPRESSIONS = yaml.safe_load(Path(__file__).with_name("set_expressions.yaml").read_text())
CASES = [
    pytest.param(f"--{option}", case, id=f"{option} {case['text']}")
    for option, cases in EXPRESSIONS.items()
    for case in cases
]


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chart that prints the values that it was given."""
    chart = tmp_path_factory.mktemp("chart")
    (chart / "templates").mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: echo\nversion: 1.0.0\n")
    (chart / "templates" / "values.yaml").write_text("values: {{ toJson .Values }}\n")
    return chart


@pytest.mark.parametrize(("option", "case"), CASES)
def test_an_expression_means_what_is_written_beside_it(option: Any, case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(InputError) as raised:
            assigned({}, case["text"], option)
        assert case["refused"] in str(raised.value)
    else:
        assert as_json(assigned({}, case["text"], option)) == as_json(case["values"])


@pytest.mark.skipif(not HELM.exists(), reason="helm is not in .tools (make tools)")
@pytest.mark.parametrize(("option", "case"), CASES)
def test_helm_means_the_same(option: str, case: dict[str, Any], echo: Path) -> None:
    command = [HELM, "template", "x", str(echo), option, case["text"]]
    done = subprocess.run(command, capture_output=True, text=True)
    if "refused" in case and "helm" not in case:
        assert done.returncode, done.stdout
    else:
        assert done.returncode == 0, done.stderr
        printed = json.loads(done.stdout.split("values: ", 1)[1])
        assert as_json(printed) == as_json(case.get("values", case.get("helm")))


def test_what_is_there_already_is_kept_and_not_changed() -> None:
    shared = {"x": 1}
    before = {"a": shared, "b": shared, "l": [shared]}
    after = assigned(before, "a.y=2,l[0].z=3")
    assert after == {"a": {"x": 1, "y": 2}, "b": {"x": 1}, "l": [{"x": 1, "z": 3}]}
    assert before == {"a": {"x": 1}, "b": {"x": 1}, "l": [{"x": 1}]}


def as_json(values: Any) -> str:
    """Text that tells 1 from true and "1"."""
    return json.dumps(values, sort_keys=True)
