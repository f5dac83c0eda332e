"""The files of a commit as specs are read, without checking anything out."""

from __future__ import annotations

import os
from collections.abc import Iterable

from render.errors import wrong
from render.git.trees import FOLDER, LINK, REGULAR, SUBMODULE, Entry, Repository, Side
from render.kustomize.reader import inside, resolve_links


class CommitReader:
    """The files of a commit below the root that the repository is opened with, as a `Reader`. Symbolic links are
    followed in the commit. What lies in a git submodule is out of the repository, and so an `InputError` for every
    question.

    A folder is read when it is first asked for, so that a large repository costs no more than what is looked at.
    """

    def __init__(self, repository: Repository, side: Side) -> None:
        self._repository = repository
        self._side = side
        self._ahead: dict[str, bytes] = {}
        self._targets: dict[str, str | None] = {}
        self._real: dict[str, tuple[str, tuple[str, ...]]] = {}

    def read_ahead(self, folders: Iterable[str], names: Iterable[str]) -> None:
        """Ask git at once for the files of these names in the folders, which are read one by one later."""
        entries = [entry for folder in folders if (entry := self._entry(folder))]
        self._repository.read_folders([oid for mode, oid in entries if mode == FOLDER])
        there = [self._repository.folder(oid).get(name) for mode, oid in entries if mode == FOLDER for name in names]
        ids = list(dict.fromkeys(one[1] for one in there if one and one[0] in REGULAR))
        self._ahead.update(zip(ids, self._repository.read(ids), strict=True))

    def read(self, path: str) -> bytes:
        found = self._entry(path)
        if found is None or found[0] not in REGULAR:
            plain = _plain(path)
            why = "does not exist" if self._target(plain) is None else "is a symbolic link that leads nowhere"
            raise wrong("MR001", f"{why} in {self._side.name}", file=plain)
        ahead = self._ahead.get(found[1])
        return next(self._repository.read([found[1]])) if ahead is None else ahead

    def is_file(self, path: str) -> bool:
        found = self._entry(path)
        return found is not None and found[0] in REGULAR

    def is_folder(self, path: str) -> bool:
        found = self._entry(path)
        return found is not None and found[0] == FOLDER

    def entries(self, path: str) -> list[str]:
        found = self._entry(path)
        if found is None or found[0] != FOLDER:
            return []
        there = self._repository.folder(found[1]).items()
        return sorted(name for name, (mode, _) in there if mode in (FOLDER, LINK, SUBMODULE, *REGULAR))

    def links(self, path: str) -> tuple[str, ...]:
        real, links = self._follow_links(_plain(path))
        return (*links, real) if links else ()

    def _entry(self, path: str) -> Entry | None:
        """Returns what a path leads to, once links are followed."""
        return self._repository.entry(self._side, self._follow_links(_plain(path))[0])

    def _follow_links(self, plain: str) -> tuple[str, tuple[str, ...]]:
        if plain not in self._real:
            self._real[plain] = resolve_links(plain, self._target)
        return self._real[plain]

    def _target(self, path: str) -> str | None:
        if path not in self._targets:
            found = self._repository.entry(self._side, path)
            if found and found[0] == SUBMODULE:
                message = "is a git submodule; meshrev edits and builds one repository: keep its files in this one"
                raise wrong("MR175", message, file=path)
            is_link = found is not None and found[0] == LINK
            self._targets[path] = os.fsdecode(next(self._repository.read([found[1]]))) if found and is_link else None
        return self._targets[path]


def _plain(path: str) -> str:
    plain = inside(path)
    return "" if plain == "." else plain
