"""Patches in Kustomize's syntax on objects that no kustomization lists, each patch by itself.

What a patch does is what it does in a kustomization with these objects as its resources. A patch that names its object
must find it; one with a target may select nothing, of which a person hears.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from render.errors import InputError
from render.kustomize.budget import Budget
from render.kustomize.file import load
from render.kustomize.objects import Item, items
from render.kustomize.report import Report
from render.kustomize.transformers import patches
from render.kustomize.transformers.apply_patch import apply_patch

_OBJECTS, _KUSTOMIZATION = "objects.yaml", "kustomization.yaml"


@dataclass(frozen=True, slots=True)
class PatchProblem:
    """What came of the patch at a position of the list: it cannot be applied (`is_error`), or part of it does
    nothing."""

    index: int
    message: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class PatchedObjects:
    """The objects in their order, None for one that a patch deletes. One that no patch changes is the same."""

    objects: tuple[Mapping[str, Any] | None, ...]
    problems: tuple[PatchProblem, ...]


@dataclass(frozen=True, slots=True)
class _Texts:
    """A folder of these texts alone, by path."""

    texts: Mapping[str, bytes]

    def read(self, path: str) -> bytes:
        return self.texts[path]

    def is_file(self, path: str) -> bool:
        return path in self.texts

    def is_folder(self, path: str) -> bool:
        return path in ("", ".")

    def entries(self, path: str) -> list[str]:
        return sorted(self.texts) if self.is_folder(path) else []

    def links(self, path: str) -> tuple[str, ...]:  # noqa: ARG002 - a text is no link
        return ()


def patch_objects(
    objects: Sequence[bytes], entries: Sequence[Mapping[str, Any]], files: Mapping[str, bytes]
) -> PatchedObjects:
    """Returns the objects, each given as the YAML of one, after the patches, one after the other.

    `entries` are as under `patches` of a kustomization; `files` are the texts that they may name, by path.
    """
    texts = {_OBJECTS: b"---\n".join(objects), **files}
    found: list[Item] | None = None
    problems: list[PatchProblem] = []
    for index, entry in enumerate(entries):
        text = yaml.safe_dump({"patches": [dict(entry)]}, width=4096).encode()
        report = Report(_Texts({**texts, _KUSTOMIZATION: text}))
        if found is None:
            found = items(report.documents(_OBJECTS), report)
        found = _apply_one(found, report)
        for is_error, some in ((True, report.errors), (False, report.warnings)):
            problems += [PatchProblem(index, _words(one.message, one.file, one.object), is_error) for one in some]
    kept = {item.resource.origin.document: item.resource.data for item in found or ()}
    return PatchedObjects(tuple(kept.get(index) for index in range(len(objects))), tuple(problems))


def _apply_one(before: list[Item], report: Report) -> list[Item]:
    """Returns the objects after the one patch of the kustomization; as they were where it is wrong, and reported."""
    kustomization = load(_KUSTOMIZATION, report)
    work = Budget(report)
    found = before
    for entry in kustomization.patches:
        if (patch := patches.load(entry, kustomization, report)) is not None:
            try:
                found = apply_patch(patch, found, report, work)
            except InputError:  # too much of it, and reported
                return before
    return before if report.errors else found


def _words(message: str, file: str | None, title: str | None) -> str:
    at = f" ({file})" if file not in (None, _KUSTOMIZATION, _OBJECTS) else ""
    return f"{title} {message}{at}" if title else f"{message}{at}"
