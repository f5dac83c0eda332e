"""One writer at a time, and nobody sees a change half done."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from render.errors import OutsideError, wrong
from render.tree.store.disk import unwritable
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.journal import Recovery, finish_or_undo, is_unfinished
from render.tree.store.state_folder import JOURNAL, LOCK, clear_staging, leave, make_beside, refuse_links

_BETWEEN_TRIES = 0.05  # seconds


@contextmanager
def lock(output: FleetFolder, patience: float = 5.0) -> Iterator[Recovery | None]:
    """Alone with the tree, for a command that writes. What an earlier command left unfinished is settled first; the
    value says how. Staged files that were not committed are forgotten at the end.

    Waits for another writer up to `patience` seconds, then is an `OutsideError` that names it. The lock ends with
    the process, however that ends. The output is made where it is missing, and removed where it stays empty.
    """
    descriptor, made = _exclusive(output, patience)
    try:
        _sign(output, descriptor)
        yield finish_or_undo(output)
    finally:
        if not os.path.lexists(output / JOURNAL):
            with suppress(OSError):  # the next command clears what this one cannot
                clear_staging(output)
        with suppress(OSError):
            (output / LOCK).unlink()
        leave(output, made)
        os.close(descriptor)


@contextmanager
def hold_off_writers(output: FleetFolder, patience: float = 5.0) -> Iterator[None]:
    """For a command that only reads: keeps writers out while it lasts, and writes nothing.

    An `InputError` where a change is unfinished: what tells whether a tree is as it must be does not change it first.
    """
    descriptor = _take_shared(output, time.monotonic() + patience)
    try:
        if is_unfinished(output):
            message = "an earlier run was cut off while it wrote here: `meshrev render` finishes or undoes that first"
            raise wrong("MR220", message, file=output.title())
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _exclusive(output: FleetFolder, patience: float) -> tuple[int, list[Path]]:
    """Returns the lock, and the folders that were made for it."""
    deadline = time.monotonic() + patience
    made: list[Path] = []
    while True:
        made = make_beside(output) or made
        try:
            descriptor = os.open(output / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except FileNotFoundError:
            continue  # another process has just left
        except OSError as error:
            leave(output, made)
            raise unwritable(output, error) from None
        if _acquire(output, descriptor, fcntl.LOCK_EX, deadline):
            return descriptor, made


def _sign(output: FleetFolder, descriptor: int) -> None:
    """Says in the lock who holds it."""
    import socket  # for writers alone

    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
    except OSError as error:
        raise unwritable(output, error) from None


def _take_shared(output: FleetFolder, deadline: float) -> int | None:
    """Returns a lock against writers; None where nobody has written or is writing."""
    while True:
        try:
            refuse_links(output)
            descriptor = os.open(output / LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if _acquire(output, descriptor, fcntl.LOCK_SH, deadline):
            return descriptor


def _acquire(output: FleetFolder, descriptor: int, how: int, deadline: float) -> bool:
    """Waits for the lock. False where its file was removed meanwhile, by a writer that left: open it anew."""
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                holder = os.pread(descriptor, 1000, 0).decode(errors="replace") or "another process"
                os.close(descriptor)
                message = f"{output.title()} is in use by {holder}: wait for it to end, then try again"
                raise OutsideError(message) from None
            time.sleep(_BETWEEN_TRIES)
    with suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(descriptor), (output / LOCK).stat()):
            return True
    os.close(descriptor)
    return False
