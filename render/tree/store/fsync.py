"""What a power cut takes: all that was written and is not on the disk yet. What brings it there, and in which order.

A system keeps what is written in memory, and takes it to the disk when it likes, in whatever order: after a power cut
a file may be empty, and a folder may not know of it. So each step of a change to the tree waits until the disk has
what the step counts on:

1. All that is staged, and the journal under another name, are written. Then their file system is synced.
2. The journal gets its name, and its folder is synced. From here on the change is decided; before, nothing of the tree
   has changed.
3. Files and folders are moved to their places and removed. Then their file system is synced.
4. What is staged is removed, then the journal, and its folder is synced: nobody does the steps again once others have
   changed the tree.

Whoever finishes a change of another command begins with the sync of step 2, which that one may not have come to. What
is noted of unchanged trees is written after a sync of the trees and of the specs beside them; the notes themselves are
not synced, and one that is empty or broken is as none. An observation is synced before it gets its name.

The file system is synced as a whole, since a fleet's first render writes tens of thousands of files: one by one they
would take several times as long (`benchmarks/durability.py`).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any


def sync_file_system(folder: Path) -> None:
    """Waits until all that was written to the file system of a folder is on the disk, by whichever process. OSError.

    https://man7.org/linux/man-pages/man2/syncfs.2.html
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if _libc().syncfs(descriptor):
            from ctypes import get_errno

            number = get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Waits until what a folder holds, by name, is on the disk. OSError.

    https://man7.org/linux/man-pages/man2/fsync.2.html
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@cache
def _libc() -> Any:
    from ctypes import CDLL  # for writers alone

    return CDLL(None, use_errno=True)
