"""When a cluster's folders last changed, in real histories."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from render.git.log import LastChanges, last_changes

START = 1_780_000_000
BELOW = ("tags", "namespaces")


class Repo:
    """A repository whose every commit is an hour after the one before."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.hours = 0
        root.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        stamp = f"{START + self.hours * 3600} +0000"
        env = {"GIT_COMMITTER_DATE": stamp, "GIT_AUTHOR_DATE": "1000000000 +0000", "PATH": "/usr/bin:/bin"}
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True, env=env).stdout

    def commit(self, *paths: str) -> datetime:
        """Change these files in a commit; its time."""
        self.hours += 1
        for path in paths:
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(str(self.hours))
        self.git("add", "-A")
        self.git("commit", "-qm", "change")
        return self.time()

    def time(self) -> datetime:
        return datetime.fromtimestamp(START + self.hours * 3600, UTC)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "repo")


def test_each_cluster_has_the_time_of_its_own_last_move(repo: Repo) -> None:
    first = repo.commit("rendered/a/tags/prod/x.yaml", "rendered/b/namespaces/shop.yaml", "rendered/c/mesh/x.yaml")
    second = repo.commit("rendered/a/namespaces/shop.yaml")
    repo.commit("rendered/a/mesh/x.yaml", "rendered/a/inventory.jsonl", "observed/a.json", "overlays/a/tags/x.yaml")
    found = last_changes(repo.root, "rendered", ["a", "b", "c", "new"], BELOW)
    assert found == LastChanges({"a": second, "b": first})


def test_a_removed_file_is_a_change(repo: Repo) -> None:
    repo.commit("rendered/a/tags/prod/x.yaml")
    (repo.root / "rendered/a/tags/prod/x.yaml").unlink()
    gone = repo.commit("README.md")
    assert last_changes(repo.root, "rendered", ["a"], BELOW).at == {"a": gone}


def test_what_a_branch_changed_counts_from_its_merge(repo: Repo) -> None:
    repo.commit("rendered/a/tags/prod/x.yaml")
    repo.git("checkout", "-qb", "feature")
    repo.commit("rendered/a/tags/prod/x.yaml")
    repo.git("checkout", "-q", "main")
    repo.commit("README.md")
    repo.hours += 5
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "feature")
    assert last_changes(repo.root, "rendered", ["a"], BELOW).at == {"a": repo.time()}


def test_a_fleet_may_lie_in_a_folder_of_its_repository(repo: Repo) -> None:
    time = repo.commit("fleets/eu/rendered/a/tags/x.yaml")
    repo.commit("rendered/a/tags/x.yaml")
    assert last_changes(repo.root / "fleets/eu", "rendered", ["a"], BELOW).at == {"a": time}


def test_a_tree_at_the_root_of_the_fleet_is_found_too(repo: Repo) -> None:
    time = repo.commit("a/tags/x.yaml")
    assert last_changes(repo.root, ".", ["a"], BELOW).at == {"a": time}


def test_a_shallow_clone_knows_only_what_came_after_its_beginning(repo: Repo, tmp_path: Path) -> None:
    repo.commit("rendered/a/tags/x.yaml", "rendered/b/tags/x.yaml")
    repo.commit("README.md")
    later = repo.commit("rendered/b/tags/x.yaml")
    clone = tmp_path / "clone"
    repo.git("clone", "-q", "--depth", "2", f"file://{repo.root}", str(clone))
    assert last_changes(clone, "rendered", ["a", "b"], BELOW) == LastChanges({"b": later}, frozenset({"a"}))


def test_without_commits_or_a_repository_nothing_ever_changed(repo: Repo, tmp_path: Path) -> None:
    assert last_changes(repo.root, "rendered", ["a"], BELOW) == LastChanges({})
    assert last_changes(tmp_path, "rendered", ["a"], BELOW) == LastChanges({})
