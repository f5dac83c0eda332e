"""The patches of a kustomization, read: strategic merge patches and JSON patches."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from render.errors import InputError
from render.finding import Finding
from render.kustomize.kustomization import Kustomization, PatchEntry
from render.kustomize.objects import (
    DIRECTIVE,
    ResourceId,
    as_texts,
    identity,
    metadata_problem,
    problem_of,
)
from render.kustomize.paths import PathError, file_path
from render.kustomize.report import Report, Spot
from render.kustomize.transformers import json_patch, strategic_merge
from render.kustomize.transformers.patch_errors import PatchError, check_directives
from render.messages import value_text
from render.yamlio.documents import Document, parse_inside, with_text_in_braces
from render.yamlio.location import Place
from render.yamlio.positions import text_place

UNREADABLE = "MR028"
NO_EFFECT = "MR031"


@dataclass(frozen=True, slots=True)
class MergePatch:
    """A strategic merge patch; `id` is the object that it names, which is all that says what it is for where it
    `is_named`."""

    data: Mapping[str, Any]
    id: ResourceId
    at: Spot
    is_named: bool


@dataclass(frozen=True, slots=True)
class JSONPatch:
    """A JSON patch."""

    steps: tuple[json_patch.PatchOperation, ...]
    at: Spot


@dataclass(frozen=True, slots=True)
class Patch:
    """One entry of `patches`, read."""

    entry: PatchEntry
    parts: tuple[MergePatch | JSONPatch, ...]


def load(entry: PatchEntry, kustomization: Kustomization, report: Report) -> Patch | None:
    """Returns the patch of an entry; None, and reported, where it cannot be read."""
    try:
        place, documents = _documents(entry, kustomization, report)
        if documents and isinstance(documents[0].data, list):
            return Patch(entry, (_operations(entry, place, documents),))
        if not documents:
            raise _RefusedError("is empty; a patch is expected here", Spot(place))
        if entry.target and len(documents) > 1:
            raise _RefusedError("several patches in one text cannot have a target", entry.at.below("target"))
        return Patch(entry, tuple(_merge(document, place, entry, report) for document in documents))
    except _RefusedError as refused:
        report.error(UNREADABLE, str(refused), refused.at)
    except PathError as error:
        report.error(error.code, error.message, entry.at.below("path"))
    except InputError as error:
        report.add_failure(error)
    return None


class _RefusedError(Exception):
    def __init__(self, message: str, at: Spot) -> None:
        super().__init__(message)
        self.at = at


def _documents(entry: PatchEntry, kustomization: Kustomization, report: Report) -> tuple[Place, list[Document]]:
    """Returns where the patch is written and its documents. JSON patches go through Kustomize's YAML 1.1 parser."""
    if entry.path:
        file = file_path(entry.path, kustomization.folder, report.reader)
        documents = report.documents(file)
        if documents and isinstance(documents[0].data, list):
            _check_json(report.reader.read(file).decode(), file, lambda line, column: (line, column))
            documents = report.documents(file, yaml_1_1=True)
        return Place(file), documents
    place = Place(entry.at.place.file, entry.at.place.document, (*entry.at.path, "patch"))
    documents = parse_inside(entry.text, kustomization.text, place)
    if documents and isinstance(documents[0].data, list):
        above = len(entry.text) - len(entry.text.lstrip())
        lines = entry.text[:above].count("\n")
        _check_json(
            entry.text.strip(),
            place.file,
            lambda line, column: text_place(kustomization.text, place, line + lines, column),
        )
        documents = parse_inside(entry.text, kustomization.text, place, yaml_1_1=True)
    return place, documents


def _check_json(text: str, file: str, placed: Callable[[int, int], tuple[int, int]]) -> None:
    """Raises `InputError` for a list in brackets that is no JSON, as which Kustomize reads it."""
    if not text.startswith("["):
        return
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        line, column = placed(error.lineno, error.colno)
        message = "is not JSON, as which Kustomize reads a patch that begins with [; write it as a list of `- op: ...`"
        raise InputError([Finding(UNREADABLE, message, file=file, line=line, column=column)]) from None


def _spot(document: Document, place: Place) -> Spot:
    return Spot(place, (), document.index) if place.inside else Spot(document.place)


def _operations(entry: PatchEntry, place: Place, documents: list[Document]) -> JSONPatch:
    at = _spot(documents[0], place)
    if len(documents) > 1:
        raise _RefusedError("a JSON patch is one list; this is a second document", _spot(documents[1], place))
    if entry.target is None:
        raise _RefusedError("a JSON patch needs a target, which says what to patch", entry.at)
    try:
        return JSONPatch(json_patch.operations(documents[0].data), at)
    except PatchError as error:
        raise _RefusedError(error.message, at.below(*error.path)) from None


def _merge(document: Document, place: Place, entry: PatchEntry, report: Report) -> MergePatch:
    at, data = _spot(document, place), document.data
    if document.has_directive:
        raise _RefusedError(DIRECTIVE, at)
    if not isinstance(data, dict):
        message = f"a patch is a part of an object, or a list of JSON patch operations, not {value_text(data)}"
        raise _RefusedError(message, at)
    # With a target the apiVersion is of no meaning, and Kustomize does not ask for it.
    named = {"apiVersion": "v1", **data} if entry.target else data
    if (problem := problem_of(named)) is not None:
        why = "Kustomize wants one here even with a target; any will do" if entry.target else "it says what to patch"
        raise _RefusedError(f"is missing in the patch: {why}", at.below(*problem[0]))
    if (problem := metadata_problem(data)) is not None:
        raise _RefusedError(problem.message, at.below(*problem.path))
    try:
        check_directives(data)
    except PatchError as error:
        raise _RefusedError(error.message, at.below(*error.path)) from None
    metadata = {
        key: _texts(key, value, entry, at, report) if key in ("labels", "annotations") else value
        for key, value in data["metadata"].items()
        if not (entry.target and key in ("labels", "annotations") and not value)
    }
    # Where a merge looks, an empty value deletes as null does.
    empty = [found for found in document.empty if not strategic_merge.is_merged(named, found.path)]
    data = with_text_in_braces({**data, "metadata": metadata}, empty)
    return MergePatch(data, identity(named), at, is_named=entry.target is None)


def _texts(field: str, value: Any, entry: PatchEntry, at: Spot, report: Report) -> Any:
    """Returns labels and annotations of a patch as Kustomize reads them.

    With a target, all become text, nulls too: a null that should have deleted a label leaves it, as the text `null`.
    """
    if not isinstance(value, dict) or (field == "labels" and not entry.target):
        return value
    spot = at.below("metadata", field)
    texts: dict[str, Any] = as_texts(value, spot, report)
    for key in [key for key, text in value.items() if text is None]:
        if entry.target:
            message = f'does not delete: with a target Kustomize makes it the text "{texts[key]}"'
            report.warning(NO_EFFECT, f"{message} (write a JSON patch with remove)", spot.below(key))
        else:
            texts[key] = None
    return texts
