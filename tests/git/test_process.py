"""What git says, without what must not be shown; and its settings as it reads them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from render.errors import InputError, OutsideError
from render.git.process import GitError, git, hidden, is_set, text
from tests.support.fleet_repo import FleetRepo


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FleetRepo:
    repo = FleetRepo(tmp_path)
    repo.git("init", "-q", "-b", "main")
    monkeypatch.chdir(tmp_path)
    return repo


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("fatal: 'https://ada:pass@git.example.com/a'", "fatal: 'https://git.example.com/a'"),
        ("see https://ada:p@ss@git.example.com/a@b now", "see https://git.example.com/a@b now"),
        ("https://token@git.example.com", "https://git.example.com"),
        ("https://git.example.com/a@b", "https://git.example.com/a@b"),
        ("git@git.example.com:org/fleet.git", "git@git.example.com:org/fleet.git"),
    ],
)
def test_what_stands_before_the_host_of_a_url_is_hidden(said: str, shown: str) -> None:
    assert hidden(said) == shown


@pytest.mark.parametrize(("written", "means"), [("= on", True), ("", True), ("= 0", False), ("= false", False)])
def test_a_setting_means_what_it_means_to_git(repo: FleetRepo, written: str, means: bool) -> None:
    with (repo.root / ".git/config").open("a") as config:
        config.write(f"[commit]\n\tgpgSign {written}\n")
    assert is_set("commit.gpgsign") is means
    assert not is_set("commit.nothing")


def test_a_setting_that_means_neither_is_wrong_input(repo: FleetRepo) -> None:
    repo.git("config", "commit.gpgsign", "maybe")
    with pytest.raises(InputError, match="bad boolean config value 'maybe'"):
        is_set("commit.gpgsign")


def test_a_failure_that_nobody_foresaw_is_one_of_the_outside_world(repo: FleetRepo) -> None:
    with pytest.raises(GitError, match=r"^git cat-file: fatal: Not a valid object name nothing$") as failed:
        git("cat-file", "-p", "nothing")
    assert isinstance(failed.value, OutsideError)
    assert failed.value.exit_code == 4


def test_variables_that_git_sets_for_its_hooks_lead_nowhere_else(
    repo: FleetRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, "/nonexistent")
    git("hash-object", "-w", "--stdin", stdin=b"here\n")
    assert len(list((repo.root / ".git/objects").glob("??/*"))) == 1


def test_a_folder_whose_name_ends_in_a_space_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = FleetRepo(tmp_path / "fleet ")
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    monkeypatch.chdir(repo.root)
    assert text("rev-parse", "--show-toplevel") == str(repo.root)


def test_a_repository_of_another_user_is_told_of_with_what_to_do(
    repo: FleetRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own way to have it tested
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with pytest.raises(InputError, match=r"dubious ownership.*git config --global --add safe\.directory FOLDER"):
        text("rev-parse", "--show-toplevel")
