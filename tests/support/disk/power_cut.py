"""What a disk may hold after the power went, at any moment of a command that writes.

    writing = record(folder, work)
    for state in writing.states():
        state.build(elsewhere)
        ...  # the next command finds all as before the command, or as after it

A command's calls to the system are recorded, and the disk is kept beside as a model: which names each folder has, and
what each file holds. What a call did is on the disk for sure once its folder or file was synced, or the file system
was. What is not may be there or not, whatever came before or after it; a file that was written may be empty or hold
zeros. Only a renaming is never half there: the old name alone, both names, or the new name alone
(https://man7.org/linux/man-pages/man2/rename.2.html and fsync.2.html).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from render.tree.store import fsync

_ROOT = 0
Tree = Mapping[str, bytes | None]  # files with their bytes and folders with None, by path


@dataclass(frozen=True, slots=True)
class _Name:
    """A change of what one folder holds: the name gets a node, or loses the one that it had. Folders and files are
    nodes, by number. Those of one `call` that belong together (a renaming) share its number; what a renaming takes away
    is not there without what it puts."""

    call: int
    folder: int
    name: str
    node: int
    gone: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A disk: the names in each folder, the bytes of each file."""

    folders: Mapping[int, Mapping[str, int]]
    files: Mapping[int, bytes]

    def tree(self) -> Tree:
        """What can be reached from the root."""
        found: dict[str, bytes | None] = {}
        ahead = [("", _ROOT)]
        while ahead:
            path, node = ahead.pop()
            for name, inner in self.folders.get(node, {}).items():
                found[f"{path}{name}"] = self.files.get(inner)
                if inner not in self.files:
                    ahead.append((f"{path}{name}/", inner))
        return found


def build(tree: Tree, folder: Path) -> None:
    """Put a disk's files below a folder, which is not there yet."""
    folder.mkdir()
    for path, content in sorted(tree.items()):
        if content is None:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(content)


