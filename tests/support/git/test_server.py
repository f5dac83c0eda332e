"""What the git server of the tests does, seen by a real git client."""

from __future__ import annotations

import math
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.git.server import (
    FETCH,
    FETCH_REFS,
    PUSH,
    PUSH_REFS,
    Delay,
    Drop,
    GitServer,
    Meanwhile,
    Refuse,
    git_server,
)


@pytest.fixture(autouse=True)
def settings_of_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "server") as server:
        server.create("fleet.git")
        yield server


@pytest.fixture
def work(server: GitServer, tmp_path: Path) -> FleetRepo:
    return repo_with_a_commit(tmp_path / "work", server.url("fleet.git"))


def repo_with_a_commit(root: Path, url: str) -> FleetRepo:
    root.mkdir()
    repo = FleetRepo(root)
    repo.git("init", "-q", "-b", "main")
    repo.git("remote", "add", "origin", url)
    repo.write("a", "1\n")
    repo.commit("one")
    return repo


def push_fails(repo: FleetRepo) -> str:
    """What git says on it."""
    with pytest.raises(subprocess.CalledProcessError) as failed:
        repo.git("push", "origin", "main")
    return str(failed.value.stderr)


def head(server: GitServer) -> str:
    """The commit of the served branch; empty where it has none."""
    done = subprocess.run(
        ["git", "rev-parse", "-q", "--verify", "main"], cwd=server.root / "fleet.git", capture_output=True, text=True
    )
    return done.stdout.strip()


def test_what_is_pushed_can_be_cloned(server: GitServer, work: FleetRepo, tmp_path: Path) -> None:
    work.git("push", "origin", "main")
    work.git("clone", "-q", server.url("fleet.git"), str(tmp_path / "clone"))
    assert (tmp_path / "clone/a").read_text() == "1\n"


def test_fetches_and_pushes_are_counted(server: GitServer, work: FleetRepo) -> None:
    work.git("push", "origin", "main")
    work.git("fetch", "origin")
    work.git("ls-remote", "origin")
    assert (server.fetches, server.pushes) == (2, 1)
    assert server.counts() == {PUSH_REFS: 1, PUSH: 1, FETCH_REFS: 2, FETCH: 2}
    assert {request.repository for request in server.requests} == {"fleet.git"}


