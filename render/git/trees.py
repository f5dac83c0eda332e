"""The files of a git revision or of the working tree, by their blob ids, without checking anything out.

Two sides are compared by ids, so that what is equal is never read; what has to be read, folders as well as files,
comes from one `git cat-file` for all of it. Paths are relative to the root that a repository is opened with, a
fleet's, which may lie inside the repository.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from render.errors import InputError, OutsideError, wrong
from render.git.environment import READING
from render.git.process import CODE, query, start
from render.messages import did_you_mean, one_line
from render.tree.store.disk import read_bytes

WORKING_TREE = "working tree"
REGULAR = ("100644", "100755")
FOLDER = "40000"
LINK = "120000"  # whose contents are where it leads
SUBMODULE = "160000"  # a commit of another repository
AT_ONCE = 200  # ids asked for before the answers are read: they fit into a pipe of 16 KiB, so neither side waits
SHALLOW = (
    "this clone is shallow, and older commits are not in it: `git fetch --unshallow` gets them "
    "(`fetch-depth: 0` for GitHub's checkout action, GIT_DEPTH: 0 for GitLab)"
)

Entry = tuple[str, str]  # the mode and the id of something in a folder


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a revision as it was named, and its commit (or the tree of one that is not made yet);
    None for the working tree."""

    name: str
    commit: str | None = None


