"""Whoever looks for a topic finds it by the folders: each says what it holds, and holds no more than one can survey."""

from __future__ import annotations

import re
from pathlib import Path

import grimp
import pytest

from scripts.list_modules import PROGRAM, modules, packages, with_list

SMALL, MOST = 60, 22
ROOT = PROGRAM.parent
FOLDERS_OF_TESTS = sorted({file.parent.relative_to(ROOT) for file in (ROOT / "tests").rglob("*.py")})
# A verb, a family of rules, a forge, a gate or a way to Helm is a module of its own, however small.
PLUG_IN = re.compile(
    r"render\.((cli(\.(change|hosts))?|operations|lint(\.rules)?|forge|gates)\.|manifests\.chart\.helm_)\w+"
)


def named(path: Path) -> str:
    return path.relative_to(PROGRAM.parent).with_suffix("").as_posix().replace("/", ".")


@pytest.mark.parametrize("package", packages(), ids=named)
def test_a_package_lists_its_modules(package: Path) -> None:
    assert with_list(package) == (package / "__init__.py").read_text(), "run: python -m scripts.list_modules"


@pytest.mark.parametrize("package", packages(), ids=named)
def test_a_folder_has_no_more_modules_than_one_can_survey(package: Path) -> None:
    assert len([name for name in modules(package) if not name.endswith("/")]) <= MOST


@pytest.mark.parametrize("folder", FOLDERS_OF_TESTS, ids=str)
def test_a_folder_of_tests_has_no_more_modules_than_one_can_survey(folder: Path) -> None:
    assert len(list((ROOT / folder).glob("[!_]*.py"))) <= MOST


def test_a_small_module_has_two_users_or_is_one_of_a_kind_that_grows_by_modules() -> None:
    """What builds a plan or a fleet for tests is a user as well; a test of the module itself is none."""
    graph = grimp.build_graph("render", "tests")
    alone = []
    for file in PROGRAM.rglob("[!_]*.py"):
        users = graph.find_modules_that_directly_import(named(file))
        users = {user for user in users if user.startswith(("render.", "tests.support."))}
        if len(file.read_text().splitlines()) < SMALL and len(users) < 2 and not PLUG_IN.fullmatch(named(file)):
            alone.append(named(file))
    assert alone == []


def test_a_list_follows_what_modules_say_of_themselves(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('"""What it holds.\n\ngone  Is no more\n"""\n\nONE = 1\n')
    (tmp_path / "clusters.py").write_text('"""Which clusters there are. And more."""\n')
    inside = tmp_path / "store"
    inside.mkdir()
    (inside / "__init__.py").write_text('"""The disk."""\n')
    assert with_list(tmp_path) == (
        '"""What it holds.\n\nclusters  Which clusters there are\nstore/    The disk\n"""\n\nONE = 1\n'
    )


def test_a_long_line_ends_before_a_colon(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('"""What it holds."""\n')
    (tmp_path / "lock.py").write_text(f'"""One process at a time in a repository of git: {"so that " * 20}."""\n')
    assert "lock  One process at a time in a repository of git\n" in with_list(tmp_path)
