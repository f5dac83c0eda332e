"""The promotable fleet on a git server, clones of it, and what must be so whatever happened."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo
from tests.support.git.server import GitServer

NAME = "fleet.git"
# Two that meet nowhere but in the history, each of one cluster.
CART = ("promote", "--namespace", "cart", "--to", "default", "--cluster", "eu")
CATALOG = ("promote", "--namespace", "catalog", "--to", "prod", "--cluster", "us")
CART_LABEL = "istio-injection: enabled"


def serve(server: GitServer, template: FleetRepo) -> FleetRepo:
    """The bare repository of the server, with the fleet in it."""
    path = server.create(NAME)
    template.git("push", "-q", str(path), "main")
    return FleetRepo(path)


def cloned(url: str, into: Path, *options: str, author: str = "Ada") -> FleetRepo:
    """A clone with somebody known to git."""
    subprocess.run(["git", "clone", "-q", *options, url, str(into)], check=True, capture_output=True)
    repo = FleetRepo(into)
    known_to_git(repo, author)
    return repo


def known_to_git(repo: FleetRepo, author: str = "Ada") -> None:
    with (repo.root / ".git/config").open("a") as config:
        config.write(f"[user]\n\tname = {author}\n\temail = {author.lower()}@example.com\n[gc]\n\tauto = 0\n")


def head(repo: FleetRepo, ref: str = "refs/heads/main") -> str:
    return repo.git("rev-parse", "--verify", ref).strip()


def subjects(repo: FleetRepo, ref: str = "main") -> list[str]:
    """Of the commits of a branch that came after the fleet, the newest first."""
    return repo.git("log", "--format=%s", ref).splitlines()[:-1]


def contents(repo: FleetRepo, path: str, ref: str = "main") -> str:
    return repo.git("show", f"{ref}:{path}")


@dataclass(frozen=True, slots=True)
class State:
    """All of a clone that belongs to the person: what is checked out, what refers to what, what lies there."""

    head: str
    refs: str
    status: str
    index: str
    files: dict[str, bytes]


def state(repo: FleetRepo) -> State:
    """Without the refs of meshrev, and those that follow the remote."""
    refs = repo.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags", "refs/stash")
    files = {
        file.relative_to(repo.root).as_posix(): file.read_bytes()
        for file in repo.root.rglob("*")
        if file.is_file() and ".git" not in file.relative_to(repo.root).parts
    }
    status = repo.git("status", "--porcelain", "--ignored")
    return State((repo.root / ".git/HEAD").read_text(), refs, status, repo.git("ls-files", "-s"), files)


def left_behind(repo: FleetRepo) -> list[str]:
    """What meshrev left in the repository beside commits."""
    common = repo.root / repo.git("rev-parse", "--git-common-dir").strip()
    found = [file.relative_to(common).as_posix() for file in common.glob("meshrev/*")]
    found += [line for line in repo.git("worktree", "list", "--porcelain").splitlines() if "meshrev-" in line]
    refs = repo.git("for-each-ref", "--format=%(refname)").split()
    found += [ref for ref in refs if "meshrev" in ref and not ref.startswith("refs/meshrev/fetched/")]
    return found


def at_once(*commands: tuple[FleetRepo, tuple[str, ...]]) -> list[tuple[int, str]]:
    """Run command lines at the same time; the exit code of each and what it printed."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "render", *arguments],
            cwd=repo.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for repo, arguments in commands
    ]
    said = [process.communicate()[0] for process in running]
    return [(process.returncode, out) for process, out in zip(running, said, strict=True)]
