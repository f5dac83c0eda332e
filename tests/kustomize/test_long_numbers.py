"""Numbers that are longer than any integer: what they are in Kustomize, and no error of Python's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from render.yamlio.scalars import plain
from tests.support.programs.kustomize import needs_kustomize, program

NUMBERS = (
    *(
        "1" * 20,
        "1" * 40,
        "-" + "9" * 30,
        "1" * 300,
        "1" * 309,
        "1" * 400,
        "-" + "9" * 400,
        "1" * 5000,
        "1_" * 300 + "1",
    ),
    *("0x" + "f" * 16, "0x" + "f" * 17, "0x" + "f" * 300, "0x" + "f" * 5000, "0b" + "1" * 65, "0o" + "7" * 30, "1e400"),
)


@needs_kustomize
def test_a_long_number_is_what_it_is_in_kustomize(tmp_path: Path) -> None:
    """It prints a number anew, and leaves text as it was: without quotes where it is no number to it."""
    data = f"apiVersion: example.com/v1\nkind: A\nmetadata: {{name: a}}\nnumbers: [{', '.join(NUMBERS)}]\n"
    (tmp_path / "a.yaml").write_text(data)
    (tmp_path / "kustomization.yaml").write_text("resources: [a.yaml]\n")
    path = program()
    assert path is not None
    built = subprocess.run([path, "build", str(tmp_path)], capture_output=True, text=True, check=True).stdout
    printed = yaml.load(built, Loader=yaml.BaseLoader)["numbers"]
    for number, there in zip(NUMBERS, printed, strict=True):
        here = plain(number)
        assert there == here if isinstance(here, str) else float(there) == float(here)
        assert (there == number) == isinstance(here, str) or isinstance(here, int)


@pytest.mark.parametrize("digits", [400, 5000, 4_000_000])
def test_what_no_float_can_hold_stays_text(digits: int) -> None:
    assert plain("1" * digits) == "1" * digits
