"""How the tree on the disk differs from what it is to be. Nothing is written here."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from render.areas import REVISIONS
from render.finding import Finding
from render.messages import count
from render.plan.inventory import Inventory
from render.tree.files import ClusterFiles
from render.tree.layout import INVENTORY, cluster_folder, revision_folder
from render.tree.store.disk import FolderContent, read_bytes, reading_errors, walk
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.state_folder import BESIDE

TURNED = "MR174"  # of findings about line endings
_CONFLICT = re.compile(rb"^<{7} ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DamagedFile:
    """A file of a frozen revision that is not as it was rendered. `file` is `<output>/<cluster>/...`, with `/`;
    `sha256` is what its bytes must have, empty where not even that is known."""

    file: str
    sha256: str
    how: Literal["removed", "changed", "in conflict", "other line endings"]

    def finding(self, commit: str | None = None) -> Finding:
        """Returns what a person reads; `commit` is one that has the file as it must be."""
        what = {
            "removed": "was removed since it was rendered",
            "changed": "was changed since it was rendered",
            "in conflict": "holds a merge conflict",
            "other line endings": "has other line endings than it was rendered with, as git makes them in this clone",
        }[self.how]
        take = f"git checkout {commit} -- {self.file}" if commit else "take it from the commit that rendered it"
        if self.how == "other line endings":  # git would make them again
            take = _as_committed(posixpath.dirname(self.file.partition(f"/{REVISIONS}/")[0]))
        digest = f" (sha256 {self.sha256})" if self.sha256 else ""
        return Finding("MR093", f"{what}, but its revision is frozen{digest}: {take}", file=self.file)


@dataclass(frozen=True, slots=True)
class Changes:
    """What `render` would do to a cluster's folder. Paths are relative to it, sorted.

    `added`, `changed` and `removed` are meshrev's own files; `conflicted` are those of `changed` that hold
    merge markers. `strangers` are files that no inventory lists: they stay. `damaged` are frozen files that
    are not as they were. `blocked` are errors: what stands where a file must go.
    `turned` are those of `changed` that differ in their line endings alone. `folders` are those that exist, None where
    the cluster has no folder yet.
    """

    cluster: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    conflicted: tuple[str, ...] = ()
    turned: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    damaged: tuple[DamagedFile, ...] = ()
    blocked: tuple[Finding, ...] = ()
    folders: frozenset[str] | None = None

    @property
    def none(self) -> bool:
        """Whether the tree is as it is to be."""
        return not (self.added or self.changed or self.removed or self.damaged or self.blocked)


class FolderChanges(NamedTuple):
    """The files of a folder, and how they differ from the tree."""

    files: ClusterFiles
    changes: Changes


def compare(output: FleetFolder, cluster: str, files: ClusterFiles, inventory: Inventory) -> Changes:
    """Returns how the folder of `cluster` below `output` differs from `files`; `inventory` says which files are
    meshrev's.

    A file that is not listed but stands where one must go is an error, unless it has the same bytes; so is a
    symbolic link on the way. A revision that is listed, gone, and not rendered either counts as damaged.
    """
    with reading_errors(output):
        return _compare(output, cluster, files, inventory)


def damaged_files(output: FleetFolder, cluster: str, frozen: Mapping[str, str]) -> tuple[DamagedFile, ...]:
    """Returns the files of frozen revisions, listed with their SHA-256, that are not so in the folder of `cluster`."""
    folder = output / cluster_folder(cluster)
    with reading_errors(output):
        found = walk(folder) if folder.is_dir() else FolderContent()
        return tuple(_damaged_files(folder, output.title(cluster_folder(cluster)), found, frozen))


def strangers(output: FleetFolder, clusters: Collection[str]) -> tuple[str, ...]:
    """Returns what lies directly below `output` and is no cluster's folder, by name, sorted."""
    with reading_errors(output):
        names = [path.name for path in output.folder.iterdir()] if output.folder.is_dir() else []
    return tuple(sorted(name for name in names if name != BESIDE and name not in clusters))


def about_strangers(output: FleetFolder, cluster: str, paths: Iterable[str]) -> list[Finding]:
    """Returns the warnings about files that meshrev did not write; `cluster` may be empty for those beside the
    clusters."""
    message = "is not in any inventory: it is left alone; if nobody needs it, remove it"
    return [Finding("MR096", message, file=output.title(f"{cluster}/{path}")) for path in paths]


def about_line_endings(output: FleetFolder, changes: Changes) -> list[Finding]:
    """Returns the warning that git turns the line endings of rendered files, which rendering them again would not
    mend."""
    if not changes.turned:
        return []
    message = (
        f"{count(len(changes.turned), 'file has', 'files have')} other line endings than they were rendered with, "
        f"as git makes them in this clone: "
        f"{_as_committed(output.title())}"
    )
    return [Finding(TURNED, message, file=output.title(changes.cluster))]


