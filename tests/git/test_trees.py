"""Reading revisions and the working tree of real repositories, without checking anything out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from render.errors import InputError, OutsideError
from render.git.trees import AT_ONCE, Repository, Side


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, "-c", "protocol.file.allow=always", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path, files: dict[str, str | None], message: str = "change") -> str:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, {"out/a/x.yaml": "x: 1\n", "out/b/y.yaml": "y: 1\n", "out/b/-odd name*.yaml": "o: 1\n"})
    return folder


def contents(repository: Repository, side: Side, *paths: str) -> dict[str, str]:
    files = repository.files(side, paths or ["out"])
    return {path: text.decode() for path, text in zip(files, repository.read(files.values()), strict=True)}


def refused(folder: Path, name: str) -> str:
    with Repository(folder) as repository, pytest.raises(InputError) as caught:
        repository.side(name)
    return str(caught.value)


def test_a_revision_is_read_as_it_was_committed(repo: Path) -> None:
    first = git(repo, "rev-parse", "HEAD").strip()
    commit(repo, {"out/a/x.yaml": "x: 2\n", "out/b/y.yaml": None})
    with Repository(repo) as repository:
        before, after = repository.side("HEAD~1"), repository.side("main")
        assert before == Side("HEAD~1", first)
        assert contents(repository, before)["out/a/x.yaml"] == "x: 1\n"
        assert contents(repository, after) == {"out/a/x.yaml": "x: 2\n", "out/b/-odd name*.yaml": "o: 1\n"}


def test_folders_that_are_equal_have_equal_ids(repo: Path) -> None:
    commit(repo, {"out/a/x.yaml": "x: 2\n"})
    with Repository(repo) as repository:
        before, after = (repository.folders(repository.side(name), "out") for name in ("HEAD~1", "HEAD"))
        assert before.keys() == after.keys() == {"a", "b"}
        assert before["a"] != after["a"]
        assert before["b"] == after["b"]
        assert repository.folders(repository.side("HEAD"), "nowhere") == {}


def test_files_that_did_not_change_have_the_ids_of_the_commit_in_the_working_tree(repo: Path) -> None:
    with Repository(repo) as repository:
        at_head = repository.files(repository.side("HEAD"), ["out"])
        assert repository.files(repository.side(None), ["out"]) == at_head
        os.utime(repo / "out/a/x.yaml", (1, 1))
        assert repository.files(repository.side(None), ["out"]) == at_head


def test_the_working_tree_has_what_lies_on_the_disk(repo: Path) -> None:
    (repo / "out/a/x.yaml").write_text("x: changed\n")
    (repo / "out/b/y.yaml").unlink()
    (repo / "out/c").mkdir()
    (repo / "out/c/new.yaml").write_text("new: 1\n")
    (repo / "out/c/staged.yaml").write_text("staged: 1\n")
    git(repo, "add", "out/c/staged.yaml")
    (repo / "out/c/staged.yaml").write_text("staged: 2\n")
    (repo / "out/.state").mkdir()
    (repo / "out/.state/journal").write_text("not of the tree\n")
    (repo / "out/c/link.yaml").symlink_to("new.yaml")
    with Repository(repo) as repository:
        assert contents(repository, repository.side(None)) == {
            "out/a/x.yaml": "x: changed\n",
            "out/b/-odd name*.yaml": "o: 1\n",
            "out/c/new.yaml": "new: 1\n",
            "out/c/staged.yaml": "staged: 2\n",
        }


def test_files_that_git_is_told_to_ignore_are_read_too(repo: Path) -> None:
    (repo / ".gitignore").write_text("out/c\n")
    (repo / "out/c").mkdir()
    (repo / "out/c/new.yaml").write_text("new: 1\n")
    with Repository(repo) as repository:
        assert "out/c/new.yaml" in repository.files(repository.side(None), ["out"])


def test_a_file_that_git_would_write_is_known_by_the_id_that_git_gives_it(repo: Path) -> None:
    (repo / "out/a/x.yaml").write_text("x: changed\n")
    with Repository(repo) as repository:
        found = repository.files(repository.side(None), ["out/a"])
    assert found["out/a/x.yaml"] == git(repo, "hash-object", "out/a/x.yaml").strip()


def test_a_merge_conflict_is_read_from_the_disk(repo: Path) -> None:
    git(repo, "checkout", "-qb", "side")
    commit(repo, {"out/a/x.yaml": "x: side\n"})
    git(repo, "checkout", "-q", "main")
    commit(repo, {"out/a/x.yaml": "x: main\n"})
    with pytest.raises(subprocess.CalledProcessError):
        git(repo, "merge", "side")
    with Repository(repo) as repository:
        assert "<<<<<<<" in contents(repository, repository.side(None))["out/a/x.yaml"]


def test_what_a_sparse_checkout_leaves_out_is_not_gone(repo: Path) -> None:
    git(repo, "sparse-checkout", "set", "out/a")
    assert not (repo / "out/b").exists()
    with Repository(repo) as repository:
        assert contents(repository, repository.side(None))["out/b/y.yaml"] == "y: 1\n"


def test_paths_are_relative_to_the_folder_that_is_opened(repo: Path) -> None:
    (repo / "out/a/x.yaml").write_text("x: 2\n")
    with Repository(repo / "out") as repository:
        assert contents(repository, repository.side("HEAD"), "a") == {"a/x.yaml": "x: 1\n"}
        assert contents(repository, repository.side(None), "a") == {"a/x.yaml": "x: 2\n"}
        assert repository.folders(repository.side("HEAD"), "a") == {}


def test_a_pattern_in_a_path_is_only_a_path(repo: Path) -> None:
    with Repository(repo) as repository:
        assert contents(repository, repository.side(None), "out/b/-odd name*.yaml") == {
            "out/b/-odd name*.yaml": "o: 1\n"
        }
        assert repository.files(repository.side(None), ["out/*"]) == {}


def test_many_and_large_files_are_read_in_order(repo: Path) -> None:
    texts = {f"out/many/{number:04}.yaml": f"{number}" * 3000 for number in range(2 * AT_ONCE + 1)}
    commit(repo, dict(texts))
    with Repository(repo) as repository:
        assert contents(repository, repository.side("HEAD"), "out/many") == texts


def test_nothing_is_written_to_the_repository(repo: Path) -> None:
    os.utime(repo / "out/a/x.yaml", (1, 1))
    before = {file: file.stat().st_mtime_ns for file in (repo / ".git").rglob("*")}
    with Repository(repo) as repository:
        contents(repository, repository.side(None))
        contents(repository, repository.side("HEAD"))
    assert {file: file.stat().st_mtime_ns for file in (repo / ".git").rglob("*")} == before


def test_inside_a_hook_it_is_still_the_repository_of_this_folder(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    with Repository(repo) as repository:
        assert contents(repository, repository.side(None))["out/a/x.yaml"] == "x: 1\n"


def test_a_file_that_changes_meanwhile_is_told(repo: Path) -> None:
    (repo / "out/a/x.yaml").write_text("x: 2\n")
    with Repository(repo) as repository:
        found = repository.files(repository.side(None), ["out/a"])
        (repo / "out/a/x.yaml").write_text("x: 3\n")
        with pytest.raises(OutsideError, match=r"out/a/x\.yaml changed while it was compared"):
            list(repository.read(found.values()))


def test_a_mistyped_revision_names_the_nearest(repo: Path) -> None:
    assert refused(repo, "mian") == "mian names no commit of this repository (did you mean main?)"


@pytest.mark.parametrize(
    "name", ["--all", "-h", "HEAD^{tree}", "HEAD:out/a/x.yaml", "", "a b", "\0", "HEAD\n", "@{99}"]
)
def test_what_is_no_commit_is_refused(repo: Path, name: str) -> None:
    assert "names no commit" in refused(repo, name)
    assert refused(repo, name).isprintable()


def test_a_range_is_refused_with_the_way_to_write_it(repo: Path) -> None:
    assert refused(repo, "HEAD~1..main") == "HEAD~1..main: name the two sides one by one: `meshrev diff HEAD~1 main`"


def test_a_commit_that_a_shallow_clone_has_not_says_how_to_get_it(repo: Path) -> None:
    first = git(repo, "rev-parse", "HEAD").strip()
    commit(repo, {"out/a/x.yaml": "x: 2\n"})
    git(repo.parent, "clone", "-q", "--depth=1", repo.as_uri(), "shallow")
    for name in ("HEAD~1", first):
        assert "fetch-depth: 0" in refused(repo.parent / "shallow", name)
        assert "git fetch --unshallow" in refused(repo.parent / "shallow", name)


def test_a_repository_without_commits_says_so(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert "there is no commit yet" in refused(tmp_path, "HEAD")


def test_a_folder_outside_any_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is in no git repository"):
        Repository(tmp_path)


def test_without_git_it_says_that_git_is_missing(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="git is not installed"):
        Repository(repo)


def test_the_ids_of_a_repository_with_longer_hashes_are_known(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256")
    commit(tmp_path, {"out/a.yaml": "a: 1\n"})
    (tmp_path / "out/a.yaml").write_text("a: 2\n")
    with Repository(tmp_path) as repository:
        assert contents(repository, repository.side("HEAD")) == {"out/a.yaml": "a: 1\n"}
        assert contents(repository, repository.side(None)) == {"out/a.yaml": "a: 2\n"}
