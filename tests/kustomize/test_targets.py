"""Which names a pattern of a target selects: those that the real Kustomize selects, whatever Go's syntax allows."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
import yaml

from render.kustomize.targets import SelectorError, SelectorRequirement, label_selector, target
from tests.support.programs.kustomize import needs_kustomize, program

NAMES = ("a", "b", "ab", "xb", "ax", "a.b", "aa", "a+", "B", "a-b", "1", "a\nb", "\u00e9", "")
TAKEN = (
    *("a", "a|b", "a.b", "a*", ".*", "a{,2}", "a{2}", "(?i)b", "(?U)a.*", "(?s)a.b", "(?m)a$\n^b", "(?m)^a$"),
    *("\\Qa.b\\E", "\\Qa+\\E", "\\pN", "\\PN", "\\p{L}", "[[:alpha:]]", "[^a]", "[^[:alpha:]]+", "\\x{e9}"),
    *("a)|(b", ")(", "^a$", "a$", "\\Aa\\z", "\\bb", "(?P<n>a)b", "(a*)*", "(a|aa)+", "\\w+", "\\d", "\\S*"),
)
REFUSED = (
    *("a{1001}", "((a{100}){100}){100}", "x{2,1}", "a**", "a++", "a*+", "a{2}{3}", "(?<n>a)", "(?=a)", "(?<!a)b"),
    *("\\1", "\\Z", "\\C", "(a", "a)", "[", "[b-a]", "*a", "\\"),
)


def selected(pattern: str) -> list[str]:
    found = target({"name": pattern}).name
    assert found is not None
    return [name for name in NAMES if found.matches(name)]


def kustomize(folder: Path, patterns: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    objects = [{"apiVersion": "v1", "kind": "A", "metadata": {"name": name}} for name in NAMES if name]
    patches = [
        {"target": {"name": pattern}, "patch": f"- {{op: add, path: /p{number}, value: 1}}"}
        for number, pattern in enumerate(patterns)
    ]
    (folder / "a.yaml").write_text(yaml.safe_dump_all(objects))
    (folder / "kustomization.yaml").write_text(yaml.safe_dump({"resources": ["a.yaml"], "patches": patches}))
    path = program()
    assert path is not None
    return subprocess.run([path, "build", str(folder)], capture_output=True, text=True, timeout=60)


@needs_kustomize
def test_a_pattern_selects_what_it_selects_in_kustomize(tmp_path: Path) -> None:
    built = kustomize(tmp_path, TAKEN)
    assert built.returncode == 0, built.stderr
    objects = {data["metadata"]["name"]: data for data in yaml.safe_load_all(built.stdout)}
    expected = {
        pattern: sorted(name for name, data in objects.items() if f"p{number}" in data)
        for number, pattern in enumerate(TAKEN)
    }
    assert {pattern: sorted(filter(None, selected(pattern))) for pattern in TAKEN} == expected
    assert sum(map(len, expected.values())) > 50


@needs_kustomize
@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_that_kustomize_refuses_is_refused(tmp_path: Path, pattern: str) -> None:
    assert "error parsing regexp" in kustomize(tmp_path, (pattern,)).stderr
    with pytest.raises(SelectorError, match="is not a regular expression"):
        target({"name": pattern})


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|aa)+b", "(.*)*(.*)*(.*)*x", "([a-z]+)*[0-9]"])
def test_a_pattern_takes_time_in_proportion_to_the_text(pattern: str) -> None:
    found = target({"name": pattern}).name
    assert found is not None
    began = time.process_time()
    assert not found.matches("a" * 1_000_000 + "!")
    assert time.process_time() - began < 2


def test_a_selector_takes_time_in_proportion_to_its_length() -> None:
    began = time.process_time()
    assert len(label_selector("labelSelector", ",".join(f"a{number} in (b,c)" for number in range(100_000)))) == 100_000
    assert time.process_time() - began < 5


def test_a_long_selector_is_cut_in_a_message() -> None:
    with pytest.raises(SelectorError) as caught:
        label_selector("labelSelector", "a=b " * 100_000)
    assert len(caught.value.message) < 300
    assert "(400000 characters)" in caught.value.message


@pytest.mark.parametrize(
    ("label", "matches"),
    [("6", True), ("+006", True), ("0" * 5000 + "6", True), ("5", False), ("9" * 5000, False), ("6.5", False)],
)
def test_a_label_is_compared_as_a_number_of_64_bits(label: str, matches: bool) -> None:
    """What is none is not greater than any, as in Kubernetes (strconv.ParseInt in its package labels)."""
    assert SelectorRequirement("a", ">", frozenset(("5",))).matches({"a": label}) is matches
