"""The folders below `kustomize/` give the same objects, in the same order, as the real Kustomize makes of them.

That is 5.8.1; 4.5.4 makes the same of all but a few.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from tests.support.programs.kustomize import built, built_by_kubectl, comparable, needs_kubectl, needs_kustomize

CASES = Path(__file__).parent / "builds"
NAMES = sorted(path.name for path in CASES.iterdir())

UNLIKE_4_5_4 = {
    "empty-behind-aliases": "an empty value in braces is null",
    "empty-in-braces": "an empty value in braces is null",
    "annotations-become-text": "a null in words among annotations is text there is none of",
    "annotations-change-together": "a namespace ends what annotations share",
    "lists-through-json": "an empty value in braces is null",
    "list-without-items": "drops it",
    "merge-parts-without-effect": "a null in a patch with a target makes empty text of a label",
    "merge-keeps-nulls": "nulls of the object go with the first patch",
    "merge-quotes-after-a-null": "a null in the object is taken away before the text comes",
    "namespace-of-other-groups": "a Namespace of another group gets the name",
    "nulls": "nulls of the object go with the first patch",
}
NOT_IN_4_5_4 = {"labels-of-claims"}  # refuses includeTemplates
NOT_IN_5_8 = {"empty-kustomization"}  # refuses it


def folder(name: str) -> str:
    """What is built of a case: its `overlay`, where it has one."""
    return f"{name}/overlay" if (CASES / name / "overlay").is_dir() else name


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    names = [name for name in NAMES if name not in NOT_IN_5_8]
    found = built_by_kubectl([CASES / folder(name) for name in names], tmp_path_factory.mktemp("all"))
    return dict(zip(names, found, strict=True))


@pytest.fixture(scope="module")
def expected_of_4_5_4(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    names = [name for name in NAMES if name not in NOT_IN_4_5_4]
    found = built([CASES / folder(name) for name in names], tmp_path_factory.mktemp("all"))
    return dict(zip(names, found, strict=True))


def ours(name: str) -> Any:
    return comparable([resource.data for resource in build(WorkingTree(CASES), folder(name), BuildCache())])


@needs_kubectl
@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_IN_5_8])
def test_a_folder_gives_what_kustomize_makes_of_it(name: str, expected: dict[str, list[Any]]) -> None:
    assert ours(name) == comparable(expected[name])


@needs_kustomize
@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_IN_4_5_4])
def test_kustomize_4_5_4_makes_the_same_but_where_it_is_known_to_differ(
    name: str, expected_of_4_5_4: dict[str, list[Any]]
) -> None:
    assert (ours(name) == comparable(expected_of_4_5_4[name])) == (name not in UNLIKE_4_5_4)


def test_there_is_a_folder_for_everything_that_is_built() -> None:
    """A guard against cases that are lost: an empty folder would compare equal to nothing."""
    empty = [name for name in NAMES if not build(WorkingTree(CASES), folder(name), BuildCache())]
    assert empty == ["empty-kustomization"]
    assert len(NAMES) >= 50
