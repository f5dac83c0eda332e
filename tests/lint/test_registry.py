"""The table of rules: every code has a page, a place in the index, and a test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from render.codes import CODES
from render.lint.registry import RULES, problems
from render.lint.rule import Rule
from tests.support.builders import istio, namespace
from tests.support.lint_view import Situation

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "rules"
PARTS = ["What breaks, and why", "How to see it", "How to mend it", "Source"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_a_page_that_says_what_breaks_and_where_that_is_from(rule: Rule) -> None:
    text = (PAGES / f"{rule.code}.md").read_text()
    assert text.startswith(f"# {rule.code}: {CODES[rule.code].title}\n\nSeverity: {CODES[rule.code].severity}")
    sections = re.split(r"^## (.+)\n\n", text, flags=re.MULTILINE)
    assert sections[1::2] == PARTS
    assert all(section.strip() for section in sections[2::2])
    assert re.search(r"^- \[.+\]\(.+\)$", sections[-1], re.MULTILINE)


def test_every_page_is_of_a_rule_and_leads_somewhere() -> None:
    files = {path.name for path in PAGES.glob("*.md")}
    assert files == {f"{rule.code}.md" for rule in RULES} | {"README.md"}
    for path in PAGES.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
            assert link.startswith("https://") or (PAGES / link).resolve().is_file(), f"{path.name}: {link}"


def test_codes_are_in_order_and_no_code_has_two_rules() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_has_a_test_that_names_its_code(rule: Rule) -> None:
    tests = [*Path(__file__).parent.rglob("test_*.py"), *(ROOT / "tests" / "scenarios" / "lint").glob("test_*.py")]
    assert any(f'"{rule.code}"' in path.read_text() for path in tests if path != Path(__file__))


def test_a_sound_cluster_has_nothing_but_notes() -> None:
    text = istio("v1.30.1", strategy="InPlace") + namespace("shop", "istio-injection: enabled")
    assert [one.code for one in problems(Situation(text, today="2026-08-01").view())] == ["MR133"]


def test_the_codes_that_have_pages_are_those_of_rules() -> None:
    assert [code.code for code in CODES.values() if code.has_page] == [rule.code for rule in RULES]
