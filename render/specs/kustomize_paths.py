"""What a path in a kustomization may lead to: files in its folder or below, other folders of the fleet."""

from __future__ import annotations

import posixpath
import re

from render.errors import InputError
from render.specs.reader import Reader, inside

_REMOTE = re.compile(
    r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:|(?:github|gitlab)\.com/|git::|.*\?(?:.*&)?ref=", re.IGNORECASE
)


class PathError(Exception):
    """A path that cannot be used."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def folder_path(path: str, folder: str, reader: Reader) -> str:
    """The folder that `path` in a kustomization in `folder` means. Raises `PathError`."""
    found = _path(path, folder, reader)
    if reader.is_folder(found):
        return found
    raise PathError("MR001", f"{path} {'is a file, not a folder' if reader.is_file(found) else 'does not exist'}")


def file_path(path: str, folder: str, reader: Reader) -> str:
    """The file that `path` in a kustomization in `folder` means. Raises `PathError`; a missing file is not one.

    Kustomize reads no files from beside or above the folder (its load restrictor), so that a folder can be moved.
    """
    found = _path(path, folder, reader)
    if folder != "." and not found.startswith(folder + "/"):
        message = f"{path} is not below the folder {folder}, where Kustomize reads files; refer to a folder instead"
        raise PathError("MR032", message)
    return found


def _path(path: str, folder: str, reader: Reader) -> str:
    try:
        found = inside(posixpath.join(folder, path))
        is_there = reader.is_file(found) or reader.is_folder(found)
    except InputError as error:
        (finding,) = error.findings
        raise PathError(finding.code, f"{path} {finding.message}") from None
    if not is_there and _REMOTE.match(path):
        message = f"{path} is on another machine; a fleet is rendered from its own repository alone, so copy it there"
        raise PathError("MR024", message)
    return found
