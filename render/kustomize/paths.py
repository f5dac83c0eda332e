"""What a path in a kustomization may lead to: files in its folder or below, other folders of the fleet."""

from __future__ import annotations

import posixpath
import re

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


def resource_path(path: str, folder: str, reader: Reader) -> tuple[str, bool]:
    """What `path` in a kustomization in `folder` means, and whether that is a folder. Raises `PathError`."""
    found, is_folder = _path(path, folder, reader)
    if not is_folder:
        _check_below(path, found, folder)
    return found, is_folder


def folder_path(path: str, folder: str, reader: Reader) -> str:
    """The folder that `path` in a kustomization in `folder` means. Raises `PathError`."""
    found, is_folder = _path(path, folder, reader)
    if not is_folder:
        raise PathError("MR002", f"{path} is a file where a folder should be")
    return found


def file_path(path: str, folder: str, reader: Reader) -> str:
    """The file that `path` in a kustomization in `folder` means. Raises `PathError`."""
    found, is_folder = _path(path, folder, reader)
    if is_folder:
        raise PathError("MR002", f"{path} is a folder where a file should be")
    _check_below(path, found, folder)
    return found


def _path(path: str, folder: str, reader: Reader) -> tuple[str, bool]:
    try:
        found = inside(posixpath.join(folder, path))
        if reader.is_folder(found):
            return found, True
        if reader.is_file(found):
            return found, False
    except InputError as error:
        (finding,) = error.findings
        raise PathError(finding.code, f"{path} {finding.message}") from None
    if _REMOTE.match(path):
        message = f"{path} is on another machine; a fleet is rendered from its own repository alone, so copy it there"
        raise PathError("MR024", message)
    raise PathError("MR001", f"{path} does not exist")


def _check_below(path: str, found: str, folder: str) -> None:
    """Kustomize reads no files from beside or above the folder (its load restrictor), so that it can be moved."""
    if folder != "." and not found.startswith(folder + "/"):
        message = f"{path} is not below the folder {folder}, where Kustomize reads files; refer to a folder instead"
        raise PathError("MR032", message)
