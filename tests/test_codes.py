"""The table of codes, which people look up and switch off by."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import render
from render.codes import CODES, TABLE
from render.finding import Finding
from scripts.rules_page import PAGE, with_tables

ROOT = Path(render.__file__).parent


def written_out() -> set[str]:
    """Every code that the program's source has as a text of its own, but for the table."""
    texts = [path.read_text() for path in ROOT.rglob("*.py") if path != ROOT / "codes.py"]
    return {code for text in texts for code in re.findall(r"[\"'](MR\d{3})[\"']", text)}


def test_the_table_has_each_code_that_the_program_uses_and_no_other() -> None:
    assert written_out() == set(CODES)


def test_a_code_is_in_the_table_once_and_in_its_order() -> None:
    assert [code.code for code in TABLE] == sorted(CODES)


def test_no_two_codes_have_one_title() -> None:
    assert [title for title, times in Counter(code.title for code in TABLE).items() if times > 1] == []


def test_a_code_that_is_not_in_the_table_makes_no_finding() -> None:
    with pytest.raises(KeyError):
        Finding("MR999", "is wrong")


def test_a_finding_is_as_serious_as_its_code_unless_it_says_otherwise() -> None:
    assert Finding("MR041", "is wrong").severity == "error"
    assert Finding("MR099", "is left").severity == "warning"
    assert Finding("MR099", "is left", "error").severity == "error"


def test_the_page_of_rules_lists_the_codes_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_tables(page) == page, "run: python -m scripts.rules_page"
