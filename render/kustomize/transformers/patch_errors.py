"""What can come of a patch besides a changed object: an error, or a part without effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from render.messages import FieldPath

# Kubernetes has these; Kustomize does not read them and leaves them in the object.
_NOT_READ = ("$retainKeys", "$setElementOrder/", "$deleteFromPrimitiveList/")


class PatchError(Exception):
    """A patch that cannot be applied; `path` leads to the part of the patch."""

    def __init__(self, path: FieldPath, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class Note:
    """A part of a patch that Kustomize applies without effect."""

    path: FieldPath
    message: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a merge says, and asks, besides the data.

    `notes` grows. `kept_text` is for a number, true or false at a path of the patch, where the object has text: what
    is written there, where Kustomize makes it text too (since the object's stands in quotes), otherwise None.
    """

    notes: list[Note]
    kept_text: Callable[[FieldPath], str | None]


def check_directives(patch: Any, path: FieldPath = ()) -> None:
    """Raises `PatchError` for a directive that Kustomize does not read."""
    if isinstance(patch, dict):
        for key, value in patch.items():
            if key.startswith(_NOT_READ):
                message = f"Kustomize does not read {key.rstrip('/')} and would leave it in the object; remove it"
                raise PatchError((*path, key), message)
            check_directives(value, (*path, key))
    elif isinstance(patch, list):
        for index, value in enumerate(patch):
            check_directives(value, (*path, index))
