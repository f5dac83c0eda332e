"""The specs of one side of a comparison: of the working tree, or of a commit without checking it out."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from pathlib import Path

from render.errors import InputError
from render.operations.fleet import OpenFleet
from render.operations.inputs import Recording
from render.repo.committed import Committed
from render.repo.trees import Repository, Side
from render.specs.clusters import load_cluster
from render.specs.fleet import load_fleet, overlay_folders
from render.specs.kinds import ClusterSpecs
from render.specs.reader import Reader, WorkingTree


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
