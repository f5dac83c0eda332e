"""What the documentation refers to is there: pages, headings, verbs and their options."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

import render
from render.cli.main import VERBS, meshrev

ROOT = Path(render.__file__).parents[1]
FOLDERS = ("docs", "plugins", "tests/data")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def links(page: Path) -> list[str]:
    """Where a page leads to in this repository: relative paths, some with `#heading`."""
    found = re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text()))
    return [link for link in found if "://" not in link]


def target(page: Path, link: str) -> Path:
    path = link.partition("#")[0]
    return Path(os.path.normpath(page.parent / path)) if path else page


def headings(page: Path) -> set[str]:
    """The anchors that a forge gives to the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_pages_links_lead_to_files_and_headings_that_are_there(page: Path) -> None:
    for link in links(page):
        there, heading = target(page, link), link.partition("#")[2]
        assert there.exists(), link
        assert not heading or heading in headings(there), link


def test_every_page_is_reached_from_the_readme() -> None:
    seen, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        ahead += [target(page, link) for link in links(page)]
    assert {*map(named, PAGES)} - {*map(named, seen)} == set()


def test_the_readme_and_the_design_name_every_verb() -> None:
    readme, design = (ROOT / "README.md").read_text(), (ROOT / "docs/design.md").read_text()
    assert [verb for verb in VERBS if f"`meshrev {verb}" not in readme and f"`{verb}`" not in readme] == []
    assert [verb for verb in VERBS if f"`{verb}`" not in design.partition("## Commands")[2]] == []


def words() -> list[str]:
    """The types that the words of CONTRIBUTING.md are carried by."""
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("## Words")[2]
    return re.findall(r"\| `(render\.[\w.]+)` \|$", table, re.MULTILINE)


def test_each_word_is_carried_by_a_type_that_there_is() -> None:
    assert len(words()) >= 30
    for word in words():
        module, _, name = word.rpartition(".")
        assert isinstance(getattr(import_module(module), name), type), word


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_files_and_folders_that_a_page_names_are_there(page: Path) -> None:
    """What begins with a folder of this project and stands between backticks; `<verb>` and `MRnnn` stand for any."""
    said = re.findall(
        r"`((?:render|tests|scripts|docs|plugins|requirements)/[\w./-]+)`", FENCE.sub("", page.read_text())
    )
    assert [path for path in said if "MRnnn" not in path and not (ROOT / path).exists()] == []


def modules_run(page: Path) -> list[str]:
    """The programs of this project that a page runs with `python -m`, or tests that it has pytest run."""
    text = page.read_text()
    tests = re.findall(r"python -m pytest .*?(tests/[\w/.]+)", text)
    return [*(name.replace(".", "/") + ".py" for name in re.findall(r"python -m (scripts[\w.]+)", text)), *tests]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_program_or_test_that_a_page_runs_is_there(page: Path) -> None:
    assert [path for path in modules_run(page) if not (ROOT / path).exists()] == []


def calls(page: Path) -> Iterator[list[str]]:
    """The words of each call of meshrev in code: whole lines in fences, and what stands between backticks."""
    text = page.read_text()
    for language, code in FENCE.findall(text):
        if language not in ("yaml", "json"):
            for line in code.replace("\\\n", " ").splitlines():
                if found := re.match(r"(?:\$ )?(meshrev .*)", line.strip()):
                    yield shlex.split(found[1], comments=True)
    for code in re.findall(r"`(meshrev [a-z][^`]*)`", FENCE.sub("", text)):
        yield code.replace("\n", " ").split()


def unknown(words: list[str]) -> str | None:
    """The first verb, verb of a verb or option in a call that meshrev does not have."""
    command: click.Command = meshrev
    ahead = iter(words[1:])
    for word in ahead:
        if word in ("|", ">", ">>", "&&", "||", ";"):
            break
        # As click makes it: a verb keeps the help option that it is first asked for.
        with click.Context(command, help_option_names=["-h", "--help"]) as context:
            if isinstance(command, click.Group) and re.fullmatch(r"[a-z]+(-[a-z]+)*", word):
                below = command.get_command(context, word)
                if below is None:
                    return word
                command = below
            elif re.match(r"--?[a-z]", word, re.IGNORECASE):
                name, _, value = word.strip("[](),.").partition("=")
                known = {opt: one for one in command.get_params(context) for opt in (*one.opts, *one.secondary_opts)}
                if name not in known:
                    return word
                if not value and not getattr(known[name], "is_flag", False):
                    next(ahead, None)
    return None


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_calls_verbs_and_options_that_there_are(page: Path) -> None:
    assert [" ".join(words) for words in calls(page) if unknown(words)] == []


def test_a_verb_or_option_that_there_is_not_is_found() -> None:
    assert unknown(["meshrev", "promoted"]) == "promoted"
    assert unknown(["meshrev", "krm", "verified"]) == "verified"
    assert unknown(["meshrev", "promote", "--tag", "prod", "--too", "canary"]) == "--too"
    assert unknown(["meshrev", "-C", "fleet", "promote", "--tag", "prod", "--to", "canary"]) is None
