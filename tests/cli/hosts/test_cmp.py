"""`meshrev cmp` as a person meets it."""

from __future__ import annotations

import pytest

from tests.support.click_runner import run


@pytest.mark.parametrize("name", ["generate", "parameters"])
def test_each_command_says_what_it_prints(name: str) -> None:
    assert f"  {name}" in run("cmp", "--help").output
    text = run("cmp", name, "--help").output
    assert text.startswith(f"Usage: meshrev cmp {name} ")
    assert "\n  Print the " in text


def test_arguments_are_refused_before_anything_is_printed() -> None:
    result = run("cmp", "generate", "prod")
    assert result.exit_code == 2
    assert result.stdout == ""
