"""Some files of a commit in a folder of their own, and what changed in them."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from render.git.trees import Repository
from render.git.worktree import checkout


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """The folder `fleet` in a repository whose attributes make line ends of Windows of some files on the disk."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "fleet/in/it").mkdir(parents=True)
    (tmp_path / ".gitattributes").write_text("*.txt text eol=crlf\n")
    (tmp_path / "fleet/in/it/.gitattributes").write_text("plain.txt -text\n")
    for path in ("in/a.txt", "in/b.yaml", "in/it/plain.txt", "out.txt"):
        (tmp_path / "fleet" / path).write_bytes(b"one\ntwo\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "all")
    return tmp_path / "fleet"


def test_only_what_is_wanted_is_there_written_as_git_would(fleet: Path) -> None:
    with Repository(fleet) as repository, checkout(repository, repository.side("HEAD"), ["in", "nowhere"]) as at:
        files = {
            file.relative_to(at.root).as_posix(): file.read_bytes() for file in at.root.rglob("*.*") if file.is_file()
        }
        files.pop(".git", None)
        root = at.root
    assert files == {
        "fleet/in/a.txt": b"one\r\ntwo\r\n",
        "fleet/in/b.yaml": b"one\ntwo\n",
        "fleet/in/it/plain.txt": b"one\ntwo\n",
        "fleet/in/it/.gitattributes": b"plain.txt -text\n",
    }
    until = time.monotonic() + 30
    while (
        root.exists() or root.with_name(f"{root.name}.lock").exists()
    ) and time.monotonic() < until:  # removed beside what follows
        time.sleep(0.01)
    assert not root.exists()
    assert list((fleet.parent / ".git").rglob("*.lock")) == []
    assert not (fleet.parent / ".git/worktrees").exists()


def test_what_changed_is_taken_as_git_add_would_and_the_rest_is_as_it_was(fleet: Path) -> None:
    with Repository(fleet) as repository, checkout(repository, repository.side("HEAD"), ["in"]) as at:
        folder = at.root / "fleet/in"
        assert at.stage([]) == {}
        (folder / "a.txt").write_bytes(b"one\r\ntwo\r\n")
        assert at.stage(["fleet/in/a.txt"]) == {}
        (folder / "a.txt").write_bytes(b"three\r\n")
        (folder / "b.yaml").unlink()
        (folder / "new.yaml").write_bytes(b"new\n")
        found = at.stage(["fleet/in/a.txt", "fleet/in/b.yaml", "fleet/in/new.yaml"])
        texts = {path: entry and next(repository.read([entry[1]])) for path, entry in found.items()}
    assert texts == {"fleet/in/a.txt": b"three\n", "fleet/in/b.yaml": None, "fleet/in/new.yaml": b"new\n"}