def test_version_2_of_the_protocol_is_spoken(
    server: GitServer, work: FleetRepo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    work.git("push", "origin", "main")
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE_PACKET", str(trace))
    work.git("fetch", "origin")
    assert {request.protocol for request in server.requests if request.kind == FETCH} == {"version=2"}
    assert "command=ls-refs" in trace.read_text()


def test_a_large_push_comes_in_pieces(server: GitServer, work: FleetRepo) -> None:
    (work.root / "large").write_bytes(os.urandom(1_500_000))  # git's http.postBuffer is 1 MiB
    commit = work.commit("large")
    work.git("push", "origin", "main")
    assert head(server) == commit
    assert [(request.chunked, request.probe) for request in server.requests if request.kind == PUSH] == [
        (False, True),
        (True, False),
    ]
    assert server.counts()[PUSH] == 1


def test_a_long_request_comes_compressed(server: GitServer, work: FleetRepo, tmp_path: Path) -> None:
    for number in range(30):  # each is a line of the request; git compresses those above 1 KiB
        work.git("checkout", "-q", "-b", f"branch{number}")
        work.git("commit", "-qm", str(number), "--allow-empty")
    work.git("push", "--all", "origin")
    work.git("clone", "-q", server.url("fleet.git"), str(tmp_path / "clone"))
    assert any(request.compressed for request in server.requests)
    assert (tmp_path / "clone/a").read_text() == "1\n"


@pytest.mark.parametrize("hook", ["pre-receive", "update"])
def test_a_hook_rejects_a_push_and_says_why(server: GitServer, work: FleetRepo, hook: str) -> None:
    server.hook("fleet.git", hook, "echo 'main is protected' >&2\nexit 1")
    said = push_fails(work)
    assert "remote: main is protected" in said
    assert "hook declined" in said
    assert head(server) == ""


def test_without_credentials_nothing_is_served(tmp_path: Path) -> None:
    with git_server(tmp_path / "server", auth=("bot", "t0ken")) as server:
        server.create("fleet.git")
        work = repo_with_a_commit(tmp_path / "work", server.url("fleet.git"))
        assert "could not read Username" in push_fails(work)
        work.git("remote", "set-url", "origin", server.url("fleet.git").replace("//", "//bot:wrong@"))
        assert "Authentication failed" in push_fails(work)
        assert head(server) == ""
        assert server.counts() == {}
        assert len(server.requests) > 1


def test_with_credentials_everything_is_served_and_counted_once(tmp_path: Path) -> None:
    with git_server(tmp_path / "server", auth=("bot", "t0ken")) as server:
        server.create("fleet.git")
        work = repo_with_a_commit(tmp_path / "work", server.url("fleet.git", with_auth=True))
        work.git("push", "origin", "main")
        work.git("fetch", "origin")
        assert head(server) == work.git("rev-parse", "main").strip()
        assert (server.fetches, server.pushes) == (1, 1)


def test_a_push_dropped_before_git_acted_changes_nothing(server: GitServer, work: FleetRepo) -> None:
    server.on(PUSH, Drop(acted=False))
    push_fails(work)
    assert head(server) == ""
    work.git("push", "origin", "main")
    assert head(server) == work.git("rev-parse", "main").strip()
    assert server.counts()[PUSH] == 2


@pytest.mark.parametrize("sent", [0, 0.5, 1])
def test_a_push_dropped_after_git_acted_is_done_though_the_client_fails(
    server: GitServer, work: FleetRepo, sent: float
) -> None:
    server.on(PUSH, Drop(acted=True, sent=sent))
    push_fails(work)
    assert head(server) == work.git("rev-parse", "main").strip()
    assert server.counts()[PUSH] == 1


@pytest.mark.parametrize("fault", [Drop(acted=False), Drop(acted=True)])
@pytest.mark.parametrize(("kind", "nth"), [(FETCH_REFS, 1), (FETCH, 1), (FETCH, 2)])
def test_a_fetch_dropped_at_any_request_fails_and_can_be_repeated(
    server: GitServer, work: FleetRepo, tmp_path: Path, kind: str, nth: int, fault: Drop
) -> None:
    work.git("push", "origin", "main")
    server.on(kind, fault, nth=nth)
    with pytest.raises(subprocess.CalledProcessError):
        work.git("clone", "-q", server.url("fleet.git"), str(tmp_path / "clone"))
    work.git("clone", "-q", server.url("fleet.git"), str(tmp_path / "clone"))


def test_an_unavailable_server_answers_again_after_so_many_times(server: GitServer, work: FleetRepo) -> None:
    server.on(PUSH_REFS, Refuse(503, "try later", (("Retry-After", "1"),)), times=2)
    assert "503" in push_fails(work)
    assert "503" in push_fails(work)
    work.git("push", "origin", "main")
    server.on(PUSH_REFS, Refuse(500), times=math.inf)
    assert "500" in push_fails(work)


def test_a_request_can_be_delayed(server: GitServer, work: FleetRepo) -> None:
    server.on(PUSH, Delay(0.3))
    started = time.monotonic()
    work.git("push", "origin", "main")
    assert time.monotonic() - started > 0.3


def test_somebody_can_push_between_a_clients_look_and_its_push(
    server: GitServer, work: FleetRepo, tmp_path: Path
) -> None:
    other = repo_with_a_commit(tmp_path / "other", server.url("fleet.git"))
    other.git("commit", "-q", "--amend", "-m", "other")
    server.on(PUSH, Meanwhile(lambda: other.git("push", "origin", "main")))
    assert "rejected" in push_fails(work)
    assert head(server) == other.git("rev-parse", "main").strip()


def test_a_push_of_a_client_that_is_killed_while_it_waits_is_still_done(server: GitServer, work: FleetRepo) -> None:
    waiting, dead = threading.Event(), threading.Event()
    server.on(PUSH, Meanwhile(waiting.set))
    server.on(PUSH, Meanwhile(lambda: dead.wait(10)))
    client = subprocess.Popen(["git", "push", "origin", "main"], cwd=work.root, start_new_session=True)
    assert waiting.wait(10)
    os.killpg(client.pid, signal.SIGKILL)
    assert client.wait() == -signal.SIGKILL
    dead.set()
    deadline = time.monotonic() + 10
    while not head(server) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert head(server) == work.git("rev-parse", "main").strip()


def test_a_failure_in_the_meantime_fails_the_test(tmp_path: Path) -> None:
    def fail() -> None:
        raise ValueError("this one")

    with pytest.raises(AssertionError, match="this one"), git_server(tmp_path / "server") as server:
        server.create("fleet.git")
        server.on(PUSH, Meanwhile(fail))
        assert "500" in push_fails(repo_with_a_commit(tmp_path / "work", server.url("fleet.git")))


def test_many_clients_are_served_at_once(server: GitServer, work: FleetRepo, tmp_path: Path) -> None:
    work.git("push", "origin", "main")
    all_are_there = threading.Barrier(5, timeout=20)
    server.on(FETCH_REFS, Meanwhile(all_are_there.wait), times=5)
    clients = [subprocess.Popen(["git", "ls-remote", "-q", server.url("fleet.git")]) for _ in range(5)]
    assert [client.wait() for client in clients] == [0] * 5


def test_at_the_end_nothing_of_it_runs_or_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "alive")
    with git_server(tmp_path / "server") as server:
        server.create("fleet.git")
        server.hook("fleet.git", "pre-receive", f"exec 3>{tmp_path}/alive\nsleep 1000")
        work = repo_with_a_commit(tmp_path / "work", server.url("fleet.git"))
        hanging = subprocess.Popen(["git", "push", "-q", "origin", "main"], cwd=work.root, stderr=subprocess.DEVNULL)
        alive = os.open(tmp_path / "alive", os.O_RDONLY)  # waits for the hook
    assert hanging.wait(timeout=5) != 0
    ended, _, _ = select.select([alive], [], [], 5)
    assert ended, "the hook still runs"
    os.close(alive)
    with pytest.raises(subprocess.CalledProcessError):
        work.git("ls-remote", "origin")
