"""What is on the disk: a folder's files, a file's bytes, and why it could not be changed.

Everything that walks or writes the tree names files by plain text and calls the system directly: a fleet has
tens of thousands of them, and a `Path` for each costs more than the call.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from render.errors import InputError, OutsideError, wrong
from render.tree.store.fleet_folder import FleetFolder


@dataclass(frozen=True, slots=True)
class FolderContent:
    """What a folder holds, by path relative to it: regular files, folders, and all else (links, pipes, ...)."""

    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    odd: set[str] = field(default_factory=set)


def walk(folder: str | Path) -> FolderContent:
    """Everything below `folder`. Symbolic links are not followed. A missing folder is an OSError."""
    content = FolderContent()
    ahead = [""]
    while ahead:
        inside = ahead.pop()
        with os.scandir(f"{folder}/{inside}") as entries:
            for entry in entries:
                path = inside + entry.name
                if entry.is_dir(follow_symlinks=False):
                    content.folders.add(path)
                    ahead.append(f"{path}/")
                elif entry.is_file(follow_symlinks=False):
                    content.files.add(path)
                else:
                    content.odd.add(path)
    return content


def read_bytes(path: str | Path) -> bytes:
    """Returns a file's bytes. A symbolic link is not followed (ELOOP), a folder is EISDIR."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        parts = []
        while part := os.read(descriptor, 1 << 20):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def write_new(path: str, data: bytes) -> None:
    """Writes a file that was not there before."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)


def unwritable(output: FleetFolder, error: OSError, *, begun: bool = False) -> InputError:
    """Returns why the tree could not be changed, and what to do, in one line. `begun` says that the change had
    begun."""
    why = _WHY.get(error.errno or 0, (error.strerror or str(error)).lower())
    then = "the change is begun, and `meshrev render` finishes it" if begun else "nothing was changed"
    at = Path((error.filename2 or error.filename or output.folder) if begun else output.folder)
    message = f"{why}: {then}; set that right and run the same command again{full_disk(error, at)}"
    return wrong("MR097", message, file=output.from_root(at))


def full_disk(error: OSError, path: Path) -> str:
    """Returns which disk is full, in brackets after a space: that of a path; nothing for any other error."""
    return f" (the full disk: {mount_point(path)})" if error.errno in FULL else ""


def mount_point(path: Path) -> Path:
    """Returns the folder at which the file system is mounted that a path is on, or would be."""
    place = path.resolve()
    while not os.path.ismount(place):
        place = place.parent
    return place


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Makes a folder that is removed again, where the system keeps what is temporary.

    `OutsideError` where there is no such place, and where its disk is full before the folder is removed.
    """
    import tempfile  # few commands need one

    try:
        place = Path(tempfile.gettempdir())
    except FileNotFoundError as error:  # none that can be written
        raise OutsideError(f"{error.strerror}: make room in one, or name another with TMPDIR") from None
    try:
        with tempfile.TemporaryDirectory(prefix="meshrev-") as folder:
            yield Path(folder).resolve()
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise OutsideError(f"{place}: {_WHY[error.errno]}{full_disk(error, place)}") from None


@contextmanager
def reading_errors(output: FleetFolder) -> Iterator[None]:
    """Turns an OSError inside it into an `InputError` that says what cannot be read, and why."""
    try:
        yield
    except OSError as error:
        why = _WHY_UNREADABLE.get(error.errno or 0, (error.strerror or str(error)).lower())
        file = output.from_root(error.filename or output.folder)
        raise wrong("MR097", f"{why}: make it readable and run the same command again", file=file) from None


FULL = (errno.ENOSPC, errno.EDQUOT)
_WHY = {
    errno.ENOSPC: "no room is left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is larger than this process may write",
    errno.EROFS: "the file system can only be read",
    errno.EACCES: "no permission to write here",
    errno.EPERM: "no permission to write here",
}
_WHY_UNREADABLE = {errno.EACCES: "no permission to read this", errno.EPERM: "no permission to read this"}
