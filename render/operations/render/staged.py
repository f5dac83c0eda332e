"""What a commit made now would hold: the check of it, and what of the tree it would miss."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from render.errors import InputError
from render.git.index import find_unstaged, index_copy, only_untracked
from render.operations.render.fleet import OpenFleet, open_fleet
from render.operations.render.result import ClusterResult, FleetResult, Progress
from render.operations.render.run import check, check_opened
from render.specs.fleet import overlay_folders
from render.tree.store.drift import own_files
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.read_inventory import read_inventory
from render.tree.store.state_folder import BESIDE


def check_staged(
    root: Path,
    names: Sequence[str] = (),
    progress: Progress | None = None,
    *,
    base: str | None = None,
    allow_unknown_values: bool = False,
) -> FleetResult:
    """As `check`, of what git's index holds: specs and tree as the next commit would have them.

    What is untracked, ignored, or changed since it was staged is not seen. Raises `InputError` as `check` does, and
    where there is no git work tree.
    """
    untracked = only_untracked(root)
    if untracked is not None:
        # The files are what is staged, unless one was read that is not in the index. Copying them all takes several
        # times as long as the check.
        with suppress(InputError):
            opened = open_fleet(root, allow_unknown_values=allow_unknown_values)
            result = check_opened(opened, names, progress, base)
            if not _uses_any(opened, untracked):
                return result
    with index_copy(root) as copy:
        return check(copy, names, progress, base=base, allow_unknown_values=allow_unknown_values)


def _uses_any(opened: OpenFleet, untracked: Iterable[str]) -> bool:
    """Returns whether a check can have seen one of these files, or files of these folders."""
    seen = [opened.fleet.output, *overlay_folders(opened.reader, opened.fleet), *opened.reader.outside]
    state = f"{opened.fleet.output}/{BESIDE}/"
    paths = [path for path in untracked if path != state]
    return any(
        f"{one}/".startswith(path.rstrip("/") + "/") or path.startswith(f"{one}/") for path in paths for one in seen
    )


@dataclass(frozen=True, slots=True)
class ToStage:
    """Files of the tree that the next commit would not have as they lie there. Paths from the fleet's root, sorted.

    `ignored` are those among them that git is told to ignore; `folders` are the clusters' folders that hold the others.
    """

    paths: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


def to_stage(root: Path, result: FleetResult) -> ToStage:
    """Returns what of the trees of the fleet in `root`, just rendered, is not in git's index. Nothing where there is no
    git."""
    folders = (*result.clusters, *result.shared)
    unstaged = find_unstaged(root, _output(folders[0])) if folders else None
    if unstaged is None:
        return ToStage()
    here = {*unstaged.changed, *unstaged.untracked}
    paths: set[str] = set()
    ignored: set[str] = set()
    dirty = []
    for folder in _folders_of(folders, {*here, *unstaged.removed, *unstaged.ignored}):
        inventory = read_inventory(FleetFolder(root, _output(folder)), folder.name)
        own = {f"{folder.folder}/{path}" for path in own_files(inventory)}
        # What is gone is in no inventory any more.
        gone = {path for path in unstaged.removed if path.startswith(f"{folder.folder}/")}
        ignored |= own & set(unstaged.ignored)
        if add := (own & here) | gone:
            paths |= add
            dirty.append(folder.folder)
    return ToStage(tuple(sorted(paths | ignored)), tuple(sorted(ignored)), tuple(dirty))


def _folders_of(folders: Iterable[ClusterResult], paths: Iterable[str]) -> list[ClusterResult]:
    """Returns the folders that hold one of the paths: of a thousand clusters those few have their inventories read."""
    parents = {parent.as_posix() for path in paths for parent in Path(path).parents}
    return [folder for folder in folders if folder.folder in parents]


def _output(folder: ClusterResult) -> str:
    return folder.folder.removesuffix(f"/{folder.name}")
