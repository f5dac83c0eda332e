"""All or nothing: a change is decided by one rename, and from then on carried to its end, by whoever comes next.

Before the journal is in its place, nothing of the tree has changed and what is staged can be thrown away.
After it, every step moves one file or folder, may be repeated, and is repeated by the next command until
the journal is gone. This holds against a process that is killed and against a power cut: `sync` says what is on the
disk before what.
"""

# ruff: noqa: PTH103, PTH104, PTH105, PTH106, PTH108, PTH120 (no Path for each file)

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from render.errors import InputError, wrong
from render.finding import Finding
from render.tree.store.disk import read_bytes, unwritable, walk, write_new
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.fsync import sync_file_system, sync_folder
from render.tree.store.staging import StagedFolder, Step
from render.tree.store.state_folder import BESIDE, JOURNAL, STAGING, clear_staging, refuse_links

Recovery = Literal["finished", "undone"]

_FORMAT = 1
_DRAFT = f"{STAGING}/.journal"
_RESERVE = f"{STAGING}/.reserve"
_A_FOLDERS_GROWTH = 16 * 1024  # bytes that one more name in a folder may need at most, at usual block sizes


def commit(output: FleetFolder, changes: Iterable[StagedFolder]) -> None:
    """Puts all that is staged in its place, of all clusters or of none.

    Call it inside `lock(output)`. What stands in the way (a link, a read-only folder, another file system) is
    an `InputError` before anything has changed.
    """
    steps = [step for staged in changes for step in staged.steps]
    if not steps:
        return
    folder = output.folder
    try:
        folders = _parents(steps)
        _check_folders(output, folders)
        os.makedirs(f"{folder}/{STAGING}", exist_ok=True)  # nothing is staged where files only go
        _reserve(output, len(folders))
        write_new(f"{folder}/{_DRAFT}", json.dumps({"format": _FORMAT, "steps": steps}).encode())
        sync_file_system(folder)
        os.rename(f"{folder}/{_DRAFT}", f"{folder}/{JOURNAL}")
    except OSError as error:
        raise unwritable(output, error) from None
    _carry_out(output, steps)


def is_unfinished(output: FleetFolder) -> bool:
    """Returns whether a command was cut off while it wrote."""
    return os.path.lexists(output / JOURNAL) or os.path.lexists(output / STAGING)


def finish_or_undo(output: FleetFolder) -> Recovery | None:
    """Finishes a change that was decided, throws away one that was not. Call it inside the lock."""
    if not is_unfinished(output):
        return None
    refuse_links(output)
    steps = _read(output) if os.path.lexists(output / JOURNAL) else None
    if steps is None:
        try:
            clear_staging(output)
            with suppress(FileNotFoundError):
                os.unlink(output / JOURNAL)
        except OSError as error:
            raise unwritable(output, error) from None
        return "undone"
    _check_folders(output, _parents(steps))
    _carry_out(output, steps)
    return "finished"


def _carry_out(output: FleetFolder, steps: Sequence[Step]) -> None:
    folder = output.folder
    try:
        sync_folder(output / BESIDE)
        with suppress(FileNotFoundError):
            os.unlink(output / _RESERVE)
        for step in steps:
            target, staged = f"{folder}/{step.target}", f"{folder}/{STAGING}/{step.staged}"
            if step.what == "remove":
                with suppress(FileNotFoundError):
                    os.unlink(target)
            elif step.what == "put":
                _put(staged, target)
            else:
                _move(staged, target)
        _remove_emptied(output, steps)
        sync_file_system(folder)
        clear_staging(output)
        with suppress(FileNotFoundError):
            os.unlink(output / JOURNAL)
    except OSError as error:
        raise unwritable(output, error, begun=True) from None
    with suppress(OSError):  # all is in its place: a journal that came back would find nothing to do
        sync_folder(output / BESIDE)


def _put(staged: str, target: str) -> None:
    try:
        os.replace(staged, target)
    except FileNotFoundError:
        if os.path.lexists(staged):  # its folder is missing: somebody removed it since
            os.makedirs(os.path.dirname(target))
            os.replace(staged, target)


