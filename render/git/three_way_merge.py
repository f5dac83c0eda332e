"""Files as they were before a commit, with what others changed since kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from render.errors import wrong
from render.git.process import CODE, GitError, git
from render.git.trees import Repository
from render.tree.store.disk import temporary_folder

_EMPTY_TREE_OF = "mktree"  # of no entries: the parent of a history's first commit

_WAY_OUT = "take back what came after it first (`meshrev log` lists it), or edit it by hand"


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that a commit changed, by its path from the fleet's root; the ids of its blobs, None where it was not
    there."""

    path: str
    before: str | None
    after: str | None


def changed_files(root: Path, commit: str, parent: str | None) -> list[ChangedFile]:
    """Returns what a commit changed below `root`, against its first parent."""
    before = parent or os.fsdecode(git(_EMPTY_TREE_OF, folder=root, stdin=b"")).strip()
    listed = git(
        "diff-tree", "-r", "-z", "--no-renames", "--relative", "--full-index", before, commit, folder=root
    ).split(b"\0")
    found = []
    for about, path in zip(listed[0::2], listed[1::2], strict=False):
        _, _, old, new, _ = os.fsdecode(about).split()
        found.append(ChangedFile(os.fsdecode(path), _blob(old), _blob(new)))
    return found


def undo(repository: Repository, file: ChangedFile, now: bytes | None) -> bytes | None:
    """Returns the file `now` without what the commit did to it: as before where nobody changed it since, otherwise with
    the lines of others kept. None: it is not there (any more).

    `InputError` where others changed the same lines, or removed the file.
    """
    before, after = _content(repository, file.before), _content(repository, file.after)
    if now == after:
        return before
    if now == before:
        return now
    if now is None or before is None or after is None:
        what = "removed" if now is None else "changed"
        raise wrong(CODE, f"was {what} since: {_WAY_OUT}", file=file.path)
    with temporary_folder() as folder:
        names = [f"{folder}/{name}" for name in ("now", "after", "before")]
        for name, content in zip(names, (now, after, before), strict=True):
            Path(name).write_bytes(content)
        try:
            return git("merge-file", "--stdout", "--quiet", *names, folder=folder)
        except GitError:
            message = f"the lines that are to be taken back were changed since: {_WAY_OUT}"
            raise wrong(CODE, message, file=file.path) from None


def _blob(oid: str) -> str | None:
    return oid if oid.strip("0") else None


def _content(repository: Repository, oid: str | None) -> bytes | None:
    return next(repository.read([oid])) if oid else None
