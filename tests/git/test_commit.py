"""Trees that are made of a commit's and a few changes, beside what git itself makes of the same index."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from render.errors import InputError
from render.git.commit import Changes, tree_with
from render.git.trees import Repository

FILES = ["a/b/c.yaml", "a/b/d.yaml", "a/e.yaml", "a.yaml", "a/-odd name*.yaml", "a/ümlaut.yaml", "z/only.yaml"]


def git(folder: Path, *arguments: str, stdin: str | None = None) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, input=stdin, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    for path in FILES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    (tmp_path / "a/e.yaml").chmod(0o755)
    (tmp_path / "a/link").symlink_to("e.yaml")
    git(tmp_path, "add", "-A")
    # A submodule is an entry that is no object of this repository.
    git(tmp_path, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},a/module")
    git(tmp_path, "commit", "-qm", "all")
    return tmp_path


def made(repo: Path, changes: Changes) -> str:
    with Repository(repo) as repository:
        return tree_with(repository, repository.tree("HEAD"), changes)


def by_git(repo: Path, changes: Changes) -> str:
    for path, entry in changes.items():
        if entry is None:
            git(repo, "update-index", "--force-remove", path)
        else:
            git(repo, "update-index", "--add", "--cacheinfo", f"{entry[0]},{entry[1]},{path}")
    return git(repo, "write-tree")


@pytest.mark.parametrize(
    "paths",
    [
        {"a/b/c.yaml": True},
        {"a.yaml": True, "a/e.yaml": True, "new/folder/of/it.yaml": True, "a/b/0.yaml": True, "b": True},
        {"a/b/c.yaml": None},
        {"a/b/c.yaml": None, "a/b/d.yaml": None, "z/only.yaml": None, "z/other.yaml": True},
        {"z/only.yaml": None},
        {"a/ümlaut.yaml": True, "a/-odd name*.yaml": None, 'a/"quoted"\n.yaml': True},
        {"a-b": True, "a.b/c": True, "a0": True},  # around `a/` in git's order
        dict.fromkeys([*FILES, "a/link", "a/module"]),
    ],
)
def test_it_is_what_git_makes_of_the_same_index(repo: Path, paths: dict[str, bool | None]) -> None:
    blob = git(repo, "hash-object", "-w", "--stdin", stdin="changed")
    changes = {path: ("100644", blob) if there else None for path, there in paths.items()}
    assert made(repo, changes) == by_git(repo, changes)


def test_nothing_that_changes_is_the_same_tree(repo: Path) -> None:
    assert (
        made(repo, {})
        == made(repo, {"not/there": None, "a.yaml/neither": None})
        == git(repo, "rev-parse", "HEAD^{tree}")
    )


def test_a_file_where_a_folder_is_and_a_folder_where_a_file_is_are_refused(repo: Path) -> None:
    blob = git(repo, "hash-object", "-w", "--stdin", stdin="changed")
    with pytest.raises(InputError, match=r"a/b: is a folder in this commit"):
        made(repo, {"a/b": ("100644", blob)})
    with pytest.raises(InputError, match=r"a/e\.yaml: is a file in this commit"):
        made(repo, {"a/e.yaml/below": ("100644", blob)})
