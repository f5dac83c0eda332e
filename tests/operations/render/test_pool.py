"""Names shared out to processes: every result once, in the order of the names."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from render.errors import InputError, wrong
from render.operations.render import pool

NAMES = [f"c{number:02}" for number in range(3 * pool.SHARE + 3)]
Answer = tuple[list[str], int]


def context() -> list[str]:
    return ["of a worker"]


def answer(made: list[str], names: Sequence[str]) -> Answer:
    """The names with what they were worked on with, and in which process."""
    return [f"{name} {made[0]}" for name in names], os.getpid()


def refuse(_made: list[str], names: Sequence[str]) -> None:
    raise wrong("MR063", f"{names[0]} is wrong")


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_cores", lambda: 2)


def test_many_names_are_worked_on_elsewhere_and_come_back_in_order() -> None:
    found = list(pool.map_shares(context, answer, ["here"], NAMES))
    assert [name for names, _ in found for name in names] == [f"{name} of a worker" for name in NAMES]
    assert os.getpid() not in {process for _, process in found}


def test_few_names_are_worked_on_here() -> None:
    few = NAMES[: pool.WORTH_A_PROCESS - 1]
    found = list(pool.map_shares(context, answer, ["here"], few))
    assert found == [([f"{name} here"], os.getpid()) for name in few]


def test_what_a_process_raises_is_raised_here() -> None:
    with pytest.raises(InputError, match="c00 is wrong"):
        list(pool.map_shares(context, refuse, ["here"], NAMES))
