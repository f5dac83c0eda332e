"""The folder beside the tree, where meshrev keeps what is never committed: `<output>/.meshrev/`.

It is the state of one machine. Only commands that write the tree act on it.

    .gitignore    keeps all of it out of git
    lock          held by the process that writes
    journal       a change that is decided and not yet done
    staging/      files that are rendered and not yet in their place
    digests/      what is known to be unchanged; may be deleted at any time

It is below the output so that a file moves from it into the tree by one rename, on one file system.
"""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from render.errors import wrong
from render.tree.store.disk import unwritable, write_new
from render.tree.store.fleet_folder import FleetFolder

BESIDE = ".meshrev"
STAGING = f"{BESIDE}/staging"
JOURNAL = f"{BESIDE}/journal"
LOCK = f"{BESIDE}/lock"
DIGESTS = f"{BESIDE}/digests"
_IGNORE = f"{BESIDE}/.gitignore"
_TRIES = 20
_BETWEEN_TRIES = 0.05  # seconds
_EVERYTHING = b"*\n"


def make_beside(output: FleetFolder) -> list[Path]:
    """Makes the folder, and the output where it is missing; returns the folders made for that, the inner ones first."""
    made: list[Path] = []
    ignore = output / _IGNORE
    try:
        made.extend(folder for folder in (output.folder, *output.folder.parents) if not folder.exists())
        refuse_links(output)
        (output / BESIDE).mkdir(parents=True, exist_ok=True)
        if not ignore.is_file() or ignore.is_symlink() or ignore.read_bytes() != _EVERYTHING:
            ignore.unlink(missing_ok=True)  # whoever made it was killed, or the power went
            write_new(str(ignore), _EVERYTHING)
    except OSError as error:
        leave(output, made)
        raise unwritable(output, error) from None
    return made


def refuse_links(output: FleetFolder) -> None:
    """Raises an `InputError` where the output or the folder beside the tree is not a real folder."""
    for folder in (output.folder, *(output / name for name in (BESIDE, STAGING, DIGESTS))):
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            message = "is not a real folder: meshrev does not write through symbolic links; put a folder here"
            raise wrong("MR094", message, file=output.from_root(folder))


def clear_staging(output: FleetFolder) -> None:
    """Forgets what is staged. The workers of a run that was killed may still write there for a moment."""
    for attempt in range(_TRIES):
        try:
            shutil.rmtree(output / STAGING)
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or attempt == _TRIES - 1:
                raise
            time.sleep(_BETWEEN_TRIES)
        else:
            return


def leave(output: FleetFolder, made: Iterable[Path]) -> None:
    """Removes the folder where nothing in it is worth keeping, and those of the folders `made` that are empty."""
    with suppress(OSError):  # only tidies: what is left does no harm
        if [path.name for path in (output / BESIDE).iterdir()] == [Path(_IGNORE).name]:
            (output / _IGNORE).unlink()
        (output / BESIDE).rmdir()
        for folder in made:
            folder.rmdir()
