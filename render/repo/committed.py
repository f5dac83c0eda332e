"""The files of a commit as specs are read, without checking anything out."""

from __future__ import annotations

import os

from render.errors import wrong
from render.repo.trees import Repository, Side
from render.specs.reader import followed, inside


class Committed:
    """The files of a commit below the current folder, as a `Reader`. Symbolic links are followed in the commit."""

    def __init__(self, repository: Repository, side: Side) -> None:
        self._repository = repository
        self._side = side
        self._files, self._links = repository.files_and_links(side, ".")
        self._targets: dict[str, str] = {}
        self._folders: dict[str, set[str]] = {"": set()}
        for path in (*self._files, *self._links):
            while path:
                folder, _, name = path.rpartition("/")
                known = folder in self._folders
                self._folders.setdefault(folder, set()).add(name)
                if known:
                    break
                path = folder

    def read(self, path: str) -> bytes:
        plain = _plain(path)
        real, _ = self._followed(plain)
        if real not in self._files:
            why = "is a symbolic link that leads nowhere" if plain in self._links else "does not exist"
            raise wrong("MR001", f"{why} in {self._side.name}", file=plain)
        return next(self._repository.read([self._files[real]]))

    def is_file(self, path: str) -> bool:
        return self._followed(_plain(path))[0] in self._files

    def is_folder(self, path: str) -> bool:
        return self._followed(_plain(path))[0] in self._folders

    def entries(self, path: str) -> list[str]:
        return sorted(self._folders.get(self._followed(_plain(path))[0], ()))

    def links(self, path: str) -> tuple[str, ...]:
        real, links = self._followed(_plain(path))
        return (*links, real) if links else ()

    def _followed(self, plain: str) -> tuple[str, tuple[str, ...]]:
        return followed(plain, self._target) if self._links else (plain, ())

    def _target(self, path: str) -> str | None:
        if path not in self._links:
            return None
        if path not in self._targets:
            self._targets[path] = os.fsdecode(next(self._repository.read([self._links[path]])))
        return self._targets[path]


def _plain(path: str) -> str:
    plain = inside(path)
    return "" if plain == "." else plain
