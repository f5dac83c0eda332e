"""Writing a cluster's new files beside the tree, from where they are moved into it.

What a change to the tree is made of.
"""

# ruff: noqa: PTH103 (no Path for each file)

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Literal, NamedTuple

from render.tree.files import ClusterFiles
from render.tree.store.disk import unwritable, write_new
from render.tree.store.drift import Changes
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.state_folder import STAGING


def stage(output: FleetFolder, name: str, files: ClusterFiles, changes: Changes) -> StagedFolder:
    """Writes what `changes` adds and changes into the staging sub-folder `name`, and says which steps put it in place.

    Call it inside `lock(output)`; several processes may, each with a `name` of its own (letters and digits).
    Only files that differ are staged. A folder that is new to the tree is moved as a whole. Needs `changes`
    that are neither damaged nor blocked. A full or read-only disk is an `InputError`.
    """
    if changes.damaged or changes.blocked:
        raise ValueError(f"{changes.cluster} cannot be written: its tree is damaged or blocked")
    inside = f"{name}/{changes.cluster}"
    fresh = sorted((*changes.added, *changes.changed))
    try:
        _write(f"{output.folder}/{STAGING}/{inside}", ((path, files.files[path].data) for path in fresh))
    except OSError as error:
        raise unwritable(output, error) from None
    return StagedFolder(changes.cluster, tuple(_steps(changes, fresh, inside)))


def _write(staging: str, fresh: Iterable[tuple[str, bytes]]) -> None:
    made = ""
    for path, data in fresh:
        folder = f"{staging}/{path.rpartition('/')[0]}"
        if folder != made:
            os.makedirs(folder, exist_ok=True)
            made = folder
        write_new(f"{staging}/{path}", data)


def _steps(changes: Changes, fresh: Iterable[str], inside: str) -> Iterable[Step]:
    cluster, there = changes.cluster, changes.folders
    if there is None:
        return [Step("move", cluster, inside)] if changes.added else []
    steps: dict[Step, None] = {}
    for path in fresh:
        new = _topmost_new(path, there)
        if new:
            steps[Step("move", f"{cluster}/{new}", f"{inside}/{new}")] = None
        else:
            steps[Step("put", f"{cluster}/{path}", f"{inside}/{path}")] = None
    for path in changes.removed:
        steps[Step("remove", f"{cluster}/{path}")] = None
    return steps


def _topmost_new(path: str, there: frozenset[str]) -> str:
    """Returns the highest folder on the way to `path` that is not there yet; empty where all are."""
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth])
        if folder not in there:
            return folder
    return ""


class Step(NamedTuple):
    """One move that leaves nothing half done, and that can be asked for twice.

    `put` moves a staged file to its place, over what is there; `move` does so with a folder that is new;
    `remove` takes a file away. `target` is relative to the output, `staged` to its staging folder.
    """

    what: Literal["put", "move", "remove"]
    target: str
    staged: str = ""


class StagedFolder(NamedTuple):
    """A cluster's change, ready to be committed; small, so that worker processes can hand it over."""

    cluster: str
    steps: tuple[Step, ...]
