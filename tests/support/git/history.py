"""A repository whose commits have known times: each an hour after the one before."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tests.support.fleet_repo import FleetRepo

START = 1_780_000_000
ODD_TIMES = ("253402300800", "99999999999999999", "9" * 30, "-62135596801")  # the first: the year 10000 begins


class History:
    """`hours` is when the next commit is made, counted from `START`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.hours = 0
        root.mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, stdin: str = "") -> str:
        identity = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]
        stamp = f"{START + self.hours * 3600} +0200"
        env = {**os.environ, "GIT_COMMITTER_DATE": stamp, "GIT_AUTHOR_DATE": "1000000000 +0000"}
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=self.root,
            check=True,
            capture_output=True,
            text=True,
            input=stdin,
            env=env,
        )
        return done.stdout

    def commit(self, message: str = "change") -> str:
        """Everything as it lies there, in a commit; its hash."""
        self.hours += 1
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-F", "-", stdin=message)
        return self.head()

    def merge(self, branch: str, message: str) -> str:
        self.hours += 1
        self.git("merge", "-q", "--no-ff", "-m", message, branch)
        return self.head()

    def head(self) -> str:
        return self.git("rev-parse", "HEAD").strip()

    def time(self) -> datetime:
        """That of the last commit."""
        return self.at(START + self.hours * 3600)

    @staticmethod
    def at(stamp: int) -> datetime:
        return datetime.fromtimestamp(stamp, UTC)

    def message(self, subject: str, *trailers: str) -> str:
        """A commit message with trailers, as git writes them."""
        given = [part for trailer in trailers for part in ("--trailer", trailer)]
        return self.git("interpret-trailers", *given, stdin=f"{subject}\n\nWhy it was done.\n")


def at_time(repo: FleetRepo, stamp: str, message: str) -> None:
    """A commit of this time, as git takes it from another program, at the end of the branch."""
    tree, parent = repo.git("rev-parse", "HEAD^{tree}", "HEAD").split()
    who = f"t <t@example.com> {stamp} +0000"
    _replace_head(repo, f"tree {tree}\nparent {parent}\nauthor {who}\ncommitter {who}\n\n{message}")


def give_time(repo: FleetRepo, stamp: str) -> None:
    """Give the last commit another time."""
    text = repo.git("cat-file", "commit", "HEAD")
    _replace_head(repo, re.sub(r"^((?:author|committer) .*>) \d+ ", rf"\g<1> {stamp} ", text, flags=re.MULTILINE))


def _replace_head(repo: FleetRepo, commit: str) -> None:
    command = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    made = subprocess.run(command, cwd=repo.root, input=commit, text=True, check=True, capture_output=True).stdout
    repo.git("reset", "-q", made.strip())
