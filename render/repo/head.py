"""The commit that is checked out."""

from __future__ import annotations

import os
import subprocess
from datetime import date
from functools import cache
from pathlib import Path

# What git sets for its hooks leads to another repository than that of the folder (`git rev-parse --local-env-vars`).
_FROM_HOOKS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE")


def authored_on(root: Path) -> date | None:
    """The day, in UTC, on which the commit at HEAD was authored; rebasing and merging leave it as it is.

    None where nothing is committed, `root` is in no repository, or there is no git.
    """
    command = ["git", "log", "-1", "--format=%ad", "--date=format-local:%Y-%m-%d"]
    try:
        done = subprocess.run(command, cwd=root, env={**_environment(), "TZ": "UTC"}, capture_output=True, check=True)
        return date.fromisoformat(done.stdout.decode().strip())
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None


@cache
def folders_at_head(folder: str) -> frozenset[str]:
    """The paths directly below a folder of the work tree (relative, as given) that the commit at HEAD has.

    Empty where nothing is committed, this is no repository, or there is no git.
    """
    command = ["git", "ls-tree", "--name-only", "-z", "HEAD", "--", f"{folder}/"]
    try:
        done = subprocess.run(command, env=_environment(), capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return frozenset()
    return frozenset(done.stdout.decode(errors="surrogateescape").split("\0")) - {""}


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key not in _FROM_HOOKS}
