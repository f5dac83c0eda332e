"""Hydrated branches, as GitOps Promoter and Argo CD read them, on real repositories."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.git.server import PUSH, Meanwhile, git_server

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
    rendered = fleet.git("ls-tree", "-r", "--name-only", "HEAD", "rendered/eu/").split()
    assert set(files) == {"hydrator.metadata", "rendered/eu/hydrator.metadata", *rendered}
    assert fleet.git("diff", "--name-only", "--diff-filter=a", "HEAD", NEXT, "--", "rendered/eu") == ""
    assert fleet.git("show", f"{NEXT}:rendered/eu/hydrator.metadata") == fleet.git("show", f"{NEXT}:hydrator.metadata")
    assert metadata(fleet)["drySha"] == head
    assert metadata(fleet)["subject"] == "the fleet"
    assert len(head) == 40


def test_a_new_next_branch_begins_at_the_active_one_so_that_a_pull_request_can_be_opened(fleet: FleetRepo) -> None:
    fleet.meshrev("hydrate", "--cluster", "eu", "--branch", "env/eu")
    assert "has all of it" in hydrate(fleet)
    assert fleet.git("rev-parse", NEXT) == fleet.git("rev-parse", "env/eu")
    fleet.meshrev("promote", "-n", "catalog", "--to", "prod")
    path = "env/eu-next/rendered/eu"  # as for a strategy with an activePath
    fleet.git("branch", "-qD", NEXT)
    fleet.meshrev("hydrate", "--cluster", "eu", "--branch", path)
    assert fleet.git("rev-parse", f"{path}^") == fleet.git("rev-parse", "env/eu")


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


@pytest.mark.parametrize("folder", ["", "rendered/eu/", "apps/shop/"])
def test_a_branch_that_argo_cds_hydrator_writes_is_refused(fleet: FleetRepo, folder: str) -> None:
    hydrate(fleet)
    fleet.git("checkout", "-q", NEXT)
    for name in ("manifest.yaml", "hydrator.metadata", "README.md"):
        fleet.write(f"{folder}{name}", "{}\n")
    before = fleet.commit("as Argo CD writes it")
    fleet.git("checkout", "-q", "main")
    fleet.meshrev("promote", "-n", "catalog", "--to", "prod")
    assert hydrate(fleet, code=2).startswith(f"{folder}manifest.yaml: stands on this branch beside hydrator.metadata")
    assert fleet.git("rev-parse", NEXT).strip() == before


def test_a_manifest_that_is_nobodys_hydration_stays(fleet: FleetRepo) -> None:
    hydrate(fleet)
    fleet.git("checkout", "-q", NEXT)
    fleet.write("apps/manifest.yaml", "{}\n")
    fleet.commit("by hand")
    fleet.git("checkout", "-q", "main")
    fleet.meshrev("promote", "-n", "catalog", "--to", "prod")
    hydrate(fleet)
    assert fleet.git("show", f"{NEXT}:apps/manifest.yaml") == "{}\n"


REFERENCE = {
    "author": "Eve <e@x>",
    "date": "2026-03-01T10:00:00+01:00",
    "sha": "ab" * 20,
    "body": "one\ntwo",
    "repoURL": "https://git.example.com/app",
}


def test_what_a_dry_commit_says_of_another_one_becomes_a_reference(fleet: FleetRepo) -> None:
    said = {**{name.lower(): value for name, value in REFERENCE.items()}, "body": json.dumps(REFERENCE["body"])}
    trailers = "".join(f"Argocd-reference-commit-{name}: {value}\n" for name, value in said.items())
    fleet.write("README", "word\n")
    fleet.commit(f"bring it\n\nbecause\n\n{trailers}")
    hydrate(fleet)
    found = metadata(fleet)
    assert found["references"] == [{"commit": REFERENCE}]
    assert found["body"] == "because"


def test_what_no_reader_would_take_stays_a_line_of_the_body(fleet: FleetRepo) -> None:
    """A date that is none would keep GitOps Promoter from reading the file at all."""
    wrong = ["sha: abc123", "date: yesterday", "date: 2026-03-01", "author: Eve", "body: bare", "repourl: git@host:app"]
    lines = [f"Argocd-reference-commit-{line}" for line in wrong]
    fleet.write("README", "word\n")
    fleet.commit("bring it\n\n" + "\n".join(lines))
    hydrate(fleet)
    found = metadata(fleet)
    assert str(found["body"]).splitlines() == lines
    assert "references" not in found


def test_a_slow_run_does_not_take_the_branch_back(fleet: FleetRepo) -> None:
    fleet.meshrev("promote", "-n", "catalog", "--to", "prod")
    hydrate(fleet)
    assert "holds what the newer commit" in hydrate(fleet, "HEAD~1", code=2)


@pytest.mark.parametrize("depth", [(), ("--depth=1",)])
def test_a_slow_run_in_a_clone_of_its_own_does_not_take_the_branch_back(
    fleet: FleetRepo, tmp_path: Path, depth: tuple[str, ...]
) -> None:
    fleet.git("clone", "-q", "--bare", ".", str(tmp_path / "origin.git"))
    fleet.git("remote", "add", "origin", (tmp_path / "origin.git").as_uri())
    fleet.git("clone", "-q", *depth, (tmp_path / "origin.git").as_uri(), str(tmp_path / "slow"))
    slow = FleetRepo(tmp_path / "slow")
    fleet.meshrev("promote", "-n", "catalog", "--to", "prod")
    fleet.git("push", "-q", "origin", "main")
    hydrate(fleet, "--push")
    assert "holds what the newer commit" in hydrate(slow, "--push", code=2)
    assert slow.git("rev-list", "--count", "HEAD") == "1\n"


def test_a_shallow_clone_goes_on_from_an_older_commit_that_it_does_not_have(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.git("clone", "-q", "--bare", ".", str(tmp_path / "origin.git"))
    fleet.git("remote", "add", "origin", (tmp_path / "origin.git").as_uri())
    hydrate(fleet, "--push")
    fleet.meshrev("promote", "-n", "catalog", "--to", "prod")
    fleet.git("push", "-q", "origin", "main")
    fleet.git("clone", "-q", "--depth=1", (tmp_path / "origin.git").as_uri(), str(tmp_path / "new"))
    new = FleetRepo(tmp_path / "new")
    new.git("config", "user.name", "Ada")
    new.git("config", "user.email", "ada@example.com")
    assert "is commit" in hydrate(new, "--push")


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
        for name in ("eu", "us"):  # also of those that share the branch each has its own
            subprocess.run(
                ["git", "-C", str(bare), "cat-file", "-e", f"{NEXT}:rendered/{name}/hydrator.metadata"], check=True
            )
        assert "has all of it" in hydrate(fleet, "--push")
