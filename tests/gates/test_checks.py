"""What the checks of a wave's commit say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from render.forge.types import CheckState
from render.gates.answer import Question
from render.gates.checks import answer
from render.specs.rollout.kinds import Checks

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ({"smoke": "passed", "load": "passed"}, "pass"),
        ({"smoke": "passed"}, "wait"),
        ({"smoke": "passed", "load": "pending"}, "wait"),
        ({"smoke": "pending", "load": "failed"}, "fail"),
        ({"smoke": "passed", "load": "passed", "other": "failed"}, "pass"),
    ],
)
def test_all_that_are_named_must_have_passed(known: Mapping[str, CheckState], verdict: str) -> None:
    question = Question(NOW, NOW, "c" * 40, {}, "r", checks=lambda _: known)
    assert answer(Checks(("smoke", "load")), question).verdict == verdict


def test_without_a_forge_or_a_commit_nothing_is_known() -> None:
    assert answer(Checks(("smoke",)), Question(NOW, NOW, "c" * 40, {}, "r")).verdict == "wait"
    assert answer(Checks(("smoke",)), Question(NOW, None, None, {}, "r", checks=lambda _: {})).verdict == "wait"
