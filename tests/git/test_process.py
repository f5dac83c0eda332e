"""What git says, without what must not be shown; and its settings as it reads them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from render.errors import InputError, OutsideError
from render.git import process
from render.git.commit import with_trailers
from render.git.process import Foreign, GitError, git, is_set, locate, text
from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    repo = FleetRepo(tmp_path)
    repo.git("init", "-q", "-b", "main")
    return repo


@pytest.mark.parametrize(("written", "means"), [("= on", True), ("", True), ("= 0", False), ("= false", False)])
def test_a_setting_means_what_it_means_to_git(repo: FleetRepo, written: str, means: bool) -> None:
    with (repo.root / ".git/config").open("a") as config:
        config.write(f"[commit]\n\tgpgSign {written}\n")
    assert is_set(repo.root, "commit.gpgsign") is means
    assert not is_set(repo.root, "commit.nothing")


def test_a_setting_that_means_neither_is_wrong_input(repo: FleetRepo) -> None:
    repo.git("config", "commit.gpgsign", "maybe")
    with pytest.raises(InputError, match="bad boolean config value 'maybe'"):
        is_set(repo.root, "commit.gpgsign")


def test_a_failure_that_nobody_foresaw_is_one_of_the_outside_world(repo: FleetRepo) -> None:
    with pytest.raises(GitError, match=r"^git cat-file: fatal: Not a valid object name nothing$") as failed:
        git("cat-file", "-p", "nothing", folder=repo.root)
    assert isinstance(failed.value, OutsideError)
    assert failed.value.exit_code == 4


def test_variables_that_git_sets_for_its_hooks_lead_nowhere_else(
    repo: FleetRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, "/nonexistent")
    git("hash-object", "-w", "--stdin", folder=repo.root, stdin=b"here\n")
    assert len(list((repo.root / ".git/objects").glob("??/*"))) == 1


def test_a_folder_whose_name_ends_in_a_space_is_found(tmp_path: Path) -> None:
    repo = FleetRepo(tmp_path / "fleet ")
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    assert text("rev-parse", "--show-toplevel", folder=repo.root) == str(repo.root)


def test_a_repository_of_another_user_is_told_of_with_what_to_do(
    repo: FleetRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own way to have it tested
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with pytest.raises(InputError, match=r"dubious ownership.*git config --global --add safe\.directory FOLDER"):
        text("rev-parse", "--show-toplevel", folder=repo.root)


def brought_in(repo: FleetRepo, folder: str, settings: str) -> Path:
    """A folder that git takes for a repository, as a commit can hold one: files alone, with settings of its own."""
    for name in ("objects/.keep", "refs/.keep"):
        repo.write(f"{folder}/{name}", "")
    repo.write(f"{folder}/HEAD", "ref: refs/heads/main\n")
    repo.write(f"{folder}/config", f"[core]\n\trepositoryformatversion = 0\n{settings}")
    return repo.root / folder


@pytest.mark.parametrize("settings", ["\tbare = true\n", "\tbare = false\n\tworktree = .\n", "\tworktree = ..\n"])
@pytest.mark.parametrize("program", ["as it is", "older than safe.bareRepository"])
def test_a_folder_that_looks_like_a_repository_is_refused(
    repo: FleetRepo, monkeypatch: pytest.MonkeyPatch, settings: str, program: str
) -> None:
    if program != "as it is":
        monkeypatch.setattr(process, "_PROGRAM", ("git",))
    folder = brought_in(repo, "fleets", settings)
    (folder / "east").mkdir()
    for inside in (folder, folder / "east"):
        with pytest.raises(Foreign, match="a commit can bring such a folder in"):
            git("ls-files", folder=inside)
    assert git("ls-files", "--others", folder=repo.root).startswith(b"fleets/HEAD\n")


def test_a_folder_that_looks_like_a_repository_in_another_place_is_nobodys_business(repo: FleetRepo) -> None:
    brought_in(repo, "other", "\tbare = true\n")
    (repo.root / "fleet").mkdir()
    found = locate(repo.root / "fleet")
    assert found
    assert (found.top, found.git_folder) == (str(repo.root), str(repo.root / ".git"))


def test_work_trees_whose_repository_lies_elsewhere_are_found(repo: FleetRepo, tmp_path: Path) -> None:
    repo.git("commit", "-q", "--allow-empty", "-m", "first")
    repo.git("worktree", "add", "-q", "linked")
    repo.git("init", "-q", "--separate-git-dir", str(tmp_path / "elsewhere"), "apart")
    assert locate(tmp_path / "linked") == process.Location(
        str(tmp_path / "linked"), str(tmp_path / ".git/worktrees/linked"), str(tmp_path / ".git")
    )
    apart = locate(tmp_path / "apart")
    assert apart
    assert (apart.top, apart.git_folder) == (str(tmp_path / "apart"), str(tmp_path / "elsewhere"))


def test_the_filters_of_a_person_change_nothing_that_is_read_or_taken(repo: FleetRepo) -> None:
    repo.git("config", "filter.a=b.clean", "touch ran; cat")
    repo.git("config", "filter.loud.clean", "touch ran; tr a-z A-Z")
    repo.git("config", "filter.loud.required", "true")
    repo.write(".gitattributes", "*.yaml filter=loud\n*.txt filter=a=b\n")
    repo.write("a.yaml", "as it is\n")
    repo.write("a.txt", "as it is\n")
    git("update-index", "--add", "a.yaml", "a.txt", folder=repo.root)
    for name in ("a.yaml", "a.txt"):
        assert git("cat-file", "blob", f":{name}", folder=repo.root) == b"as it is\n"
    assert not (repo.root / "ran").exists()


def test_commands_for_trailers_are_not_run(repo: FleetRepo) -> None:
    repo.git("config", "trailer.ran.cmd", "touch ran")
    repo.git("config", "trailer.also.command", "touch ran")
    assert with_trailers(repo.root, "Say so\n", [("Meshrev-To", "a")]) == "Say so\n\nMeshrev-To: a\n"
    assert not (repo.root / "ran").exists()


def test_nothing_but_the_door_starts_git() -> None:
    starts = re.compile(r"subprocess\.(run|Popen|call|check_\w+)\(|os\.(system|popen|exec\w+|spawn\w+)\(|\bRepo\(")
    files = [*(ROOT / "render").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    assert {file.relative_to(ROOT).as_posix() for file in files if starts.search(file.read_text())} == {
        "render/git/process.py",
        "plugins/ci/git.py",  # with what the door prepares
        "render/operations/verify/server.py",  # kubectl, which logs in to the API server
        "render/manifests/chart/helm_program.py",  # helm, in an empty folder with an environment of its own
        "render/operations/chart/pull.py",  # gpgv, as helm_program
        "render/operations/inject/istioctl.py",  # istioctl, for `meshrev inject` alone
    }
    scripts = [file.read_text() for file in (ROOT / "plugins").rglob("*.sh")]
    assert [text for text in scripts if re.search(r"command git|\bgit -C", text)] == []
