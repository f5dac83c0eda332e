"""The files of a git revision or of the working tree, by their blob ids, without checking anything out.

Two sides are compared by ids, so that what is equal is never read; what has to be read comes from one
`git cat-file` for all of it. Paths are relative to the current folder, which may lie inside the repository.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import IO, Self

from render.errors import InputError, OutsideError, wrong
from render.repo.git import CODE, READING, environment, told
from render.specs.mistake import one_line
from render.specs.nearest import did_you_mean
from render.tree.disk import read_bytes

WORKING_TREE = "working tree"
AT_ONCE = 200  # ids asked for before the answers are read: they fit into a pipe of 16 KiB, so neither side waits
SHALLOW = (
    "this clone is shallow, and older commits are not in it: `git fetch --unshallow` gets them "
    "(`fetch-depth: 0` for GitHub's checkout action, GIT_DEPTH: 0 for GitLab)"
)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a revision as it was named, and its commit; None for the working tree."""

    name: str
    commit: str | None = None


class Repository:
    """The git repository around the current folder, open for reading; a context manager."""

    def __init__(self) -> None:
        # Raises InputError where there is none, or git is not installed.
        said = told("rev-parse", "--is-inside-work-tree", "--is-shallow-repository", "--show-object-format").split()
        if said[0] != b"true":
            raise wrong(CODE, "this folder is not in the work tree of a git repository")
        self._shallow = said[1] == b"true"
        self._hash = said[2].decode()
        self._on_disk: dict[str, str] = {}  # blobs that only the working tree has, by their id
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
        """The commit that a revision's name means, the working tree for None. `InputError` where there is none."""
        if name is None:
            return Side(WORKING_TREE)
        if not name.startswith("-") and "\0" not in name:
            with suppress(InputError):
                found = told("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
                return Side(name, found.decode().split()[-1])
        raise wrong(CODE, self._unknown(name))

    def folders(self, side: Side, path: str) -> dict[str, str]:
        """The folders in the folder `path` of a commit, each with the id of its tree: equal ids, equal contents."""
        found = {}
        for _, kind, oid, full in _entries(told("ls-tree", "-z", side.commit or "", "--", f"{path}/")):
            if kind == "tree":
                found[full.rpartition("/")[2]] = oid
        return found

    def files(self, side: Side, paths: Sequence[str]) -> dict[str, str]:
        """All regular files below some folders (or these files themselves), by path, each with its blob id."""
        if side.commit is None:
            return self._working_files(paths)
        listed = told("ls-tree", "-r", "-z", side.commit, "--", *paths)
        return {full: oid for mode, _, oid, full in _entries(listed) if mode in _REGULAR}

    def files_and_links(self, side: Side, path: str) -> tuple[dict[str, str], dict[str, str]]:
        """The regular files below a folder of a commit, and the symbolic links, by path, each with its blob id. A
        link's blob is where it leads."""
        files, links = dict[str, str](), dict[str, str]()
        for mode, _, oid, full in _entries(told("ls-tree", "-r", "-z", side.commit or "", "--", path)):
            if mode in _REGULAR:
                files[full] = oid
            elif mode == _LINK:
                links[full] = oid
        return files, links

    def read(self, ids: Iterable[str]) -> Iterator[bytes]:
        """The contents of blobs that `files` named, in the order of the ids."""
        remaining = iter(ids)
        while some := list(islice(remaining, AT_ONCE)):
            stored = [oid for oid in some if oid not in self._on_disk]
            found = dict(zip(stored, self._stored(stored), strict=True))
            for oid in some:
                yield found[oid] if oid in found else self._from_disk(oid)

    def _working_files(self, paths: Sequence[str]) -> dict[str, str]:
        """What the index has, but where the disk has something else. Git knows what was touched since without
        reading it, and keeps what a sparse checkout leaves out."""
        found = {}
        look = set()
        for entry in _split(told("ls-files", "-s", "-z", "--", *paths)):
            about, _, path = entry.partition("\t")
            mode, oid, stage = about.split()
            if stage != "0":
                look.add(path)
            elif mode in _REGULAR:
                found[path] = oid
        look.update(_split(told("ls-files", "-m", "-o", "-z", "--", *paths)))
        for path in look:
            found.pop(path, None)
            if "/." in path:
                continue  # meshrev's own state; no file of the tree begins with a dot
            with suppress(OSError):  # removed, a folder, or a link, none of which is a file of the tree
                oid = self._blob_id(read_bytes(path))
                self._on_disk[oid] = path
                found[path] = oid
        return found

    def _blob_id(self, data: bytes) -> str:
        """The id that git would give it (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects)."""
        digest = hashlib.new(self._hash, b"blob %d\0" % len(data), usedforsecurity=False)
        digest.update(data)
        return digest.hexdigest()

    def _from_disk(self, oid: str) -> bytes:
        path = self._on_disk[oid]
        try:
            data = read_bytes(path)
        except OSError:
            data = b""
        if self._blob_id(data) != oid:
            raise OutsideError(f"{path} changed while it was compared: run the same command again")
        return data

    def _stored(self, ids: Sequence[str]) -> list[bytes]:
        if not ids:
            return []
        if self._batch is None:
            pipe = subprocess.PIPE
            self._batch = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                stdin=pipe,
                stdout=pipe,
                stderr=subprocess.DEVNULL,
                env={**environment(), **READING},
            )
        assert self._batch.stdin
        assert self._batch.stdout
        with suppress(BrokenPipeError):  # the first answer tells
            self._batch.stdin.write("".join(f"{oid}\n" for oid in ids).encode())
            self._batch.stdin.flush()
        return [self._answer(self._batch.stdout, oid) for oid in ids]

    def _answer(self, batch: IO[bytes], oid: str) -> bytes:
        said = batch.readline().split()
        if not said:
            raise OutsideError("git stopped while its objects were read: `git fsck` says what is wrong")
        if len(said) != 3:
            raise wrong(CODE, SHALLOW if self._shallow else f"object {oid} is not in this clone: `git fsck` says more")
        data = batch.read(int(said[2]))
        batch.read(1)
        return data

    def _unknown(self, name: str) -> str:
        shown = one_line(name) or "''"
        if name == "HEAD":
            return "there is no commit yet to compare with: `git commit` makes the first"
        if ".." in name:
            before, _, after = shown.replace("...", "..").partition("..")
            return f"{shown}: name the two sides one by one: `meshrev diff {before or 'HEAD'} {after or 'HEAD'}`"
        if self._shallow:
            return f"{shown} names no commit here: {SHALLOW}"
        names = told("for-each-ref", "--format=%(refname:short)").decode(errors="replace").split()
        return f"{shown} names no commit of this repository{did_you_mean(name, names)}"


_REGULAR = ("100644", "100755")
_LINK = "120000"


def _split(listed: bytes) -> list[str]:
    return [os.fsdecode(entry) for entry in listed.split(b"\0") if entry]


def _entries(listed: bytes) -> Iterator[tuple[str, str, str, str]]:
    """Mode, kind, id and path of each line of `git ls-tree -z`."""
    for entry in _split(listed):
        about, _, path = entry.partition("\t")
        mode, kind, oid = about.split()
        yield mode, kind, oid, path
