"""The specs of one side of a comparison: of the working tree, or of a commit without checking it out."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from pathlib import Path

from render.errors import InputError, wrong
from render.operations.fleet import OpenFleet
from render.operations.inputs import Recording
from render.repo.trees import Repository, Side
from render.specs.clusters import load_cluster
from render.specs.fleet import load_fleet, overlay_folders
from render.specs.kinds import ClusterSpecs
from render.specs.reader import Reader, WorkingTree, inside


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


def specs_of(
    repository: Repository, side: Side, names: Collection[str]
) -> tuple[OpenFleet, dict[str, ClusterSpecs]] | None:
    """The fleet of a side and the specs of those of the named clusters that can be read; None without a fleet."""
    reader: Reader = Committed(repository, side) if side.commit else WorkingTree(Path())
    found: dict[str, ClusterSpecs] = {}
    try:
        opened = OpenFleet(load_fleet(reader), Recording(reader))
        folders = overlay_folders(reader, opened.fleet)
    except InputError:
        return None
    # A folder is usually called like its cluster: the others are read only where that finds too few.
    for folder in sorted(folders, key=lambda folder: posixpath.basename(folder) not in names):
        if len(found) == len(names):
            break
        try:
            specs, _ = load_cluster(opened.reader, opened.fleet, folder, opened.cache)
        except InputError:
            continue
        if specs.cluster.name in names:
            found[specs.cluster.name] = specs
    return opened, found


def _plain(path: str) -> str:
    plain = inside(path)
    return "" if plain == "." else plain
