"""Symbolic links in what Kustomize builds: read where Kustomize reads them, and refused where it does."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from render.errors import InputError
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from tests.support.programs.kustomize import needs_kustomize, program

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n"
PATCHED = "resources: [own.yaml]\npatches: [{path: patch.yaml}]\n"


def _file_out(base: Path) -> None:
    write(base, "resources: [linked.yaml]\n")
    (base / "linked.yaml").symlink_to("../shared/map.yaml")


def _file_within(base: Path) -> None:
    write(base, "resources: [linked.yaml]\n")
    (base / "linked.yaml").symlink_to("own.yaml")


def _out_and_back(base: Path) -> None:
    write(base, "resources: [linked.yaml]\n")
    (base / "linked.yaml").symlink_to("../base/own.yaml")


def _through_a_linked_folder(base: Path) -> None:
    write(base, "resources: [linked/map.yaml]\n")
    (base / "linked").symlink_to("../shared")


def _over_two_links(base: Path) -> None:
    write(base, "resources: [first.yaml]\n")
    (base / "first.yaml").symlink_to("second.yaml")
    (base / "second.yaml").symlink_to("../shared/map.yaml")


def _patch_out(base: Path) -> None:
    write(base, PATCHED)
    (base / "patch.yaml").symlink_to("../shared/map.yaml")


def _patch_within(base: Path) -> None:
    write(base, PATCHED)
    (base / "patch.yaml").symlink_to("own.yaml")


def _kustomization_out(base: Path) -> None:
    write(base.parent / "shared", "resources: [own.yaml]\n")
    write(base, "")
    (base / "kustomization.yaml").unlink()
    (base / "kustomization.yaml").symlink_to("../shared/kustomization.yaml")


def _kustomization_within(base: Path) -> None:
    write(base, "resources: [own.yaml]\n")
    (base / "kustomization.yaml").rename(base / "k.yaml")
    (base / "kustomization.yaml").symlink_to("k.yaml")


def _the_folder_itself(base: Path) -> None:
    write(base.parent / "shared", "resources: [map.yaml]\n")
    base.rmdir()
    base.symlink_to("shared")


def _a_folder_of_resources(base: Path) -> None:
    write(base.parent / "shared", "resources: [map.yaml]\n")
    write(base, "resources: [linked]\n")
    (base / "linked").symlink_to("../shared")


def _a_folder_above_a_linked_one(base: Path) -> None:
    inner = base.parent / "elsewhere/deep/inner"
    write(inner, "resources: [../shared]\n")
    write(base.parent / "shared", "resources: [map.yaml]\n")
    base.rmdir()
    base.symlink_to("elsewhere/deep/inner")


def _the_same_folder_above_a_linked_one(base: Path) -> None:
    write(base.parent / "other", "resources: [../shared]\n")
    write(base.parent / "shared", "resources: [map.yaml]\n")
    base.rmdir()
    base.symlink_to("other")


REFUSED = {
    _file_out: "MR032",
    _through_a_linked_folder: "MR032",
    _over_two_links: "MR032",
    _patch_out: "MR032",
    _kustomization_out: "MR023",
    _a_folder_above_a_linked_one: "MR032",
}
BUILT = [
    *(_file_within, _out_and_back, _patch_within, _kustomization_within, _the_folder_itself, _a_folder_of_resources),
    _the_same_folder_above_a_linked_one,
]


def write(folder: Path, kustomization: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kustomization.yaml").write_text(kustomization)
    (folder / "own.yaml").write_text(MAP)


def fleet(root: Path, arrange: Callable[[Path], None]) -> Path:
    (root / "shared").mkdir()
    (root / "shared/map.yaml").write_text(MAP)
    (root / "base").mkdir()
    arrange(root / "base")
    return root


@needs_kustomize
@pytest.mark.parametrize("arrange", [*REFUSED, *BUILT], ids=lambda arrange: arrange.__name__)
def test_a_link_is_refused_exactly_where_kustomize_refuses_it(tmp_path: Path, arrange: Callable[[Path], None]) -> None:
    root = fleet(tmp_path, arrange)
    program_path = program()
    assert program_path is not None
    done = subprocess.run([program_path, "build", str(root / "base")], capture_output=True)
    try:
        refused = not build(WorkingTree(root), "base", BuildCache())
    except InputError:
        refused = True
    assert refused == (done.returncode != 0) == (arrange in REFUSED)


@pytest.mark.parametrize("arrange", REFUSED, ids=lambda arrange: arrange.__name__)
def test_a_refused_link_is_told_with_what_is_not_read(tmp_path: Path, arrange: Callable[[Path], None]) -> None:
    with pytest.raises(InputError) as refusal:
        build(WorkingTree(fleet(tmp_path, arrange)), "base", BuildCache())
    assert [finding.code for finding in refusal.value.findings] == [REFUSED[arrange]]


def test_a_file_behind_a_link_is_told_with_where_it_leads_and_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        build(WorkingTree(fleet(tmp_path, _file_out)), "base", BuildCache())
    assert str(refusal.value) == (
        "base/kustomization.yaml:1:13: resources[0]: linked.yaml leads to shared/map.yaml, which is not below the "
        "folder base, where Kustomize reads files; refer to a folder instead"
    )