class Repository:
    """The git repository around a folder, its `root` here, open for reading; a context manager."""

    def __init__(self, root: Path) -> None:
        # Raises InputError where there is none, or git is not installed.
        asked = ("--is-inside-work-tree", "--is-shallow-repository", "--show-object-format", "--show-prefix")
        said = os.fsdecode(query("rev-parse", *asked, folder=root)).split("\n")
        if said[0] != "true":
            raise wrong(CODE, "this folder is not in the work tree of a git repository")
        self.root = root
        self.is_shallow = said[1] == "true"
        self._hash = said[2]
        self.prefix = said[3]  # of `root` from the top of the repository, with a slash; empty at the top
        self._known: dict[str, tuple[str, Mapping[str, Entry]]] = {}  # folders with their ids, by id and by commit
        self._on_disk: dict[str, str] = {}  # blobs that only the working tree has, by their id
        self._in_memory: dict[str, bytes] = {}  # blobs that were rendered and not written, by their id
        self._batch: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._batch:
            self._batch.kill()
            self._batch.communicate()

    def side(self, name: str | None) -> Side:
        """Returns the commit that a revision's name means, the working tree for None. `InputError` where there is
        none."""
        if name is None:
            return Side(WORKING_TREE)
        if not name.startswith("-") and "\0" not in name:
            if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", name):
                with suppress(InputError):  # said of names that are none below
                    return Side(name, self._answers([f"{name}^{{commit}}"])[0][0])
            with suppress(InputError):
                found = query(
                    "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", folder=self.root
                )
                return Side(name, found.decode().split()[-1])
        raise wrong(CODE, self._unknown(name))

    def folders(self, side: Side, path: str) -> dict[str, str]:
        """Returns the folders in the folder `path` of a commit, each with the id of its tree: equal ids, equal
        contents."""
        there = self.entry(side, path)
        if there is None or there[0] != FOLDER:
            return {}
        return {name: oid for name, (mode, oid) in self.folder(there[1]).items() if mode == FOLDER}

    def files(self, side: Side, paths: Sequence[str]) -> dict[str, str]:
        """Returns all regular files below some folders (or these files themselves), by path, each with its blob id."""
        if side.commit is None:
            return self._working_files(paths)
        return {path: oid for path, (mode, oid) in self.entries(side, paths).items() if mode in REGULAR}

    def entries(self, side: Side, paths: Iterable[str], *, without: Collection[str] = ()) -> dict[str, Entry]:
        """Returns all that is no folder below some folders of a commit (or at these paths themselves), by path, in
        git's order; but for what lies below the folders `without`."""
        found: dict[str, Entry] = {}
        for path in sorted({posixpath.normpath(path) for path in paths}):
            entry = self.entry(side, path)
            if entry and entry[0] == FOLDER:
                start = "" if path == "." else f"{path}/"
                self._read_below(start, entry[1], without)
                found.update(self._below(start, entry[1], without))
            elif entry:
                found[path] = entry
        return found

    def entry(self, side: Side, path: str, *, from_root: bool = False) -> Entry | None:
        """Returns what a commit has at a path, None where it has nothing there; a path from `root`, or from the top of
        the repository."""
        assert side.commit
        found = FOLDER, self.tree(side.commit)
        for name in posixpath.normpath(path if from_root else f"{self.prefix}{path}").split("/"):
            if name == ".":
                continue
            there = self.folder(found[1]).get(name) if found[0] == FOLDER else None
            if there is None:
                return None
            found = there
        return found

    def tree(self, commit: str) -> str:
        """Returns the id of the tree of a commit."""
        if commit not in self._known:
            self._read_folders([f"{commit}^{{tree}}"])
            self._known[commit] = self._known[f"{commit}^{{tree}}"]
        return self._known[commit][0]

    def folder(self, oid: str) -> Mapping[str, Entry]:
        """Returns what lies directly in a folder, by name, in git's order."""
        if oid not in self._known:
            self._read_folders([oid])
        return self._known[oid][1]

    def _below(self, start: str, oid: str, without: Collection[str]) -> Iterator[tuple[str, Entry]]:
        for name, entry in self.folder(oid).items():
            if entry[0] != FOLDER:
                yield f"{start}{name}", entry
            elif f"{start}{name}" not in without:
                yield from self._below(f"{start}{name}/", entry[1], without)

    def _read_below(self, start: str, oid: str, without: Collection[str]) -> None:
        """Level by level: that is few questions, each for many folders."""
        level = {start: oid}
        while level:
            self.read_folders(level.values())
            level = {
                f"{path}{name}/": inner
                for path, one in level.items()
                for name, (mode, inner) in self._known[one][1].items()
                if mode == FOLDER and f"{path}{name}" not in without
            }

    def read_folders(self, ids: Iterable[str]) -> None:
        """Ask git at once for folders that are looked at one by one later."""
        self._read_folders([oid for oid in dict.fromkeys(ids) if oid not in self._known])

    def _read_folders(self, names: Sequence[str]) -> None:
        for first in range(0, len(names), AT_ONCE):
            some = names[first : first + AT_ONCE]
            for name, (oid, data) in zip(some, self._answers(some), strict=True):
                self._known[name] = oid, _entries(data, len(oid) // 2)

    def read(self, ids: Iterable[str]) -> Iterator[bytes]:
        """Yields the contents of blobs that `files` named, in the order of the ids."""
        remaining = iter(ids)
        while some := list(islice(remaining, AT_ONCE)):
            stored = [oid for oid in some if oid not in self._on_disk and oid not in self._in_memory]
            found = dict(zip(stored, self._read_stored(stored), strict=True))
            for oid in some:
                known = found.get(oid, self._in_memory.get(oid))
                yield self._from_disk(oid) if known is None else known

    def add_in_memory(self, data: bytes) -> str:
        """Returns the id by which `read` gives this data from now on. Nothing is written."""
        oid = self.blob_id(data)
        self._in_memory[oid] = data
        return oid

    def _working_files(self, paths: Sequence[str]) -> dict[str, str]:
        """Returns what the index has, but where the disk has something else. Git knows what was touched since without
        reading it, and keeps what a sparse checkout leaves out."""
        found = {}
        look = set()
        for entry in _split(query("ls-files", "-s", "-z", "--", *paths, folder=self.root)):
            about, _, path = entry.partition("\t")
            mode, oid, stage = about.split()
            if stage != "0":
                look.add(path)
            elif mode in REGULAR:
                found[path] = oid
        look.update(_split(query("ls-files", "-m", "-o", "-z", "--", *paths, folder=self.root)))
        for path in look:
            found.pop(path, None)
            if "/." in path:
                continue  # meshrev's own state; no file of the tree begins with a dot
            with suppress(OSError):  # removed, a folder, or a link, none of which is a file of the tree
                oid = self.blob_id(read_bytes(self.root / path))
                self._on_disk[oid] = path
                found[path] = oid
        return found

    def blob_id(self, data: bytes) -> str:
        """Returns the id that git would give it (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects)."""
        digest = hashlib.new(self._hash, b"blob %d\0" % len(data), usedforsecurity=False)
        digest.update(data)
        return digest.hexdigest()

    def _from_disk(self, oid: str) -> bytes:
        path = self._on_disk[oid]
        try:
            data = read_bytes(self.root / path)
        except OSError:
            data = b""
        if self.blob_id(data) != oid:
            raise OutsideError(f"{path} changed while it was compared: run the same command again")
        return data

    def _read_stored(self, ids: Sequence[str]) -> list[bytes]:
        return [data for _, data in self._answers(ids)]

    def _answers(self, names: Sequence[str]) -> list[tuple[str, bytes]]:
        """Returns the id and the contents of each object."""
        if not names:
            return []
        if self._batch is None:
            self._batch = start("cat-file", "--batch", folder=self.root, variables=READING)
        assert self._batch.stdin
        assert self._batch.stdout
        with suppress(BrokenPipeError):  # the first answer tells
            self._batch.stdin.write("".join(f"{name}\n" for name in names).encode())
            self._batch.stdin.flush()
        return [self._answer(self._batch.stdout, name) for name in names]

    def _answer(self, batch: IO[bytes], name: str) -> tuple[str, bytes]:
        said = batch.readline().split()
        if not said:
            raise OutsideError("git stopped while its objects were read: `git fsck` says what is wrong")
        if len(said) != 3:
            oid = name.partition("^")[0]
            raise wrong(
                CODE, SHALLOW if self.is_shallow else f"object {oid} is not in this clone: `git fsck` says more"
            )
        data = batch.read(int(said[2]))
        batch.read(1)
        return said[0].decode(), data

    def _unknown(self, name: str) -> str:
        shown = one_line(name) or "''"
        if name == "HEAD":
            return "there is no commit yet to compare with: `git commit` makes the first"
        if ".." in name:
            before, _, after = shown.replace("...", "..").partition("..")
            return f"{shown}: name the two sides one by one: `meshrev diff {before or 'HEAD'} {after or 'HEAD'}`"
        if self.is_shallow:
            return f"{shown} names no commit here: {SHALLOW}"
        names = query("for-each-ref", "--format=%(refname:short)", folder=self.root).decode(errors="replace").split()
        return f"{shown} names no commit of this repository{did_you_mean(name, names)}"


def _split(listed: bytes) -> list[str]:
    return [os.fsdecode(entry) for entry in listed.split(b"\0") if entry]


def _entries(data: bytes, width: int) -> dict[str, Entry]:
    """Returns what a tree object holds, by name; an id takes `width` bytes (git-mktree and git-cat-file tell the
    same)."""
    found = {}
    at = 0
    while at < len(data):
        end = data.index(b"\0", at)
        mode, _, name = data[at:end].partition(b" ")
        at = end + 1 + width
        found[os.fsdecode(name)] = mode.decode(), data[end + 1 : at].hex()
    return found
