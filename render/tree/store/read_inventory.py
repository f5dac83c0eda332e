"""Reading back what the previous tree holds."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from render.areas import REVISIONS
from render.errors import InputError
from render.finding import Finding
from render.plan.inventory import Inventory, RevisionRecord
from render.tree.inventory import InventoryContent, parse_inventory
from render.tree.layout import INVENTORY, cluster_folder, revision_folder
from render.tree.store.disk import read_bytes, reading_errors
from render.tree.store.fleet_folder import FleetFolder


def rendered_clusters(output: FleetFolder) -> list[str]:
    """Returns the clusters that have a tree below `output`, by name: folders with an inventory."""
    with reading_errors(output):
        return [name for name in _folders(output.folder) if (output / name / INVENTORY).is_file()]


def read_inventory(output: FleetFolder, cluster: str) -> Inventory:
    """Returns the previous tree of `cluster`, empty where there is none. Paths are relative to the cluster's folder.

    Revisions are those listed and those found in the folder: one that somebody's merge left out of the list is
    not forgotten. One that is listed but gone is missing in `revisions` and still in `files`, by which
    `compare` knows. A broken line or a merge conflict is an `InputError` with all of them.
    """
    inventory, conflicts = _read(output, cluster)
    if conflicts:
        raise InputError(
            replace(found, severity="error", message="holds a merge conflict: `meshrev render` makes it anew")
            for found in conflicts
        )
    return inventory


class MergedInventory(NamedTuple):
    """An inventory, and which of its files a merge left conflicts in."""

    inventory: Inventory
    findings: tuple[Finding, ...]


def read_merged(output: FleetFolder, cluster: str) -> MergedInventory:
    """As `read_inventory`, but where a merge left conflicts, what either side lists is taken as known.

    Of two digests for one file the one that the file agrees with counts; of two records of a revision the first
    side's. The findings say which files held a conflict, for `render`, which makes them anew from the specs.
    """
    return _read(output, cluster)


def _read(output: FleetFolder, cluster: str) -> MergedInventory:
    with reading_errors(output):
        return _read_folder(output / cluster_folder(cluster), output.title(cluster_folder(cluster)))


def _read_folder(folder: Path, title: str) -> MergedInventory:
    findings: list[Finding] = []
    conflicts: list[Finding] = []

    listed = _read_content(folder, title, "", findings, conflicts)
    files = dict(_settle(folder, listed, findings, f"{title}/{INVENTORY}")) if listed else {}
    revisions: dict[str, RevisionRecord] = {}
    for name in _folders(folder / REVISIONS):
        inside = f"{REVISIONS}/{name}"
        said = _read_content(folder, title, f"{inside}/", findings, conflicts)
        if said is None:
            continue
        file = f"{title}/{inside}/{INVENTORY}"
        own = _settle(folder / inside, said, findings, file)
        if problem := _problem(said, inside):
            findings.append(Finding("MR091", problem, file=file))
            continue
        record = replace(said.records[0], files=dict(sorted(own.items())))
        revisions[record.name] = record
        if f"{inside}/{INVENTORY}" not in files:
            files[f"{inside}/{INVENTORY}"] = _digest(folder / inside / INVENTORY)
    if findings:
        raise InputError(findings)
    reasons = listed.reasons if listed else {}
    return MergedInventory(
        Inventory(dict(sorted(revisions.items())), dict(sorted(files.items())), reasons), tuple(conflicts)
    )


def _read_content(
    folder: Path, title: str, inside: str, findings: list[Finding], conflicts: list[Finding]
) -> InventoryContent | None:
    """Returns the inventory at `<folder>/<inside>inventory.jsonl`, None where there is none. `title` is the folder's
    name."""
    file = f"{title}/{inside}{INVENTORY}"
    try:
        text = read_bytes(folder / f"{inside}{INVENTORY}").decode()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        findings.append(Finding("MR091", "is not UTF-8: take this file from git", file=file))
        return None
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.EISDIR):
            raise
        findings.append(Finding("MR094", "expected a file here, not a folder or a symbolic link", file=file))
        return None
    said = parse_inventory(text, file, findings, in_revision=bool(inside))
    if said.conflict is not None:
        message = "held a merge conflict: what both sides list is taken as known, and the file is made anew"
        conflicts.append(Finding("MR092", message, file=file, line=said.conflict))
    return said


def _settle(folder: Path, said: InventoryContent, findings: list[Finding], file: str) -> dict[str, str]:
    """Returns one digest for each file. Two are a mistake, unless a merge brought them."""
    settled = {}
    for path, digests in said.files.items():
        if len(digests) == 1:
            settled[path] = digests[0]
        elif said.conflict is None:
            message = f"lists {path} with different digests: take this file from git"
            findings.append(Finding("MR091", message, file=file))
        else:
            with suppress(OSError):  # `compare` says what is wrong with it
                there = _digest(folder / path)
                settled[path] = there if there in digests else digests[0]
            settled.setdefault(path, digests[0])
    return settled


def _problem(said: InventoryContent, inside: str) -> str:
    """Returns what is wrong with a revision's inventory as a whole, empty where nothing is."""
    if not said.records:
        return "has no line that says which revision this is: take this file from git"
    if len(said.records) > 1 and said.conflict is None:
        return "says twice which revision this is: take this file from git"
    name = said.records[0].name
    if revision_folder(name) != inside:
        return f"is of revision {name}, which does not belong in {inside}: was the folder renamed or copied?"
    return ""


def _folders(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _digest(path: Path) -> str:
    return hashlib.sha256(read_bytes(path)).hexdigest()
