"""The tree of a commit with some files changed: just the folders that lead to them are written anew.

Everything else is taken over by its id, unread, so that it costs the same in a repository of any size.

Commits that meshrev makes: of the index of a checkout, with trailers, signed where git is set up so.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from render.errors import OutsideError, wrong
from render.git.environment import NO_SETTINGS
from render.git.process import CODE, GitError, git, is_set, start
from render.git.trees import FOLDER, Entry, Repository

Changes = Mapping[str, Entry | None]  # by path from the root; None: the file goes


def tree_with(repository: Repository, root: str, changes: Changes) -> str:
    """Returns the id of the tree `root` with these files in it, which git has already.

    A folder without files goes. `InputError` where a file would have to be a folder, or a folder a file.
    """
    if not changes:
        return root
    # --missing: the objects are there, git wrote or named them itself.
    with start("mktree", "-z", "--batch", "--missing", folder=repository.root) as making:
        assert making.stdin
        assert making.stdout
        try:
            return _Making(repository, making.stdin, making.stdout).folder(root, changes, "") or _empty(making)
        finally:
            with suppress(BrokenPipeError):
                making.stdin.close()


def _empty(making: subprocess.Popen[bytes]) -> str:
    assert making.stdin
    assert making.stdout
    return _write(making.stdin, making.stdout, {})


class _Making:
    """Folders from below to above, each written once all those in it are."""

    def __init__(self, repository: Repository, asked: IO[bytes], told: IO[bytes]) -> None:
        self._repository = repository
        self._asked = asked
        self._told = told

    def folder(self, old: str | None, changes: Changes, path: str) -> str | None:
        """Returns the id of a folder with the changes below it, None where nothing is left in it."""
        entries = dict(self._repository.folder(old)) if old else {}
        below: dict[str, dict[str, Entry | None]] = {}
        for name, change in changes.items():
            first, _, rest = name.partition("/")
            if rest:
                below.setdefault(first, {})[rest] = change
            elif change is None:
                entries.pop(name, None)
            elif name in entries and entries[name][0] == FOLDER:
                raise wrong(CODE, "is a folder in this commit, and would have to be a file", file=path + name)
            else:
                entries[name] = change
        for name, inner in below.items():
            there = entries.get(name)
            if there and there[0] != FOLDER:
                if not any(inner.values()):
                    continue
                raise wrong(CODE, "is a file in this commit, and would have to be a folder", file=path + name)
            made = self.folder(there[1] if there else None, inner, f"{path}{name}/")
            if made:
                entries[name] = FOLDER, made
            else:
                entries.pop(name, None)
        return _write(self._asked, self._told, entries) if entries else None


def _write(asked: IO[bytes], told: IO[bytes], entries: Mapping[str, Entry]) -> str:
    with suppress(BrokenPipeError):  # that there is no answer tells
        for name, (mode, oid) in entries.items():
            kind = "tree" if mode == FOLDER else "commit" if mode == "160000" else "blob"
            asked.write(f"{mode} {kind} {oid}\t{name}\0".encode(errors="surrogateescape"))
        asked.write(b"\0")
        asked.flush()
    made = told.readline().strip().decode()
    if not made:
        raise OutsideError("git could not write a folder (git mktree): `git fsck` says what is wrong")
    return made


Trailer = tuple[str, str]


def with_trailers(root: Path, message: str, trailers: Iterable[Trailer]) -> str:
    """Returns the message as `git interpret-trailers` ends it with these trailers, in order; values are one line
    each."""
    arguments = [f"--trailer={key}: {' '.join(value.split())}" for key, value in trailers]
    # What people have configured for trailers of their own is not ours: where they go, what is done with equal ones,
    # and commands, which git runs for each trailer that has one, also where it is not among these.
    ours = ("--where=end", "--if-exists=add", "--if-missing=add")
    return git(
        "interpret-trailers", *ours, *arguments, folder=root, stdin=message.encode(), variables=NO_SETTINGS
    ).decode()


def commit_tree(root: Path, tree: str, parent: str | None, message: str, *, sign: bool = True) -> str:
    """Returns a commit of a tree, by whoever git is configured for; nothing refers to it yet. Without a parent, the
    first.

    Signed where `commit.gpgSign` says so, which `git commit-tree` leaves to its caller. `InputError` where git does
    not know who commits, or cannot sign.
    """
    parents = ["-p", parent] if parent else []
    signed = ["-S"] if sign and is_set(root, "commit.gpgSign") else []
    try:
        said = git("commit-tree", *signed, *parents, "-F", "-", tree, folder=root, stdin=message.encode())
    except GitError as error:
        raise wrong(CODE, _why(error, bool(signed))) from None
    return os.fsdecode(said).strip()


def _why(error: GitError, signed: bool) -> str:
    if any(words in error.said for words in ("user.email", "tell me who you are", "empty ident name")):
        return (
            "git does not know who commits: git config user.name NAME, git config user.email ADDRESS "
            "(or GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL)"
        )
    if signed:
        said = [line.strip() for line in error.said.splitlines() if line.strip()]
        return f"the commit cannot be signed, and commit.gpgSign asks for it: {'; '.join(said[:3])}"
    return str(error)
