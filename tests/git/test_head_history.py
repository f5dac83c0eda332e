"""Looking a file up in real history."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from render.git.head import commit_with
from tests.support.cases import ROOT


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
    return git(folder, "rev-parse", "HEAD").strip()


def test_the_newest_commit_that_has_the_contents_is_named(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    file = tmp_path / "fleet" / "-odd name.yaml"
    file.parent.mkdir()
    file.write_text("first\n")
    first = commit(tmp_path, "first")
    file.write_text("second\n")
    commit(tmp_path, "second")
    file.unlink()
    commit(tmp_path, "gone")
    sha256 = hashlib.sha256(b"first\n").hexdigest()
    assert commit_with(tmp_path / "fleet", "-odd name.yaml", sha256) == first
    assert commit_with(tmp_path / "fleet", "-odd name.yaml", "0" * 64) is None


def test_a_folder_outside_any_repository_has_no_history(tmp_path: Path) -> None:
    assert commit_with(tmp_path, "a.yaml", "0" * 64) is None


def test_a_repository_without_commits_has_no_history(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert commit_with(tmp_path, "a.yaml", "0" * 64) is None


def test_without_a_git_program_there_is_no_history(tmp_path: Path) -> None:
    """In a process of its own: GitPython looks for the program once, when it is imported."""
    code = "from pathlib import Path; from render.git.head import commit_with; print(commit_with(Path(), 'a', 'b'))"
    environment = {"PATH": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("None\n", "")
