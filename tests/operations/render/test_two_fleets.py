"""Two fleets in one process: nothing of the one is seen in the other, nor of where the process stands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from render.cli.status import as_json
from render.errors import InputError
from render.operations.explain.run import explain
from render.operations.lint.run import lint
from render.operations.render.fleet import open_fleet
from render.operations.render.run import check, render
from render.operations.status import status
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.krm_functions import specs

ONE, TWO = (
    specs("v1.24.2"),
    specs("v1.26.1").replace("name: prod}", "name: canary}").replace("rev: prod", "rev: canary"),
)


@pytest.fixture(scope="module")
def fleets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two fleets whose files have the same names, and say other things."""
    roots = []
    for text in (ONE, TWO):
        repo = fleet_repo(tmp_path_factory.mktemp("fleet"))
        for name in ("eu", "us"):
            repo.cluster(name, text)
        repo.commit("specs")
        roots.append(repo.root)
    return roots[0], roots[1]


# What the verbs tell of a fleet, with the tree that they write.
STEPS: tuple[Callable[[Path], Any], ...] = (
    render,
    check,
    lambda root: lint(root, today="2026-09-01"),
    lambda root: as_json(status(open_fleet(root).plans(), {})),
    lambda root: explain(root, "eu", "shop", {}),
    lambda root: FleetRepo(root).tree(),
    render,
)
STATUS, TREE = 3, 5


def everything(root: Path) -> list[Any]:
    return [step(root) for step in STEPS]


def alternating(first: Path, second: Path) -> tuple[list[Any], list[Any]]:
    """Verb by verb, of the one fleet and of the other."""
    found = [(step(first), step(second)) for step in STEPS]
    return [one for one, _ in found], [two for _, two in found]


def in_threads(first: Path, second: Path) -> tuple[list[Any], list[Any]]:
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(everything, (first, second))
    return one, two


def one_after_the_other(first: Path, second: Path) -> tuple[list[Any], list[Any]]:
    return everything(first), everything(second)


@pytest.mark.parametrize("together", [one_after_the_other, alternating, in_threads])
def test_two_fleets_in_one_process_give_what_each_gives_alone(
    fleets: tuple[Path, Path],
    tmp_path: Path,
    together: Callable[[Path, Path], tuple[list[Any], list[Any]]],
) -> None:
    copies = [
        Path(shutil.copytree(root, tmp_path / f"{place}/fleet")) for root, place in zip(fleets, "ab", strict=True)
    ]
    first, second = together(copies[0], copies[1])
    for root, found in zip(copies, (first, second), strict=True):
        repo = FleetRepo(root)
        assert repo.tree() == found[TREE]
        shutil.rmtree(root / "rendered")
        repo.meshrev("render")  # a process of its own
        assert repo.tree() == found[TREE]
        assert repo.meshrev("status", "--output", "json").json == found[STATUS]
    assert first[TREE] != second[TREE]
    assert first[TREE].keys() & second[TREE].keys()


def test_what_was_committed_since_is_seen_in_the_same_process(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.cluster("eu", ONE)
    render(tmp_path)
    repo.commit("the fleet")
    shutil.rmtree(tmp_path / "rendered/eu")
    with pytest.raises(InputError, match="is in the last commit but not here"):
        render(tmp_path)
