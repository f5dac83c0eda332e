"""Hydrated branches, as GitOps Promoter and Argo CD read them, on real repositories."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.gitserver import PUSH, Meanwhile, git_server
from tests.scenarios.fleetrepo import FleetRepo

NEXT = "env/eu-next"


def hydrate(fleet: FleetRepo, *more: str, code: int = 0) -> str:
    done = fleet.meshrev("hydrate", *more, "--cluster", "eu", "--branch", NEXT, code=code)
    return done.out + done.err


def metadata(fleet: FleetRepo) -> dict[str, object]:
    found: dict[str, object] = json.loads(fleet.git("show", f"{NEXT}:hydrator.metadata"))
    return found


def test_the_branch_holds_the_clusters_folder_and_names_the_commit(fleet: FleetRepo) -> None:
    hydrate(fleet)
    head = fleet.git("rev-parse", "HEAD").strip()
    files = fleet.git("ls-tree", "-r", "--name-only", NEXT).split()
    assert files[0] == "hydrator.metadata"
    assert files[1:] == fleet.git("ls-tree", "-r", "--name-only", "HEAD", "rendered/eu/").split()
    assert fleet.git("rev-parse", f"{NEXT}:rendered/eu") == fleet.git("rev-parse", "HEAD:rendered/eu")
    assert metadata(fleet)["drySha"] == head
    assert metadata(fleet)["subject"] == "the fleet"
    assert len(head) == 40


def test_where_no_manifest_changes_there_is_a_note_and_no_commit(fleet: FleetRepo) -> None:
    hydrate(fleet)
    before = fleet.git("rev-parse", NEXT)
    fleet.write("README", "nothing that is rendered\n")
    newer = fleet.commit("a word")
    assert "has all of it" in hydrate(fleet)
    assert fleet.git("rev-parse", NEXT) == before
    assert json.loads(fleet.git("notes", "--ref=hydrator.metadata", "show", NEXT)) == {"drySha": newer}
    assert "has all of it" in hydrate(fleet)
    assert len(fleet.git("rev-list", "refs/notes/hydrator.metadata").split()) == 2


def test_a_promotion_is_one_commit_more_and_other_files_of_the_branch_stay(fleet: FleetRepo) -> None:
    hydrate(fleet)
    fleet.git("checkout", "-q", NEXT)
    fleet.write("README", "by hand\n")
    fleet.commit("a word on the branch")
    fleet.git("checkout", "-q", "main")
    fleet.meshrev("promote", "-n", "catalog", "--to", "prod")
    hydrate(fleet)
    assert "istio.io/rev: prod" in fleet.git("show", f"{NEXT}:rendered/eu/namespaces/catalog.yaml")
    assert fleet.git("show", f"{NEXT}:README") == "by hand\n"
    assert fleet.git("rev-list", "--count", NEXT).strip() == "3"


def test_what_a_dry_commit_says_of_another_one_becomes_a_reference(fleet: FleetRepo) -> None:
    fleet.write("README", "word\n")
    fleet.commit(
        "bring it\n\nbecause\n\nArgocd-reference-commit-sha: abc123\nArgocd-reference-commit-author: Eve <e@x>\n"
    )
    hydrate(fleet)
    found = metadata(fleet)
    assert found["references"] == [{"commit": {"author": "Eve <e@x>", "sha": "abc123"}}]
    assert found["body"] == "because"


def test_a_slow_run_does_not_take_the_branch_back(fleet: FleetRepo) -> None:
    fleet.meshrev("promote", "-n", "catalog", "--to", "prod")
    hydrate(fleet)
    assert "holds what the newer commit" in hydrate(fleet, "HEAD~1", code=2)


def test_a_tree_that_is_not_what_the_specs_say_is_not_hydrated(fleet: FleetRepo) -> None:
    specs = fleet.root / "base/namespaces.yaml"
    specs.write_text(specs.read_text().replace("istio.io/rev: prod", "istio.io/rev: default"))
    fleet.commit("without rendering")
    assert "is not what the specs at HEAD say: run `meshrev render`" in hydrate(fleet, code=2)
    assert fleet.git("branch", "--list", NEXT) == ""


def test_a_branch_that_is_checked_out_is_left_alone(fleet: FleetRepo) -> None:
    hydrate(fleet)
    fleet.write("more", "x\n")
    fleet.commit("more")
    fleet.git("worktree", "add", "-q", "elsewhere", NEXT)
    assert "is checked out in" in hydrate(fleet, code=2)


def test_two_at_once_both_land_at_a_remote(fleet: FleetRepo, tmp_path_factory: pytest.TempPathFactory) -> None:
    root: Path = tmp_path_factory.mktemp("server")
    with git_server(root) as server:
        bare = server.create("fleet.git")
        fleet.git("remote", "add", "origin", server.url("fleet.git"))
        fleet.git("push", "-q", "origin", "main")

        def other() -> None:
            fleet.meshrev("hydrate", "--cluster", "us", "--branch", NEXT, "--push")

        server.on(PUSH, Meanwhile(other))
        hydrate(fleet, "--push")
        listed = ["git", "-C", str(bare), "ls-tree", "--name-only", NEXT, "rendered/"]
        assert subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split() == [
            "rendered/eu",
            "rendered/us",
        ]
        assert "has all of it" in hydrate(fleet, "--push")
