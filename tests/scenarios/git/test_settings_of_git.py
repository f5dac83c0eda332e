"""What people have set in git, and what of it an operation goes by."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.promotable import clone, diff_of, trailers

BRING_IN = ("promote", "--istio", "default", "--version", "v1.24.3", "--cluster", "lab")


@pytest.fixture
def fleet(template: FleetRepo, tmp_path: Path) -> FleetRepo:
    return clone(template, tmp_path / "fleet")


def test_a_clone_that_turns_line_endings_promotes_what_is_committed(fleet: FleetRepo) -> None:
    fleet.git("config", "core.autocrlf", "true")
    for folder in ("base", "rendered"):
        shutil.rmtree(fleet.root / folder)
    fleet.git("checkout", "-q", "--", "base", "rendered")
    assert b"\r\n" in (fleet.root / "base/istio.yaml").read_bytes()
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3")
    assert diff_of(fleet, "base/istio.yaml")[:2] == [
        "-  version: v1.24.2   # the release",
        "+  version: v1.24.3   # the release",
    ]
    endings = {line.split()[0] for line in fleet.git("ls-files", "--eol").splitlines()}
    assert endings == {"i/lf"}
    assert fleet.git("status", "--porcelain", "--", "base", "overlays") == ""


def test_turned_line_endings_of_a_frozen_revision_are_told_with_a_way_out_that_works(fleet: FleetRepo) -> None:
    fleet.meshrev(*BRING_IN)
    fleet.git("config", "core.autocrlf", "true")
    shutil.rmtree(fleet.root / "rendered")
    fleet.git("checkout", "-q", "--", "rendered")
    said = fleet.meshrev("render", "--cluster", "lab", code=2).err
    assert "put `rendered/** -text` into .gitattributes, then rm -r rendered and git checkout -- rendered" in said
    fleet.write(".gitattributes", "rendered/** -text\n")
    shutil.rmtree(fleet.root / "rendered")
    fleet.git("checkout", "-q", "--", "rendered")
    fleet.meshrev("check")
    assert fleet.git("status", "--porcelain", "--", "rendered") == ""


def test_a_repo_that_turns_line_endings_of_the_tree_is_told_the_way_out_and_not_to_render(fleet: FleetRepo) -> None:
    fleet.write(".gitattributes", "* text eol=crlf\n")
    fleet.commit("all files with CRLF")
    said = fleet.meshrev(*BRING_IN, code=2).err
    assert said.startswith("rendered/lab: ")
    assert "put `rendered/** -text` into .gitattributes" in said
    assert "meshrev render" not in said
    fleet.write(".gitattributes", "* text eol=crlf\nrendered/** -text\n")
    fleet.commit("but those of the tree")
    fleet.meshrev(*BRING_IN)
    assert trailers(fleet)["Meshrev-To"] == "v1.24.3"


def test_the_program_that_tells_git_what_changed_is_not_run(fleet: FleetRepo) -> None:
    program = fleet.write("tell.sh", "#!/bin/sh\ntouch ran\n")
    program.chmod(0o755)
    fleet.git("config", "core.fsmonitor", "./tell.sh")
    fleet.meshrev(*BRING_IN)
    assert not (fleet.root / "ran").exists()


def test_trailers_are_as_they_were_meant_with_other_separators(fleet: FleetRepo) -> None:
    fleet.git("config", "trailer.separators", "=#")
    fleet.meshrev(*BRING_IN)
    fleet.git("config", "--unset", "trailer.separators")
    assert (trailers(fleet)["Meshrev-From"], trailers(fleet)["Meshrev-To"]) == ("v1.24.2", "v1.24.3")


@pytest.mark.parametrize("name", ["a b", "a\nupdate refs/heads/main", "-x..y", "refs/*"])
def test_a_branch_that_cannot_be_is_no_lost_race(fleet: FleetRepo, name: str) -> None:
    before = fleet.git("for-each-ref")
    said = fleet.meshrev("hydrate", "--cluster", "lab", f"--branch={name}", code=2).err
    assert "that is no name of a branch" in said
    assert len(said.splitlines()) == 1
    assert fleet.git("for-each-ref") == before


def test_a_tag_that_is_called_like_the_branch_is_not_in_the_way(fleet: FleetRepo) -> None:
    fleet.git("tag", "main", "HEAD")
    before = fleet.git("rev-parse", "refs/heads/main")
    assert fleet.meshrev(*BRING_IN, "--output", "json").json["branch"] == "main"
    assert fleet.git("rev-parse", "refs/heads/main^", "refs/tags/main").split() == before.split() * 2


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("branch.main.mergeOptions", "--squash"),
        ("branch.main.mergeOptions", "--strategy=ours"),
        ("branch.main.mergeOptions", "--no-ff --no-commit"),
        ("pull.twohead", "ours"),
    ],
)
def test_how_a_person_merges_does_not_change_what_lands(fleet: FleetRepo, setting: str, value: str) -> None:
    fleet.git("config", setting, value)
    said = fleet.meshrev(*BRING_IN, "--output", "json").json
    assert fleet.git("rev-parse", "HEAD").strip() == said["commit"]
    assert fleet.git("status", "--porcelain") == ""


@pytest.mark.parametrize("what", ["HEAD", "HEAD:base"])
def test_what_stands_in_for_objects_in_this_clone_goes_into_no_commit(fleet: FleetRepo, what: str) -> None:
    before = fleet.git("rev-parse", "HEAD").strip()
    fleet.write("base/local", "here alone\n")
    after = fleet.commit("here alone")
    there = {"HEAD": (before, after), "HEAD:base": (f"{before}:base", f"{after}:base")}[what]
    fleet.git("reset", "-q", "--hard", before)
    fleet.git("replace", *fleet.git("rev-parse", *there).split())
    said = fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", "--output", "json").json
    real = ("--no-replace-objects", "diff-tree", "-r", "--name-only", before, said["commit"])
    changed = fleet.git(*real).split()
    assert changed[0] == "base/istio.yaml"
    assert all(path.startswith("rendered/") for path in changed[1:])


def test_a_commit_says_so_in_utf_8_whatever_encoding_a_person_has(fleet: FleetRepo) -> None:
    fleet.git("config", "i18n.commitEncoding", "ISO-8859-1")
    fleet.git("config", "i18n.logOutputEncoding", "ISO-8859-1")
    fleet.git("config", "user.name", "Jürgen")
    fleet.meshrev(*BRING_IN)
    assert "encoding" not in fleet.git("cat-file", "commit", "HEAD").partition("\n\n")[0]
    fleet.meshrev("hydrate", "--cluster", "lab", "--branch", "env/lab")
    assert '"author": "Jürgen <' in fleet.git("show", "env/lab:hydrator.metadata")


def test_a_file_in_the_way_of_a_folder_is_told_of_once_and_kept(fleet: FleetRepo) -> None:
    fleet.write(".git/info/exclude", "rendered/**\n")
    mine = fleet.write("rendered/lab/revisions/default-v1-24-3", "mine")
    said = fleet.meshrev(*BRING_IN, code=2).err
    assert "stash rendered/lab/revisions/default-v1-24-3 first" in said
    assert mine.read_text() == "mine"


def test_a_branch_of_a_working_tree_that_is_gone_is_told_of_with_a_way_out(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    shutil.rmtree(tmp_path / "side")
    assert "where that is gone: `git worktree prune`" in fleet.meshrev(*BRING_IN, "--onto", "side", code=2).err
    fleet.git("worktree", "prune")
    fleet.meshrev(*BRING_IN, "--onto", "side")


def test_what_is_staged_stays_staged_and_out_of_the_commit(fleet: FleetRepo) -> None:
    fleet.write("note", "mine\n")
    fleet.git("add", "note")
    fleet.meshrev(*BRING_IN)
    assert fleet.git("status", "--porcelain") == "A  note\n"
    assert "note" not in fleet.git("ls-tree", "--name-only", "HEAD").split()
