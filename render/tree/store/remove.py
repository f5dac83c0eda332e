"""Taking a revision, or a whole cluster, out of the tree on the disk: exactly the files that their inventories list.

For a checkout that is thrown away when something fails, so there is no lock and no journal; a person's own working tree
is changed by `journal.commit` only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from render.areas import REVISIONS
from render.errors import InputError, wrong
from render.finding import Finding
from render.messages import did_you_mean
from render.plan.inventory import EMPTY
from render.tree.files import ClusterFiles
from render.tree.layout import INVENTORY, cluster_folder, revision_folder
from render.tree.store.disk import reading_errors, unwritable, walk
from render.tree.store.drift import compare
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.read_inventory import read_inventory, rendered_clusters

CODE = "MR172"


def remove_revision(output: FleetFolder, cluster: str, revision: str) -> list[str]:
    """Remove a revision's files, its inventory, and its line in the cluster's; their paths, `<output>/<cluster>/...`.

    `render` of that cluster then gives the tree without it: it writes `kustomization.yaml` and the inventory anew.
    Raises `InputError`, and then nothing is removed, where the cluster has no such revision, and where its folder
    holds what no inventory lists. Whether it may go is not asked here. Not to be killed in the middle of: see above.
    """
    inventory = read_inventory(output, cluster)
    record = inventory.revisions.get(revision)
    if record is None:
        guess = did_you_mean(revision, inventory.revisions)
        raise wrong(CODE, f"cluster {cluster} has no revision {revision}{guess}", file=output.title(cluster))
    inside = revision_folder(revision)
    with reading_errors(output):
        found = walk(output / cluster / inside)
    listed = {INVENTORY, *record.files}
    _refuse(output, f"{cluster}/{inside}", (found.files - listed) | found.odd | found.folders)
    there = sorted(f"{cluster}/{inside}/{name}" for name in found.files)
    try:
        _remove(output, there)
        _unlist(output / cluster / INVENTORY, f"{inside}/{INVENTORY}")
        with suppress(OSError):  # other revisions are in it
            (output / cluster / REVISIONS).rmdir()
    except OSError as error:
        raise unwritable(output, error, begun=True) from None
    return [output.title(path) for path in there]


def cluster_strangers(output: FleetFolder, cluster: str) -> tuple[str, ...]:
    """Returns what lies in a cluster's folder and no inventory lists, by path in it. `InputError` where it has no
    tree."""
    return _whole(output, cluster)[1]


def remove_cluster(output: FleetFolder, cluster: str) -> list[str]:
    """Remove a cluster's tree; the paths of its files, `<output>/<cluster>/...`.

    Raises `InputError`, and then nothing is removed, where there is no such tree, and where its folder holds what no
    inventory lists. Whether it may go is not asked here. Not to be killed in the middle of: see above.
    """
    own, strangers = _whole(output, cluster)
    _refuse(output, cluster, strangers)
    try:
        _remove(output, [f"{cluster}/{path}" for path in own])
    except OSError as error:
        raise unwritable(output, error, begun=True) from None
    return [output.title(f"{cluster}/{path}") for path in own]


def _whole(output: FleetFolder, cluster: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the files of a cluster's tree, and strangers."""
    inventory = read_inventory(output, cluster_folder(cluster))
    if inventory == EMPTY:
        known = rendered_clusters(output)
        guess = did_you_mean(cluster, known) or f" (it has {', '.join(known) or 'none'})"
        raise wrong(CODE, f"there is no cluster {cluster} in the tree{guess}", file=output.title())
    changes = compare(output, cluster, ClusterFiles(cluster), inventory)
    if changes.blocked:
        raise InputError(changes.blocked)
    return changes.removed, changes.strangers


def _refuse(output: FleetFolder, folder: str, strangers: Iterable[str]) -> None:
    message = "is in no inventory, so it is not meshrev's to remove: move it away first"
    found = [Finding(CODE, message, file=output.title(f"{folder}/{path}")) for path in strangers]
    if found:
        raise InputError(found)


def _remove(output: FleetFolder, paths: list[str]) -> None:
    """Remove files, and the folders that are empty then; never the output itself."""
    for path in paths:
        (output / path).unlink()
    folders = {parent for path in paths for parent in Path(path).parents if parent.parts}
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        with suppress(OSError):  # something else is in it
            (output.folder / folder).rmdir()


def _unlist(inventory: Path, path: str) -> None:
    """Take the line of a file out of an inventory; the others stay as they are."""
    lines = inventory.read_bytes().splitlines(keepends=True)
    kept = b"".join(line for line in lines if json.loads(line).get("file") != path)
    draft = inventory.with_name(f".{inventory.name}.{os.getpid()}")
    draft.write_bytes(kept)
    draft.replace(inventory)
