"""Where specs are read from: the working tree, or a text that was given. A git tree has the same protocol.

Paths are relative to the fleet's root, with `/`. Nothing outside the root is ever read.
"""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from render.errors import InputError, wrong

LIMIT = 4 * 1024 * 1024  # bytes; the largest spec a person keeps, a bundle of CRDs, is about half of it

_WHY = {
    errno.EACCES: "may not be read (permission denied)",
    errno.ENOENT: "does not exist",
    errno.ENOTDIR: "does not exist",
    errno.ENAMETOOLONG: "has a name that is too long",
    errno.ELOOP: "is a symbolic link that leads nowhere",
}

_LEADS_OUT = "is a symbolic link that leads out of the fleet's root"
_MOST_LINKS = 40  # as many as Linux follows (path_resolution(7))


class Reader(Protocol):
    """Reads files below one root. `read` raises `InputError` with one finding; the others never raise for
    a path that is not there, only for one that leads outside."""

    def read(self, path: str) -> bytes: ...

    def is_file(self, path: str) -> bool: ...

    def is_folder(self, path: str) -> bool: ...

    def entries(self, path: str) -> list[str]:
        """Returns the names in a folder, sorted; empty where there is no such folder."""
        ...

    def links(self, path: str) -> tuple[str, ...]:
        """Returns the symbolic links that a path leads over, then where it leads; empty where there are none."""
        ...


def inside(path: str) -> str:
    """Returns the path without `.` and `..`. `InputError` when it is absolute or leads out of the root."""
    if path.startswith("/"):
        raise wrong("MR005", "is an absolute path; write it relative to the fleet's root", file=path)
    if "\0" in path or "\\" in path:
        raise wrong("MR005", "a path has '/' between its parts, and no other special characters", file=repr(path))
    plain = posixpath.normpath(path)
    if plain == ".." or plain.startswith("../"):
        raise wrong("MR005", "leads out of the fleet's root; only files below it are read", file=path)
    return plain


class ResolvedPath(NamedTuple):
    """Where a path leads, and the symbolic links on the way."""

    path: str
    links: tuple[str, ...]


def resolve_links(path: str, target: Callable[[str], str | None]) -> ResolvedPath:
    """Returns where a path without `..` leads once symbolic links are followed, and these links; `target` is what a
    link says, None for what is no link. One that leads to itself leads to a link still. `InputError` where it leads out
    of the root."""
    links: list[str] = []
    done, ahead = "", path.split("/")[::-1]
    while ahead:
        step = ahead.pop()
        if step == "..":
            if not done:
                raise wrong("MR005", _LEADS_OUT, file=path)
            done = posixpath.dirname(done)
        elif step not in ("", "."):
            done = f"{done}/{step}" if done else step
            to = target(done)
            if to is None:
                continue
            links.append(done)
            if to.startswith("/"):
                raise wrong("MR005", _LEADS_OUT, file=path)
            if len(links) > _MOST_LINKS:
                break
            done, ahead = posixpath.dirname(done), [*ahead, *to.split("/")[::-1]]
    return ResolvedPath(done, tuple(links))


class WorkingTree:
    """The files below a folder on disk, as they are now."""

    def __init__(self, root: Path) -> None:
        self._root = os.path.realpath(root)
        self._folders: dict[str, str] = {}  # a folder's real path, proved to be below the root

    def read(self, path: str) -> bytes:
        """Returns the file's bytes. `InputError` for a missing file, a folder, anything that is not a plain file,
        one above `LIMIT` (it is not read), one that may not be read, and one outside the root."""
        plain = inside(path)
        try:
            # O_NONBLOCK: opening a named pipe would otherwise wait for ever
            handle = os.open(self._real(plain), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise wrong("MR001", _WHY.get(error.errno or 0, f"cannot be read: {error.strerror}"), file=plain) from None
        try:
            about = os.fstat(handle)
            if stat.S_ISDIR(about.st_mode):
                raise wrong("MR002", "is a folder where a file should be", file=plain)
            if not stat.S_ISREG(about.st_mode):
                raise wrong("MR002", "is not a plain file (a pipe, socket or device)", file=plain)
            if about.st_size > LIMIT:
                raise _too_large(plain, about.st_size)
            content = os.read(handle, LIMIT + 1)
            if len(content) > LIMIT:  # it grew in between
                raise _too_large(plain, len(content))
            return content
        except OSError as error:
            raise wrong("MR004", f"cannot be read: {error.strerror}", file=plain) from None
        finally:
            os.close(handle)

    def is_file(self, path: str) -> bool:
        return os.path.isfile(self._real(inside(path)))  # noqa: PTH113 - a Path per look-up doubles the cost

    def is_folder(self, path: str) -> bool:
        return os.path.isdir(self._real(inside(path)))  # noqa: PTH112 - as above

    def entries(self, path: str) -> list[str]:
        try:
            return sorted(os.listdir(self._real(inside(path))))  # noqa: PTH208 - as above
        except OSError:
            return []

    def links(self, path: str) -> tuple[str, ...]:
        plain = inside(path)
        if os.path.normpath(self._real(plain)) == os.path.normpath(f"{self._root}/{plain}"):
            return ()
        real, links = resolve_links(plain, self._target)
        return (*links, real) if links else ()

    def _target(self, path: str) -> str | None:
        try:
            return os.readlink(f"{self._root}/{path}")  # noqa: PTH115
        except OSError:
            return None

    def _real(self, plain: str) -> str:
        """Returns where a path without `..` leads once links are followed; outside the root is an `InputError`."""
        folder, name = posixpath.split(plain)
        real_folder = self._folders.get(folder)
        if real_folder is None:
            real_folder = self._folders[folder] = self._below(os.path.realpath(f"{self._root}/{folder}"), plain)
        full = f"{real_folder}/{name}"
        return self._below(os.path.realpath(full), plain) if os.path.islink(full) else full  # noqa: PTH114 - as above

    def _below(self, real: str, plain: str) -> str:
        if real == self._root or real.startswith(self._root.rstrip("/") + "/"):
            return real
        raise wrong("MR005", _LEADS_OUT, file=plain)


@dataclass(frozen=True, slots=True)
class TextReader:
    """Texts that were handed over rather than read, such as standard input under the name `-`, before `rest`."""

    rest: Reader
    texts: Mapping[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        return self.texts[path] if path in self.texts else self.rest.read(path)

    def is_file(self, path: str) -> bool:
        return path in self.texts or self.rest.is_file(path)

    def is_folder(self, path: str) -> bool:
        return path not in self.texts and self.rest.is_folder(path)

    def entries(self, path: str) -> list[str]:
        return self.rest.entries(path)

    def links(self, path: str) -> tuple[str, ...]:
        return () if path in self.texts else self.rest.links(path)


def _too_large(path: str, size: int) -> InputError:
    return wrong("MR003", f"has {_megabytes(size)}; at most {_megabytes(LIMIT)} are read", file=path)


def _megabytes(size: int) -> str:
    tenths = -(-size * 10 // 1024 // 1024)  # rounded up: just above the limit is above it in the message too
    return f"{tenths // 10}.{tenths % 10} MiB".replace(".0 ", " ")