@dataclass(slots=True)
class Writing:
    """The model of a disk while a command writes to it: what it has for sure, and what it may have."""

    folders: dict[int, dict[str, int]] = field(default_factory=lambda: {_ROOT: {}})
    files: dict[int, bytes] = field(default_factory=dict)
    now: dict[str, int] = field(default_factory=lambda: {"": _ROOT})
    waiting: list[_Name] = field(default_factory=list)
    unsynced: dict[int, bytes] = field(default_factory=dict)
    found: dict[frozenset[tuple[str, bytes | None]], Tree] = field(default_factory=dict)
    calls: int = 0
    nodes: int = 0

    def states(self) -> Iterator[Tree]:
        """Every different disk that the power may have left."""
        yield from self.found.values()

    # What a command does

    def make(self, path: str, kind: Literal["file", "folder"]) -> None:
        if path in self.now:
            return
        self.nodes += 1
        self.now[path] = self.nodes
        if kind == "file":
            self.files[self.nodes] = b""
            self.unsynced[self.nodes] = b""
        else:
            self.folders[self.nodes] = {}
        self._change(_Name(self.calls, *self._place(path), self.nodes))

    def write(self, path: str, data: bytes) -> None:
        self.unsynced[self.now[path]] = data

    def rename(self, source: str, target: str) -> None:
        node = self.now[source]
        moved = {path: one for path, one in self.now.items() if path == source or path.startswith(f"{source}/")}
        puts, takes = _Name(self.calls, *self._place(target), node), _Name(self.calls, *self._place(source), node, True)
        for path in moved:
            del self.now[path]
        self.now |= {f"{target}{path.removeprefix(source)}": one for path, one in moved.items()}
        self._change(puts, takes)

    def remove(self, path: str) -> None:
        node = self.now.pop(path)
        self._change(_Name(self.calls, *self._place(path), node, True))

    def sync(self, path: str) -> None:
        """What `fsync` brings to the disk: a file's bytes, or a folder's names."""
        node = self.now[path]
        if node in self.unsynced:
            self.files[node] = self.unsynced.pop(node)
        self._settle(lambda change: change.folder == node)

    def sync_all(self) -> None:
        self.files |= self.unsynced
        self.unsynced.clear()
        self._settle(lambda change: True)

    def look(self) -> None:
        """Note the disks that the power may leave at this moment: without anything that is not there for sure, with all
        of it, with all but one and with only one of the calls that are not there for sure."""
        calls = sorted({change.call for change in self.waiting})
        chosen = [set(), set(calls), *({one} for one in calls), *(set(calls) - {one} for one in calls)]
        # Not every choice with every content: a content counts where its file can be reached.
        for some in chosen:
            for halves in (False, True):
                self._note([c for c in self.waiting if c.call in some and not (halves and c.gone)], "whole")
        for content in ("empty", "zeros", "half"):
            for some in (set(calls), *(set(calls) - {one} for one in calls[-3:])):
                self._note([c for c in self.waiting if c.call in some], content)

    def _note(self, changes: list[_Name], content: str) -> None:
        folders = {node: dict(names) for node, names in self.folders.items()}
        for change in changes:
            _apply(change, folders)
        spoilt: dict[str, Callable[[bytes], bytes]] = {
            "whole": lambda data: data,
            "empty": lambda data: b"",
            "zeros": lambda data: bytes(len(data)),
            "half": lambda data: data[: len(data) // 2],
        }
        files = self.files | {node: spoilt[content](data) for node, data in self.unsynced.items()}
        tree = State(folders, files).tree()
        self.found.setdefault(frozenset(tree.items()), tree)

    def _change(self, *changes: _Name) -> None:
        self.waiting += changes
        self.calls += 1

    def _settle(self, is_there: Callable[[_Name], bool]) -> None:
        for change in self.waiting:
            if is_there(change):
                _apply(change, self.folders)
        self.waiting = [change for change in self.waiting if not is_there(change)]

    def _place(self, path: str) -> tuple[int, str]:
        folder, _, name = path.rpartition("/")
        return self.now[folder], name


def _apply(change: _Name, folders: dict[int, dict[str, int]]) -> None:
    names = folders[change.folder]
    if not change.gone:
        names[change.name] = change.node
    elif names.get(change.name) == change.node:
        del names[change.name]


def record(folder: Path, work: Callable[[], object], *, synced: bool = True) -> Writing:
    """Do some work below a folder, all of which is on the disk before, and note what the power may leave of it. With
    `synced` false no sync does anything."""
    writing = Writing()
    for path in sorted(folder.rglob("*")):
        writing.make(path.relative_to(folder).as_posix(), "folder" if path.is_dir() else "file")
        if path.is_file():
            writing.write(path.relative_to(folder).as_posix(), path.read_bytes())
    writing.sync_all()
    with _recorded(folder, writing, synced):
        writing.look()
        work()
    return writing


@contextmanager
def _recorded(folder: Path, writing: Writing, synced: bool) -> Iterator[None]:
    """Tells the model of every call below a folder that changes something there, once it is done."""
    true = {name: getattr(os, name) for name in _TOLD}
    libc = fsync._libc

    def replacement(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            paths = [_full(argument, options) for argument in arguments[: 2 if name in ("rename", "replace") else 1]]
            result = true[name](*arguments, **options)
            inside = [os.path.relpath(path, folder) for path in paths if path.startswith(f"{folder}/")]
            if len(inside) == len(paths):
                _tell(writing, name, inside, arguments, synced)
            return result

        return call

    class Libc:
        def syncfs(self, descriptor: int) -> int:
            if synced:
                writing.sync_all()
            writing.look()
            return 0

    for name in _TOLD:
        setattr(os, name, replacement(name))
    fsync._libc = Libc  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in _TOLD:
            setattr(os, name, true[name])
        fsync._libc = libc


_TOLD = ("open", "write", "mkdir", "rename", "replace", "unlink", "rmdir", "fsync")


def _full(argument: Any, options: Mapping[str, Any]) -> str:
    """The whole path of what a call is about: a path, one below an open folder, or what is open itself."""
    if isinstance(argument, int):
        return str(Path(f"/proc/self/fd/{argument}").readlink())
    within = options.get("dir_fd")
    return str(Path(argument) if within is None else Path(f"/proc/self/fd/{within}").readlink() / argument)


def _tell(writing: Writing, name: str, paths: list[str], arguments: tuple[Any, ...], synced: bool) -> None:
    path = paths[0]
    if name == "open":
        if not arguments[1] & os.O_CREAT:
            return
        writing.make(path, "file")
    elif name == "write":
        writing.write(path, Path(f"/proc/self/fd/{arguments[0]}").read_bytes())
    elif name == "mkdir":
        writing.make(path, "folder")
    elif name in ("rename", "replace"):
        writing.rename(path, paths[1])
    elif name in ("unlink", "rmdir"):
        writing.remove(path)
    elif synced:
        writing.sync(path)
    writing.look()
