"""One process at a time, where two in the same repository would be in each other's way.

The lock is on a folder itself, so that nothing is left behind; the system gives it back when a process ends in
whatever way.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from render.git.process import locate, text


@cache
def common_folder(root: Path) -> Path:
    """Returns the folder that all working trees share of the repository around `root`."""
    there = locate(root)
    return Path(there.common_folder if there else text("rev-parse", "--git-common-dir", folder=root))  # says why not


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process is inside such a block for this folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
