"""The codes of findings, which people look up and switch off by."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import render

ROOT = Path(render.__file__).parent
# Codes that several modules use for one sort of mistake. Whether it is one is for a person to judge.
SHARED = set(
    re.findall(
        r"MR\d+",
        "MR001 MR002 MR003 MR016 MR018 MR030 MR032 MR038 MR039 MR041 MR042 MR043 MR045 MR047 MR055 MR056 MR060 "
        "MR063 MR067 MR069 MR072 MR075 MR076 MR078 MR079 MR087 MR089 MR090 MR091 MR094 MR096 MR097 MR098 "
        "MR200 MR222",
    )
)
CODES = ROOT.parent / "docs" / "rules" / "README.md"


def modules() -> dict[str, list[str]]:
    """The modules that write each code out, by code."""
    found = defaultdict(list)
    for file in sorted(ROOT.rglob("*.py")):
        for code in sorted(set(re.findall(r"\"(MR\d{3})\"", file.read_text()))):
            found[code].append(file.relative_to(ROOT).as_posix())
    return found


def test_a_code_that_is_not_known_to_be_shared_is_of_one_module() -> None:
    """Two modules that took the same free number: give one another, or list it above if both mean the same."""
    assert {code: files for code, files in modules().items() if len(files) > 1 and code not in SHARED} == {}


def test_what_is_listed_is_in_several_modules() -> None:
    found = modules()
    assert {code for code in SHARED if len(found[code]) < 2} == set()


def test_every_code_is_listed_once() -> None:
    listed = [row for line in CODES.read_text().splitlines() for row in re.findall(r"^\| \[?(MR\d{3})\b", line)]
    assert sorted(listed) == sorted(modules())
    assert len({*listed}) == len(listed)
