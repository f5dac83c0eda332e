"""The folders below `kustomize/` give the same objects, in the same order, as the real Kustomize makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from tests.support.kustomize_program import built, comparable, needs_kustomize

CASES = Path(__file__).parent / "builds"
NAMES = sorted(path.name for path in CASES.iterdir())


def folder(name: str) -> str:
    """What is built of a case: its `overlay`, where it has one."""
    return f"{name}/overlay" if (CASES / name / "overlay").is_dir() else name


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    folders = [CASES / folder(name) for name in NAMES]
    return dict(zip(NAMES, built(folders, tmp_path_factory.mktemp("all")), strict=True))


@needs_kustomize
@pytest.mark.parametrize("name", NAMES)
def test_a_folder_gives_what_kustomize_makes_of_it(name: str, expected: dict[str, list[Any]]) -> None:
    objects = [resource.data for resource in build(WorkingTree(CASES), folder(name), BuildCache())]
    assert comparable(objects) == comparable(expected[name])


def test_there_is_a_folder_for_everything_that_is_built() -> None:
    """A guard against cases that are lost: an empty folder would compare equal to nothing."""
    empty = [name for name in NAMES if not build(WorkingTree(CASES), folder(name), BuildCache())]
    assert empty == ["empty-kustomization"]
    assert len(NAMES) >= 50
