"""Where the fleet of an Argo CD Application is."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.errors import InputError
from render.operations.hosts.argocd import fleet_root


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """`<tmp>/copy` with a fleet in `mesh`, and another above the copy that must not be found."""
    root = tmp_path / "copy"
    for folder in ("mesh/rendered/a", "apps/shop"):
        (root / folder).mkdir(parents=True)
    (root / "mesh/meshrev.yaml").touch()
    (tmp_path / "meshrev.yaml").touch()
    return root


def root_of(folder: Path, source_path: str | None) -> Path:
    return fleet_root(folder, {} if source_path is None else {"ARGOCD_APP_SOURCE_PATH": source_path})


@pytest.mark.parametrize("source_path", ["mesh/rendered/a", "./mesh/rendered/a", "mesh//rendered/a/"])
def test_it_is_the_nearest_folder_upwards_with_a_fleet(copy: Path, source_path: str) -> None:
    assert root_of(copy / "mesh/rendered/a", source_path) == copy / "mesh"


@pytest.mark.parametrize(
    ("folder", "source_path"),
    [
        ("apps/shop", "apps/shop"),  # the whole repository was copied
        ("apps/shop", "platform/shop"),  # the folder `platform` was
        ("apps", "."),
        (".", "."),
        (".", ""),
    ],
)
def test_nothing_above_the_copy_is_looked_at(copy: Path, folder: str, source_path: str) -> None:
    with pytest.raises(InputError) as refused:
        root_of(copy / folder, source_path)
    (finding,) = refused.value.findings
    assert "there is no fleet in the Application's folder or above it" in finding.message


def test_outside_argo_cd_the_repository_ends_at_its_git_folder(copy: Path) -> None:
    assert root_of(copy / "apps/shop", None) == copy.parent
    (copy / ".git").mkdir()
    with pytest.raises(InputError):
        root_of(copy / "apps/shop", None)
    assert root_of(copy / "mesh/rendered/a", None) == copy / "mesh"
