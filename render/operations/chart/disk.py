"""Charts and their lock on the disk: written so that what is cut off leaves nothing that a render would take, and
compared with what was pulled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from render.charts.chart_folder import ChartFolder, lock_file
from render.charts.volatile import refuse_volatile
from render.errors import InputError, wrong
from render.finding import Finding, in_order
from render.operations.render.fleet import OpenFleet, open_fleet
from render.tree.store.fsync import sync_file_system

_STAGING = ".pulling"  # beside the charts; whatever lies in it was cut off


def write_charts(
    opened: OpenFleet, folder: str, charts: Mapping[str, Mapping[str, bytes]], lock: tuple[str, bytes]
) -> None:
    """Write charts, by the paths of their folders, below `folder`, and the lock (path and text) last.

    Call it with folders that are not there. `InputError` where nothing can be written; then nothing is left.
    """
    file, text = opened.root / lock[0], lock[1]
    if not charts and file.is_file() and file.read_bytes() == text:
        return
    _refuse_links(opened, [folder, *charts, lock[0]])
    with opened.lock():
        staging = opened.root / folder / _STAGING
        made: list[Path] = []
        try:
            shutil.rmtree(staging, ignore_errors=True)
            for number, files in enumerate(charts.values()):
                _write(staging / str(number), files)
            staging.mkdir(parents=True, exist_ok=True)
            (staging / "lock").write_bytes(text)
            sync_file_system(opened.root)
            for number, path in enumerate(charts):
                target = opened.root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                (staging / str(number)).rename(target)
                made.append(target)
            (staging / "lock").replace(file)
            sync_file_system(opened.root)
        except OSError as error:
            for target in made:
                shutil.rmtree(target, ignore_errors=True)
            raise _unwritable(opened, error) from None
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            _remove_empty(opened.root / folder)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def _remove_empty(folder: Path) -> None:
    """Removes a folder, and those of releases in it, where nothing is in them."""
    for inside in (*sorted(folder.glob("*")), folder):
        if inside.is_dir() and not inside.is_symlink() and not any(os.scandir(inside)):
            inside.rmdir()


def _refuse_links(opened: OpenFleet, paths: list[str]) -> None:
    for path in paths:
        if links := opened.reader.links(path):
            raise wrong(
                "MR094", "is a symbolic link: meshrev does not write through one; put a folder here", file=links[0]
            )


def _unwritable(opened: OpenFleet, error: OSError) -> InputError:
    at = Path(error.filename2 or error.filename or opened.root)
    file = at.relative_to(opened.root).as_posix() if at.is_relative_to(opened.root) else str(at)
    message = f"{(error.strerror or str(error)).lower()}: nothing was changed; set that right and pull again"
    return wrong("MR097", message, file=file)


@dataclass(frozen=True, slots=True)
class VerifiedCharts:
    """How many charts are as they were pulled, the lock that they are held to, and what is wrong with the others."""

    count: int
    lock: str
    findings: list[Finding]


def verify(root: Path) -> VerifiedCharts:
    """Returns how the charts of the fleet in `root` compare with their lock. Writes nothing. `InputError` for a broken
    lock."""
    opened = open_fleet(root)
    vendored = ChartFolder(opened.reader, opened.fleet.source.folder)
    findings, right = [], 0
    for one in vendored.locked:
        try:
            refuse_volatile(vendored.chart(one.chart, one.version), vendored.path(one.chart, one.version))
            right += 1
        except InputError as error:
            findings += error.findings
    locked = {vendored.path(one.chart, one.version) for one in vendored.locked}
    for version in opened.reader.entries(vendored.folder):
        for name in opened.reader.entries(f"{vendored.folder}/{version}") or [""]:
            path = f"{vendored.folder}/{version}/{name}".rstrip("/")
            if path not in locked:
                message = (
                    f"is not in {lock_file(vendored.folder)}, so nothing is rendered from it: pull it, or remove it"
                )
                findings.append(Finding("MR280", message, file=path))
    return VerifiedCharts(right, lock_file(vendored.folder), in_order(findings))
