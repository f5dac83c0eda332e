"""What `verify` refuses before it asks any server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.one_cluster import MESH


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    repo = fleet_repo(tmp_path)
    for name in ("east", "west"):
        repo.cluster(name, MESH)
    return repo


def without_kubectl(tmp_path: Path) -> dict[str, str]:
    """Returns a PATH on which there is git and nothing else."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "git").symlink_to(shutil.which("git") or "")
    return {"PATH": str(folder)}


def test_a_context_is_asked_for(repo: FleetRepo) -> None:
    assert "Missing option '--context'" in repo.meshrev("verify", code=2).err


def test_an_unknown_cluster_is_refused(repo: FleetRepo) -> None:
    assert "eats" in repo.meshrev("verify", "--context", "east", "--cluster", "eats", code=2).err


def test_a_context_that_no_cluster_is_called_like_needs_the_cluster_too(repo: FleetRepo) -> None:
    said = repo.meshrev("verify", "--context", "eats", code=2).err
    assert said == "--cluster: no cluster is called like the context eats, so name it (did you mean east?)\n"


def test_a_cluster_without_a_tree_is_refused(repo: FleetRepo) -> None:
    assert (
        repo.meshrev("verify", "--context", "east", code=2).err == "rendered/east: is not here: run `meshrev render`\n"
    )


def test_a_file_that_is_not_as_it_was_written_is_drift(repo: FleetRepo) -> None:
    repo.meshrev("render")
    repo.write("rendered/east/namespaces/shop.yaml", "a: b\n")
    said = repo.meshrev("verify", "--context", "east", code=1)
    assert said.err.startswith("rendered/east/namespaces/shop.yaml: is not as the inventory lists it")


def test_without_kubectl_nobody_can_be_asked(repo: FleetRepo, tmp_path: Path) -> None:
    repo.meshrev("render")
    said = repo.meshrev("verify", "--context", "east", code=2, **without_kubectl(tmp_path))
    assert (said.out, said.err) == ("", "kubectl is not on PATH, and it is what asks the server\n")
