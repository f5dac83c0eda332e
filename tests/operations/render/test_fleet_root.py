"""Where the root of a fleet is looked for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from render.operations.render.fleet_root import find_root


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """`<tmp>/repo/mesh` is a fleet in a git repository; `<tmp>` holds another one, above it."""
    (tmp_path / "repo/mesh/overlays/eu").mkdir(parents=True)
    (tmp_path / "repo/apps").mkdir()
    (tmp_path / "repo/.git").mkdir()
    (tmp_path / "repo/mesh/meshrev.yaml").touch()
    (tmp_path / "meshrev.yaml").touch()
    return tmp_path


@pytest.mark.parametrize("folder", ["repo/mesh", "repo/mesh/overlays", "repo/mesh/overlays/eu"])
def test_it_is_the_nearest_folder_upwards(place: Path, folder: str) -> None:
    assert find_root(place / folder) == place / "repo/mesh"


@pytest.mark.parametrize("folder", ["repo", "repo/apps"])
def test_nothing_above_the_top_of_the_repository_is_looked_at(place: Path, folder: str) -> None:
    assert find_root(place / folder) is None


def test_a_linked_worktree_is_a_top_too(place: Path) -> None:
    (place / "repo/.git").rmdir()
    (place / "repo/.git").write_text("gitdir: elsewhere\n")
    assert find_root(place / "repo/apps") is None


def test_without_a_repository_folders_above_are_looked_at(place: Path) -> None:
    (place / "repo/.git").rmdir()
    assert find_root(place / "repo/apps") == place


@pytest.mark.parametrize(("above", "found"), [(0, False), (1, False), (2, True), (9, True)])
def test_no_more_folders_above_are_looked_at_than_are_allowed(place: Path, above: int, found: bool) -> None:
    assert (find_root(place / "repo/mesh/overlays/eu", above) is not None) is found


def test_a_link_that_leads_nowhere_is_not_passed_over(place: Path) -> None:
    (place / "repo/mesh/overlays/meshrev.yaml").symlink_to("nowhere")
    assert find_root(place / "repo/mesh/overlays/eu") == place / "repo/mesh/overlays"


def test_another_file_system_is_not_gone_over_to(place: Path) -> None:
    (place / "repo/.git").rmdir()
    folder = place / "repo/apps"
    if os.getuid() or subprocess.run(["mount", "-t", "tmpfs", "none", folder], capture_output=True).returncode:
        pytest.skip("no right to mount here")
    try:
        assert find_root(folder) is None
    finally:
        subprocess.run(["umount", folder], check=True)
