"""Commands that start git a few times are killed at exactly the call that was asked for."""

from __future__ import annotations

import os
import sys
import time
from itertools import count
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.git.faults import When, killed_at_git_call

FOUR = [
    "sh",
    "-c",
    "git tag one && git tag two && git tag 'the third' --cleanup=strip 2>said; git tag three; echo end",
]


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    repo = FleetRepo(tmp_path / "re po")
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    repo.git("commit", "-qm", "one", "--allow-empty")
    return repo


def tags(repo: FleetRepo) -> list[str]:
    return repo.git("tag").split()


def test_a_command_that_is_not_killed_runs_as_without_it(repo: FleetRepo) -> None:
    result = killed_at_git_call(0, FOUR, cwd=repo.root)
    assert (result.returncode, result.out, result.err, result.killed) == (0, "end\n", "", False)
    assert tags(repo) == ["one", "three", "two"]
    assert "not a valid tag name" in (repo.root / "said").read_text()
    assert result.calls == [["tag", "one"], ["tag", "two"], ["tag", "the third", "--cleanup=strip"], ["tag", "three"]]


@pytest.mark.parametrize(
    ("when", "left"),
    [
        ("before", [[], ["one"], ["one", "two"], ["one", "two"]]),
        ("after", [["one"], ["one", "two"], ["one", "two"], ["one", "three", "two"]]),
    ],
)
def test_killed_at_each_call_what_came_before_is_done_and_nothing_else(
    repo: FleetRepo, when: When, left: list[list[str]]
) -> None:
    found = []
    for number in count(1):
        result = killed_at_git_call(number, FOUR, cwd=repo.root, when=when)
        if not result.killed:
            break
        assert (len(result.calls), result.out) == (number, "")
        found.append(tags(repo))
        for tag in tags(repo):
            repo.git("tag", "-d", tag)
    assert found == left
    assert result.out == "end\n"


def test_what_the_command_started_beside_git_is_killed_with_it(repo: FleetRepo) -> None:
    started = time.monotonic()
    result = killed_at_git_call(1, ["sh", "-c", "sleep 60 & git tag one; wait"], cwd=repo.root)
    assert result.killed
    assert time.monotonic() - started < 30


def test_a_program_that_talks_to_git_and_cleans_its_environment_is_killed_too(repo: FleetRepo) -> None:
    program = (
        "import os, subprocess\n"
        "env = {'PATH': os.environ['PATH']}\n"
        "batch = subprocess.Popen(['git', 'cat-file', '--batch-check'], stdin=-1, stdout=-1, env=env)\n"
        "batch.stdin.write(b'HEAD\\n'); batch.stdin.flush()\n"
        "assert b'commit' in batch.stdout.readline()\n"
        "subprocess.run(['git', 'tag', 'one'], env=env)\n"
    )
    result = killed_at_git_call(2, [sys.executable, "-c", program], cwd=repo.root)
    assert result.killed
    assert [call[0] for call in result.calls] == ["cat-file", "tag"]
    assert tags(repo) == []


def test_a_git_in_a_session_of_its_own_does_not_start_after_the_kill(repo: FleetRepo) -> None:
    program = "import subprocess; subprocess.run(['git', 'tag', 'one'], start_new_session=True)"
    assert killed_at_git_call(1, [sys.executable, "-c", program], cwd=repo.root).killed
    assert tags(repo) == []


def test_calls_at_the_same_time_have_a_number_each(repo: FleetRepo) -> None:
    many = "for tag in $(seq 20); do git tag $tag & done; wait"
    result = killed_at_git_call(0, ["sh", "-c", many], cwd=repo.root)
    assert sorted(int(tag) for _, tag in result.calls) == list(range(1, 21))


def test_what_git_itself_starts_is_not_counted(repo: FleetRepo, tmp_path: Path) -> None:
    hook = repo.root / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ngit rev-parse HEAD >/dev/null\n")
    hook.chmod(0o755)
    result = killed_at_git_call(
        0, ["git", "clone", "-q", "--no-local", str(repo.root), str(tmp_path / "clone")], cwd=repo.root
    )
    assert [call[0] for call in result.calls] == ["clone"]
    result = killed_at_git_call(0, ["git", "tag", "one"], cwd=repo.root, env={"PATH": os.environ["PATH"]})
    assert result.calls == [["tag", "one"]]


def test_a_command_that_fails_by_itself_was_not_killed(repo: FleetRepo) -> None:
    result = killed_at_git_call(2, ["git", "tag", "-d", "missing"], cwd=repo.root)
    assert not result.killed
    assert result.returncode == 1
    assert "not found" in result.err
