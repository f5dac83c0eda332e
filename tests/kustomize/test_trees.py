"""Trees of kustomizations that nobody thought of give what Kustomize 5.8.1 makes of them: the first cases of the
campaign, all in one run of it, since each run takes a second. `make campaign ONLY=kustomize` has more."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from render.errors import InputError
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from tests.campaign.kustomizations import FOLDER, Tree
from tests.campaign.kustomize import compare
from tests.support.programs.kustomize import built_by_kubectl, needs_kubectl

TREES = 150
SEED = 1  # one of which Kustomize refuses no tree that meshrev builds, since they are built together


def ours(root: Path) -> list[Any] | None:
    """What meshrev makes of a tree, None where it refuses it."""
    try:
        return [resource.data for resource in build(WorkingTree(root), FOLDER, BuildCache())]
    except InputError:
        return None


@needs_kubectl
def test_trees_are_built_as_kustomize_builds_them_but_for_what_is_named(tmp_path: Path) -> None:
    roots = [tmp_path / f"tree-{number}" for number in range(TREES)]
    for number, root in enumerate(roots):
        Tree(Random(f"{SEED}/{number}"), suffix=f"-{number}", is_tame=True).write(root)
    mine = {root: found for root in roots if (found := ours(root)) is not None}
    (tmp_path / "all").mkdir()
    theirs = built_by_kubectl([root / FOLDER for root in mine], tmp_path / "all")
    outcomes = [compare(found, other) for found, other in zip(mine.values(), theirs, strict=True)]
    assert outcomes.count("equal") > TREES // 2
