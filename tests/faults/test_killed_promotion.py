"""A promotion that is killed at any git process that it starts: nothing is half done, and running it again finishes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from itertools import count
from pathlib import Path

import pytest

from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.served import CART, NAME, State, cloned, head, left_behind, serve, state, subjects
from tests.support.git.faults import Result, When, killed_at_git_call
from tests.support.git.server import PUSH, GitServer, Meanwhile

PUSHED = (*CART, "--push")
PROMOTED = ["Promote namespace cart to default in cluster eu"]
CHUNKS = 6
# Of `promote`, those that change something; of what they do not, nothing can be left.
CHANGING = ("fetch", "worktree", "update-index", "checkout-index", "mktree", "commit-tree")


@pytest.fixture(scope="session")
def undisturbed(template: FleetRepo, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tree that the promotion makes when nobody kills it."""
    repo = cloned(str(template.root), tmp_path_factory.mktemp("undisturbed") / "ada")
    repo.meshrev(*CART)
    return tree(repo, "main")


@pytest.fixture
def origin(server: GitServer, template: FleetRepo) -> FleetRepo:
    return serve(server, template)


def tree(repo: FleetRepo, ref: str) -> str:
    return repo.git("rev-parse", f"{ref}^{{tree}}").strip()


def killed(number: int, fleet: FleetRepo, arguments: Iterable[str], when: When = "before") -> Result:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "render", *arguments]
    return killed_at_git_call(number, command, cwd=fleet.root, env=env, when=when)


def verb(call: list[str]) -> str:
    options = {"-c": 2, "--no-pager": 1}  # and how many words each takes
    return verb(call[options[call[0]] :]) if call[0] in options else call[0]


def is_as_before(fleet: FleetRepo, before: State) -> None:
    assert state(fleet) == before
    # One linked worktree and its lock at most: what the kill before this one left is gone.
    assert len({name.removesuffix(".lock") for name in left_behind(fleet) if name.startswith("meshrev/")}) <= 1


def is_whole(fleet: FleetRepo) -> None:
    fleet.git("fsck", "--strict", "--no-dangling")
    assert left_behind(fleet) == []
    assert not (fleet.root / ".git/worktrees").exists()
    assert list((fleet.root / ".git").rglob("*.lock")) == []


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_killed_before_any_call_nothing_is_changed_and_the_last_run_does_it(
    fleet: FleetRepo, undisturbed: str, chunk: int
) -> None:
    fleet.write("notes.txt", "mine\n")
    before = state(fleet)
    verbs = [verb(call) for call in killed(0, cloned(str(fleet.root), fleet.root.parent / "other"), CART).calls]
    merge = verbs.index("merge") + 1
    assert verbs[merge:] == ["merge-base"]  # which only looks whether it is there
    for number in range(chunk + 1, merge + 1, CHUNKS):
        assert killed(number, fleet, CART).killed
        is_as_before(fleet, before)
    fleet.meshrev(*CART)
    assert subjects(fleet) == PROMOTED
    assert tree(fleet, "main") == undisturbed
    assert fleet.git("status", "--porcelain") == "?? notes.txt\n"
    is_whole(fleet)


def test_killed_after_any_call_that_changes_something_the_next_run_finishes(fleet: FleetRepo, undisturbed: str) -> None:
    before = state(fleet)
    calls = killed(0, cloned(str(fleet.root), fleet.root.parent / "other"), CART).calls
    numbers = [number for number, call in enumerate(calls, 1) if verb(call) in CHANGING]
    assert len(numbers) == 6
    for number in numbers:
        assert killed(number, fleet, CART, "after").killed
        is_as_before(fleet, before)
    assert killed(len(calls), fleet, CART, "after").killed  # after the merge: done, and not yet said
    assert tree(fleet, "main") == undisturbed
    assert fleet.git("status", "--porcelain") == ""
    assert fleet.meshrev(*CART).out.startswith("nothing to do")
    assert subjects(fleet) == PROMOTED
    is_whole(fleet)


def test_killed_around_the_calls_that_reach_the_server_the_next_run_finishes(
    server: GitServer, origin: FleetRepo, undisturbed: str, tmp_path: Path
) -> None:
    fleet = cloned(server.url(NAME), tmp_path / "ada")
    before, whens = state(fleet), ("before", "after")
    fetch = next(number for number, call in enumerate(killed(9, fleet, PUSHED).calls, 1) if verb(call) == "fetch")
    for when in whens:
        assert killed(fetch, fleet, PUSHED, when).killed
        is_as_before(fleet, before)
    push = next(n for n in count(18) if verb(killed(n, fleet, PUSHED).calls[-1]) == "push")
    assert subjects(origin) == []
    is_as_before(fleet, before)
    assert killed(push, fleet, PUSHED, "after").killed
    assert subjects(origin) == PROMOTED
    assert tree(origin, "main") == undisturbed
    is_as_before(fleet, before)
    assert fleet.meshrev(*PUSHED).out.startswith("nothing to do")
    assert subjects(origin) == PROMOTED
    is_whole(fleet)


@pytest.mark.parametrize(
    "missing",
    [(), ("commondir",), ("commondir", "HEAD"), ("commondir", "HEAD", "gitdir")],
    ids=lambda names: str(len(names)),
)
def test_killed_inside_the_making_of_a_worktree_the_next_run_finishes(
    server: GitServer, origin: FleetRepo, undisturbed: str, tmp_path: Path, missing: tuple[str, ...]
) -> None:
    fleet = cloned(server.url(NAME), tmp_path / "ada")
    calls = killed(0, cloned(server.url(NAME), tmp_path / "eve"), (*PUSHED, "--dry-run")).calls
    add = next(number for number, call in enumerate(calls, 1) if verb(call) == "worktree")
    assert killed(add, fleet, PUSHED, "after").killed
    (half,) = (fleet.root / ".git/worktrees").iterdir()
    # As git makes it: a folder, `locked`, `gitdir`, HEAD with no commit yet, `commondir`; then the commit into HEAD.
    (half / "locked").write_text("initializing\n")
    (half / "HEAD").write_text("0" * 40 + "\n")
    for name in missing:
        (half / name).unlink()
    fleet.meshrev(*PUSHED)
    assert subjects(origin) == PROMOTED
    assert tree(origin, "main") == undisturbed
    is_whole(fleet)


def test_killed_while_the_push_is_on_its_way_the_next_run_knows_that_it_arrived(
    server: GitServer, origin: FleetRepo, undisturbed: str, tmp_path: Path
) -> None:
    fleet = cloned(server.url(NAME), tmp_path / "ada")
    running: list[subprocess.Popen[bytes]] = []
    server.on(PUSH, Meanwhile(lambda: os.killpg(running[0].pid, signal.SIGKILL)))
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "render", *PUSHED]
    running.append(subprocess.Popen(command, cwd=fleet.root, env=env, start_new_session=True))
    assert running[0].wait() == -signal.SIGKILL
    fleet.meshrev(*PUSHED)  # whether or not the server is done with the push by now
    assert subjects(origin) == PROMOTED
    assert tree(origin, "main") == undisturbed
    assert head(origin) == fleet.git("ls-remote", "origin", "refs/heads/main").split()[0]
    is_whole(fleet)
