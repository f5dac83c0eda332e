"""Commits that git's plumbing signs with the throw-away keys, and what counts as signed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.git.signing import SigningKey, gpg_key, needs_gpg, needs_ssh_keygen, sign_commits, ssh_key, verify

KINDS = [pytest.param("ssh", marks=needs_ssh_keygen), pytest.param("gpg", marks=needs_gpg)]


@pytest.fixture
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[SigningKey, SigningKey]]:
    """Two keys of a kind."""
    folders = [tmp_path / "one", tmp_path / "two"]
    with ExitStack() as stack:
        for folder in folders:
            folder.mkdir()
        one, two = [ssh_key(each) if request.param == "ssh" else stack.enter_context(gpg_key()) for each in folders]
        yield one, two


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    repo = FleetRepo(tmp_path / "repo")
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    return repo


def committed(repo: FleetRepo, *options: str, key: SigningKey) -> str:
    """A new commit made by plumbing."""
    tree = repo.git("mktree").strip()
    identity = {f"GIT_{who}_{what}": "t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    command = ["git", "commit-tree", *options, "-m", "one", tree]
    env = {**os.environ, **identity, **key.environment}
    return subprocess.run(command, cwd=repo.root, env=env, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("keys", KINDS, indirect=True)
def test_a_commit_is_signed_by_the_key_that_the_repository_is_set_up_with_and_by_no_other(
    repo: FleetRepo, keys: tuple[SigningKey, SigningKey]
) -> None:
    key, other = keys
    sign_commits(repo.root, key)
    commit = committed(repo, "-S", key=key)
    assert verify(repo.root, commit, key)
    assert not verify(repo.root, commit, other)


@pytest.mark.parametrize("keys", KINDS, indirect=True)
def test_git_commit_signs_without_being_told(repo: FleetRepo, keys: tuple[SigningKey, SigningKey]) -> None:
    key, _ = keys
    sign_commits(repo.root, key)
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "one", "--allow-empty"]
    subprocess.run(command, cwd=repo.root, env={**os.environ, **key.environment}, check=True)
    assert verify(repo.root, "HEAD", key)


@pytest.mark.parametrize("keys", KINDS, indirect=True)
def test_a_commit_without_a_signature_or_changed_after_it_is_not_signed(
    repo: FleetRepo, keys: tuple[SigningKey, SigningKey]
) -> None:
    key, _ = keys
    sign_commits(repo.root, key)
    assert not verify(repo.root, committed(repo, key=key), key)
    signed = committed(repo, "-S", key=key)
    assert verify(repo.root, signed, key)
    text = repo.git("cat-file", "commit", signed)
    repo.write("changed", text.replace("\none\n", "\ntwo\n"))
    changed = repo.git("hash-object", "-t", "commit", "-w", "changed").strip()
    assert not verify(repo.root, changed, key)


@needs_gpg
def test_at_the_end_no_agent_is_left() -> None:
    with gpg_key() as key:
        home = Path(key.environment["GNUPGHOME"])
    assert not home.exists()