def _move(staged: str, target: str) -> None:
    try:
        _put(staged, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        # Somebody made the folder since it was found missing: what is theirs in it stays.
        for path in sorted(walk(staged).files):
            os.makedirs(os.path.dirname(f"{target}/{path}"), exist_ok=True)
            os.replace(f"{staged}/{path}", f"{target}/{path}")


def _remove_emptied(output: FleetFolder, steps: Iterable[Step]) -> None:
    """Removes folders that held removed files and are empty now, the inner ones first."""
    for folder in sorted(_with_outer({os.path.dirname(step.target) for step in steps if step.what == "remove"}))[::-1]:
        try:
            os.rmdir(output / folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT):
                raise


def _parents(steps: Iterable[Step]) -> set[str]:
    """Returns the folders that are changed, relative to the output; empty for itself."""
    return {os.path.dirname(step.target) for step in steps}


def _with_outer(folders: Iterable[str]) -> set[str]:
    """Returns the folders and those around them, but for the output."""
    every = set()
    for folder in folders:
        while folder and folder not in every:
            every.add(folder)
            folder = os.path.dirname(folder)
    return every


def _check_folders(output: FleetFolder, changed: Iterable[str]) -> None:
    """Raises an `InputError` for each folder that cannot be changed as the steps will."""
    device = os.lstat(output / BESIDE).st_dev
    changed = {_nearest(output, folder) for folder in changed}
    findings = []
    for folder in ("", *sorted(_with_outer(changed))):
        place = output / folder
        if problem := _folder_problem(place, device, folder in changed):
            findings.append(Finding("MR097", problem, file=output.from_root(place)))
    if findings:
        raise InputError(findings)


def _nearest(output: FleetFolder, folder: str) -> str:
    """Returns the folder, or where it is missing the one around it in which it will be made."""
    while folder and not os.path.lexists(output / folder):
        folder = os.path.dirname(folder)
    return folder


def _folder_problem(place: Path, device: int, is_changed: bool) -> str:
    about = os.lstat(place)
    if not stat.S_ISDIR(about.st_mode):
        return "is not a real folder: meshrev does not write through symbolic links; put a folder here"
    if is_changed and about.st_dev != device:
        return "is on another file system than the output: keep the tree on one"
    if is_changed and not os.access(place, os.W_OK | os.X_OK):
        return "this folder cannot be written: nothing was changed; make it writable and run the same command again"
    return ""


def _reserve(output: FleetFolder, folders: int) -> None:
    """Takes the room that moving files into folders may still need, so that a full disk shows before the change."""
    descriptor = os.open(output / _RESERVE, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, folders * _A_FOLDERS_GROWTH)
    finally:
        os.close(descriptor)


def _read(output: FleetFolder) -> list[Step] | None:
    """Returns the steps of the journal, None where it is cut short: its writing was never finished, and nothing begun.

    They are this program's own, but are read with care: they name what to overwrite.
    """
    try:
        text = read_bytes(output / JOURNAL)
        # After a power cut a file may have less than was written, or zeros instead, where it was not synced.
        if not text.rstrip(b"\0").endswith(b"}"):
            return None
        journal = json.loads(text)
        if journal["format"] == _FORMAT:
            steps = [Step(*map(str, step)) for step in journal["steps"]]  # type: ignore[arg-type]  # judged below
            if all(map(_is_sound, steps)):
                return steps
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    message = (
        "another version of meshrev began a change here, or this file was edited: finish it with that version, "
        f"or remove {BESIDE} and take the tree from git"
    )
    raise wrong("MR097", message, file=output.title(JOURNAL))


def _is_sound(step: Step) -> bool:
    """Returns whether it stays inside the output: no part of a path may begin with a dot."""
    paths = [step.target] if step.what == "remove" else [step.target, step.staged]
    return step.what in ("put", "move", "remove") and all(
        part and not part.startswith(".") and "\0" not in part for path in paths for part in path.split("/")
    )
