"""Some files of a commit in a folder of their own, where they can be changed and committed.

The folder is a linked worktree with its own index and a detached HEAD, kept in the repository's own `.git`, so that
nobody's working tree or index is touched and nothing is copied but the files that are asked for. Files that are not
asked for stay in its index, and so in every commit that is made of it. What a killed command leaves behind is taken
away by the next one.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from render.errors import OutsideError
from render.repo.alone import alone, common_folder
from render.repo.git import git

_AS_COMMITTED = ("core.autocrlf=false", "core.eol=lf")  # not with the line endings of this machine
_BESIDE = "meshrev"  # in the repository's common directory: linked worktrees, each with a lock that says it is in use


@contextmanager
def checkout(commit: str, wanted: Callable[[str], bool]) -> Iterator[Path]:
    """The root of a linked worktree at `commit`, with the files that are `wanted`, by path from the repository's root.

    It is gone at the end. Several commands can have one each.
    """
    common = common_folder()
    beside = common / _BESIDE
    try:
        beside.mkdir(exist_ok=True)
    except OSError as error:
        raise OutsideError(f"{beside}: {error.strerror}") from None
    name = f"meshrev-{os.getpid()}-{secrets.token_hex(4)}"
    folder, lock = beside / name, beside / f"{name}.lock"
    with alone(beside):
        _clear_left_behind(common)
        held = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with alone(beside):  # nobody else removes the folder of linked worktrees, empty until now, at this moment
            git("worktree", "add", "--quiet", "--no-checkout", "--detach", str(folder), commit)
        _fill(folder, commit, wanted)
        yield folder
    finally:
        with alone(beside):
            _remove(common, name)
        os.close(held)


def take(folder: Path, paths: Iterable[str]) -> None:
    """Take what the files at these paths, from the root of the checkout, are now into its index; removed ones too."""
    listed = "".join(f"{path}\0" for path in paths).encode(errors="surrogateescape")
    arguments = ("update-index", "--add", "--remove", "-z", "--stdin")
    git(*arguments, folder=folder, stdin=listed, settings=_AS_COMMITTED)


def _fill(folder: Path, commit: str, wanted: Callable[[str], bool]) -> None:
    git("read-tree", commit, folder=folder)
    listed = os.fsdecode(git("ls-files", "-z", folder=folder)).split("\0")
    here: list[str] = []
    elsewhere: list[str] = []
    for path in listed:
        if path:
            (here if wanted(path) else elsewhere).append(f"{path}\0")
    # Not "removed" but "not checked out", as in a sparse checkout (git-update-index, skip-worktree bit).
    git("update-index", "--skip-worktree", "-z", "--stdin", folder=folder, stdin=os.fsencode("".join(elsewhere)))
    arguments = ("checkout-index", "--quiet", "--index", "-z", "--stdin")
    git(*arguments, folder=folder, stdin=os.fsencode("".join(here)), settings=_AS_COMMITTED)


def _clear_left_behind(common: Path) -> None:
    """Remove what no living command holds."""
    for file in (common / _BESIDE).glob("*.lock"):
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            _remove(common, file.stem)
        finally:
            os.close(descriptor)


def _remove(common: Path, name: str) -> None:
    """Not with `git worktree remove`, which one that was cut off in the making would stop; nor with `prune`, which
    would take other people's with it. The lock goes last."""
    shutil.rmtree(common / _BESIDE / name, ignore_errors=True)
    shutil.rmtree(common / "worktrees" / name, ignore_errors=True)
    with suppress(OSError):
        (common / "worktrees").rmdir()
    with suppress(OSError):
        (common / _BESIDE / f"{name}.lock").unlink()