def _as_committed(output: str) -> str:
    return f"put `{output}/** -text` into .gitattributes, then rm -r {output} and git checkout -- {output}"


def _compare(output: FleetFolder, cluster: str, files: ClusterFiles, inventory: Inventory) -> Changes:
    folder = output / cluster_folder(cluster)
    where = output.title(cluster_folder(cluster))
    if not folder.is_symlink() and not folder.exists():
        lost = _lost_files(where, files, inventory)
        return Changes(
            cluster,
            added=tuple(sorted(files.files)),
            damaged=(*lost, *_damaged_files(folder, where, FolderContent(), files.frozen)),
        )
    if folder.is_symlink() or not folder.is_dir():
        return Changes(cluster, blocked=(_in_the_way(where),))

    found = walk(folder)
    known = own_files(inventory)
    added, changed, conflicted, turned = [], [], [], []
    expected = files.files.keys() | files.frozen.keys()
    in_the_way = _on_the_way(found, expected)
    blocked = [_in_the_way(f"{where}/{path}") for path in sorted(in_the_way)]
    for path, text in files.files.items():
        if path not in found.files:
            added.append(path)
            continue
        data = read_bytes(f"{folder}/{path}")
        if data == text.data:
            continue
        if path not in known:
            blocked.append(_stranger_in_the_way(f"{where}/{path}"))
            continue
        changed.append(path)
        if _CONFLICT.search(data):
            conflicted.append(path)
        elif data.replace(b"\r\n", b"\n") == text.data:
            turned.append(path)
    return Changes(
        cluster,
        added=tuple(sorted(added)),
        changed=tuple(sorted(changed)),
        removed=tuple(sorted((found.files & known) - expected)),
        conflicted=tuple(sorted(conflicted)),
        turned=tuple(sorted(turned)),
        strangers=tuple(sorted(((found.files - known) | found.odd) - expected - in_the_way)),
        damaged=(*_lost_files(where, files, inventory), *_damaged_files(folder, where, found, files.frozen)),
        blocked=tuple(blocked),
        folders=frozenset(found.folders),
    )


def own_files(inventory: Inventory) -> set[str]:
    """Returns every path that is meshrev's to change, relative to the cluster's folder."""
    own = {INVENTORY, *inventory.files}
    for record in inventory.revisions.values():
        folder = revision_folder(record.name)
        own.update(f"{folder}/{name}" for name in record.files)
    return own


def _on_the_way(found: FolderContent, paths: Set[str]) -> set[str]:
    """Returns what is no folder where one must be, and no file where one must be."""
    folders = {path.rpartition("/")[0] for path in paths}
    for folder in list(folders):
        while folder := folder.rpartition("/")[0]:
            folders.add(folder)
    return ((found.files | found.odd) & folders) | ((found.folders | found.odd) & paths)


def _in_the_way(file: str) -> Finding:
    message = "stands where meshrev keeps its own (a symbolic link, or a file for a folder): move it away"
    return Finding("MR094", message, file=file)


def _stranger_in_the_way(file: str) -> Finding:
    message = "is not in the inventory, so it is not meshrev's, but a rendered file must go here: move it away"
    return Finding("MR095", message, file=file)


def _lost_files(where: str, files: ClusterFiles, inventory: Inventory) -> list[DamagedFile]:
    """Returns revisions that are listed, could not be read any more, and are not rendered anew."""
    if not files.files:
        return []
    readable = {f"{revision_folder(name)}/{INVENTORY}" for name in inventory.revisions}
    listed = {path for path in inventory.files if path.startswith(f"{REVISIONS}/") and path.endswith(f"/{INVENTORY}")}
    return [
        DamagedFile(f"{where}/{path}", inventory.files[path], "removed")
        for path in sorted(listed - readable - files.files.keys())
    ]


def _damaged_files(folder: Path, where: str, found: FolderContent, frozen: Mapping[str, str]) -> list[DamagedFile]:
    wrong = []
    for path, digest in sorted(frozen.items()):
        how = _damage(f"{folder}/{path}", digest) if path in found.files else "removed"
        if how:
            wrong.append(DamagedFile(f"{where}/{path}", digest, how))
    return wrong


def _damage(file: str, digest: str) -> Literal["changed", "in conflict", "other line endings"] | None:
    data = read_bytes(file)
    if hashlib.sha256(data).hexdigest() == digest:
        return None
    if hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest() == digest:
        return "other line endings"
    return "in conflict" if _CONFLICT.search(data) else "changed"
