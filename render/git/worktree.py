"""Some files of a commit in a folder of their own, where they can be changed and committed.

The folder is a linked worktree with its own index and a detached HEAD, kept in the repository's own `.git`, so that
nobody's working tree or index is touched and nothing is copied but the files that are asked for. Its index holds just
these, however large the repository is: a commit is made of what changed among them and of the commit's own folders.
What a killed command leaves behind is taken away by the next one.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from render.errors import OutsideError
from render.git.lock import alone, common_folder
from render.git.process import WRITES_MANY, git
from render.git.trees import FOLDER, Entry, Repository, Side
from render.tree.store.disk import full_disk

_AS_COMMITTED = ("core.autocrlf=false", "core.eol=lf")  # not with the line endings of this machine
_ATTRIBUTES = ".gitattributes"  # says how files are to be written and read, from any folder above them
_BESIDE = "meshrev"  # in the repository's common directory: linked worktrees, each with a lock that says it is in use


@dataclass(frozen=True, slots=True)
class Checkout:
    """A linked worktree: its root, and what its index holds of the commit, by path from there."""

    root: Path
    listed: Mapping[str, Entry]

    def stage(self, paths: Iterable[str]) -> dict[str, Entry | None]:
        """Take what the files at these paths are now into the index, removed ones too, as `git add` would.

        What in the index is not as in the commit, with what was taken before: None for what is not there any more.
        """
        listed = "".join(f"{path}\0" for path in paths).encode(errors="surrogateescape")
        arguments = ("update-index", "--add", "--remove", "-z", "--stdin")
        git(*arguments, folder=self.root, stdin=listed, settings=_AS_COMMITTED)
        now = {}
        for line in os.fsdecode(git("ls-files", "-s", "-z", folder=self.root)).split("\0")[:-1]:
            about, _, path = line.partition("\t")
            mode, oid, _ = about.split(" ")
            now[path] = mode, oid
        changed: dict[str, Entry | None] = {path: one for path, one in now.items() if self.listed.get(path) != one}
        return changed | dict.fromkeys(self.listed.keys() - now.keys())


def clear_left_behind(root: Path) -> None:
    """Remove what killed commands left in the repository around a folder.

    To be done before anything else is asked of git: HEAD of a linked worktree that is half made is no commit yet, and
    `git fetch` stops at it.
    """
    common = common_folder(root)
    if (common / _BESIDE).is_dir():
        with alone(common / _BESIDE):
            _clear(common)


@contextmanager
def checkout(repository: Repository, side: Side, wanted: Sequence[str]) -> Iterator[Checkout]:
    """Yields a linked worktree at a commit, with the files and folders that are `wanted`, by path from the root
    that the repository is opened with.

    It is given up at the end, and gone before the process ends. Several commands can have one each.
    """
    common = common_folder(repository.root)
    beside = common / _BESIDE
    try:
        beside.mkdir(exist_ok=True)
    except OSError as error:
        raise OutsideError(f"{beside}: {error.strerror}{full_disk(error, beside)}") from None
    name = f"meshrev-{os.getpid()}-{secrets.token_hex(4)}"
    folder, lock = beside / name, beside / f"{name}.lock"
    with alone(beside):
        _clear(common)
        held = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with alone(beside):  # nobody else removes the folder of linked worktrees, empty until now, at this moment
            git(
                "worktree",
                "add",
                "--quiet",
                "--no-checkout",
                "--detach",
                str(folder),
                side.commit or "",
                folder=repository.root,
            )
        yield Checkout(folder, _fill(folder, repository, side, wanted))
    finally:
        with alone(beside):
            _forget(common, name)
        # Beside what follows, such as the fast-forward, since thousands of files take seconds. The process does not end
        # before it; where it is killed, the next command does the rest.
        threading.Thread(target=_remove, args=(beside, name, held)).start()


def _fill(folder: Path, repository: Repository, side: Side, wanted: Sequence[str]) -> dict[str, Entry]:
    here = {f"{repository.prefix}{path}": entry for path, entry in repository.entries(side, wanted).items()}
    above = {f"{path[: path.rfind('/') + 1]}{_ATTRIBUTES}" for path in _with_folders_above(here)} - here.keys()
    attributes = {path: entry for path in above if (entry := repository.entry(side, path, from_root=True))}
    listed = here | {path: entry for path, entry in attributes.items() if entry[0] != FOLDER}
    lines = "".join(f"{mode} {oid}\t{path}\0" for path, (mode, oid) in listed.items())
    git("update-index", "-z", "--index-info", folder=folder, stdin=os.fsencode(lines))
    paths = os.fsencode("".join(f"{path}\0" for path in here))
    arguments = ("checkout-index", "--quiet", "--index", "-z", "--stdin")
    git(*arguments, folder=folder, stdin=paths, settings=(*_AS_COMMITTED, WRITES_MANY))
    return listed


def _with_folders_above(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        while path and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return found


def _clear(common: Path) -> None:
    """Remove what no living command holds."""
    for file in (common / _BESIDE).glob("*.lock"):
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:  # its owner was done just now
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        _forget(common, file.stem)
        _remove(common / _BESIDE, file.stem, descriptor)


def _forget(common: Path, name: str) -> None:
    """Take it out of git's list. Not with `git worktree remove`, which one that was cut off in the making would stop;
    nor with `prune`, which would take other people's with it."""
    shutil.rmtree(common / "worktrees" / name, ignore_errors=True)
    with suppress(OSError):
        (common / "worktrees").rmdir()


def _remove(beside: Path, name: str, held: int) -> None:
    """Remove the files, and last the lock, which says until then that somebody is at it."""
    shutil.rmtree(beside / name, ignore_errors=True)
    with suppress(OSError):
        (beside / f"{name}.lock").unlink()
    os.close(held)
