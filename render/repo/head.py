"""The commit that is checked out."""

from __future__ import annotations

import subprocess
from datetime import date
from functools import cache
from pathlib import Path

from render.repo.git import environment


def authored_on(root: Path) -> date | None:
    """The day, in UTC, on which the commit at HEAD was authored; rebasing and merging leave it as it is.

    None where nothing is committed, `root` is in no repository, or there is no git.
    """
    command = ["git", "log", "-1", "--format=%ad", "--date=format-local:%Y-%m-%d"]
    try:
        done = subprocess.run(command, cwd=root, env={**environment(), "TZ": "UTC"}, capture_output=True, check=True)
        return date.fromisoformat(done.stdout.decode().strip())
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None


def folders_at_head(folder: str) -> frozenset[str]:
    """The paths directly below a folder of the work tree (relative, as given) that the commit at HEAD has.

    Empty where nothing is committed, this is no repository, or there is no git.
    """
    return _folders_at_head(Path.cwd(), folder)


@cache
def _folders_at_head(here: Path, folder: str) -> frozenset[str]:
    command = ["git", "ls-tree", "--name-only", "-z", "HEAD", "--", f"{folder}/"]
    try:
        done = subprocess.run(command, cwd=here, env=environment(), capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return frozenset()
    return frozenset(done.stdout.decode(errors="surrogateescape").split("\0")) - {""}
