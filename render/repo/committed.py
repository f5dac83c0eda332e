"""The files of a commit as specs are read, without checking anything out."""

from __future__ import annotations

from render.errors import wrong
from render.repo.trees import Repository, Side
from render.specs.reader import inside


class Committed:
    """The files of a commit below the current folder, as a `Reader`. Symbolic links are not followed."""

    def __init__(self, repository: Repository, side: Side) -> None:
        self._repository = repository
        self._side = side
        self._files = repository.files(side, ["."])
        self._folders: dict[str, set[str]] = {"": set()}
        for path in self._files:
            while path:
                folder, _, name = path.rpartition("/")
                known = folder in self._folders
                self._folders.setdefault(folder, set()).add(name)
                if known:
                    break
                path = folder

    def read(self, path: str) -> bytes:
        plain = _plain(path)
        if plain not in self._files:
            raise wrong("MR001", f"does not exist in {self._side.name}", file=plain)
        return next(self._repository.read([self._files[plain]]))

    def is_file(self, path: str) -> bool:
        return _plain(path) in self._files

    def is_folder(self, path: str) -> bool:
        return _plain(path) in self._folders

    def entries(self, path: str) -> list[str]:
        return sorted(self._folders.get(_plain(path), ()))


def _plain(path: str) -> str:
    plain = inside(path)
    return "" if plain == "." else plain
