"""What a path in a kustomization may lead to: files in its folder or below, other folders of the fleet."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from render.errors import InputError
from render.kustomize.reader import Reader, inside

_REMOTE = re.compile(
    r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|(?:github|gitlab)\.com/|git::|.*\?(?:.*&)?ref=", re.IGNORECASE
)


class PathError(Exception):
    """A path that cannot be used."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class PathTarget(NamedTuple):
    """What a path means, and whether that is a folder."""

    path: str
    is_folder: bool


def resource_path(path: str, folder: str, reader: Reader) -> PathTarget:
    """Returns what `path` in a kustomization in `folder` means, and whether that is a folder. Raises `PathError`."""
    found, is_folder = _path(path, folder, reader)
    if not is_folder:
        _check_below(path, found, folder, reader)
    return PathTarget(found, is_folder)


def folder_path(path: str, folder: str, reader: Reader) -> str:
    """Returns the folder that `path` in a kustomization in `folder` means. Raises `PathError`."""
    found, is_folder = _path(path, folder, reader)
    if not is_folder:
        raise PathError("MR002", f"{path} is a file where a folder should be")
    return found


def file_path(path: str, folder: str, reader: Reader) -> str:
    """Returns the file that `path` in a kustomization in `folder` means. Raises `PathError`."""
    found, is_folder = _path(path, folder, reader)
    if is_folder:
        raise PathError("MR002", f"{path} is a folder where a file should be")
    _check_below(path, found, folder, reader)
    return found


def path_behind_links(path: str, reader: Reader) -> str:
    """Returns where a path leads once symbolic links are followed. `InputError` where that is out of the fleet's
    root."""
    links = reader.links(path)
    return links[-1] if links else path


def is_below(path: str, folder: str) -> bool:
    """Returns whether a path lies in a folder or below it; both from the fleet's root, which is `.` or empty."""
    return folder in ("", ".") or path.startswith(f"{folder}/")


def _path(path: str, folder: str, reader: Reader) -> PathTarget:
    try:
        found = inside(posixpath.join(folder, path))
        if reader.is_folder(found):
            _check_same(path, found, folder, reader)
            return PathTarget(found, True)
        if reader.is_file(found):
            return PathTarget(found, False)
    except InputError as error:
        (finding,) = error.findings
        raise PathError(finding.code, f"{path} {finding.message}") from None
    if _REMOTE.match(path):
        message = f"{path} is on another machine; a fleet is rendered from its own repository alone, so copy it there"
        raise PathError("MR024", message)
    raise PathError("MR001", f"{path} does not exist")


def _check_below(path: str, found: str, folder: str, reader: Reader) -> None:
    """Kustomize reads no files from beside or above the folder (its load restrictor), so that it can be moved. What
    counts is where symbolic links lead: of the file and of the folder."""
    real = path_behind_links(found, reader)
    if not is_below(found, folder) or not is_below(real, path_behind_links(folder, reader)):
        leads = "" if real == found else f" leads to {real}, which"
        message = (
            f"{path}{leads} is not below the folder {folder}, where Kustomize reads files; refer to a folder instead"
        )
        raise PathError("MR032", message)


def _check_same(path: str, found: str, folder: str, reader: Reader) -> None:
    """Kustomize counts `..` from where a folder that is a symbolic link leads to; here it is counted from the link."""
    real = path_behind_links(folder, reader)
    if real == folder or not posixpath.normpath(path).startswith(".."):
        return
    other = posixpath.normpath(posixpath.join(real, path))
    if path_behind_links(inside(other), reader) != path_behind_links(found, reader):
        message = f"{path} is {other} to Kustomize, since {folder} is a symbolic link to {real}, and {found} without it"
        raise PathError("MR032", f"{message}; move the folder to where the link is")
