"""The patches of a kustomization: reading them, and applying each to the objects that it is for.

A patch that names its object must find it, as in Kustomize. One with a target that selects nothing is silently
left out by Kustomize; here that is a warning, since it is mostly a mistyped name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from render.errors import InputError
from render.finding import Finding
from render.kustomize.budget import Budget
from render.kustomize.file import Kustomization, PatchEntry
from render.kustomize.linked_labels import apply_links, outlasting
from render.kustomize.locate import is_quoted
from render.kustomize.objects import (
    DIRECTIVE,
    Item,
    ResourceId,
    Rewriting,
    as_texts,
    identity,
    metadata_problem,
    problem_of,
    with_text_annotations,
)
from render.kustomize.paths import PathError, file_path
from render.kustomize.report import Report, Spot
from render.kustomize.transformers import json_patch, strategic_merge
from render.kustomize.transformers.patch_errors import Context, Note, PatchError, check_directives
from render.messages import FieldPath, did_you_mean, field_text, value_text
from render.yamlio.documents import Document, parse_inside, with_text_in_braces
from render.yamlio.location import Place, value_at, without_entry
from render.yamlio.positions import is_tagged_float, text_place

NO_OBJECT = "MR027"
UNREADABLE = "MR028"
NOT_APPLIED = "MR029"
NO_EFFECT = "MR031"
_NOTHING: Any = object()
HINTS = 20  # errors of a folder up to which the nearest name is looked for; all names with all take minutes


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


def apply(patch: Patch, items: list[Item], report: Report, work: Budget) -> list[Item]:
    """Returns the objects with a patch applied; those that it neither names nor changes stay the same Python
    objects."""
    for part in patch.parts:
        chosen = _choose(patch, part, items, report)
        work.add_patch(len(items), len(chosen), patch.entry.at)
        if not chosen:
            continue
        patched = list[Item | None](items)
        for index in chosen:
            patched[index] = _apply_part(part, items[index], report)
        items = [item for item in patched if item is not None]
    return items


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


def _choose(patch: Patch, part: MergePatch | JSONPatch, items: list[Item], report: Report) -> list[int]:
    """Returns the positions of the objects that a part of a patch is for."""
    target = patch.entry.target
    if target is not None:
        chosen = [index for index, item in enumerate(items) if target.selects(item)]
        if not chosen:
            report.warning(NO_OBJECT, "selects no object, so the patch does nothing", patch.entry.at.below("target"))
        return chosen
    assert isinstance(part, MergePatch)
    chosen = [index for index, item in enumerate(items) if part.id == item.id or part.id in item.previous]
    if len(chosen) == 1:
        return chosen
    if chosen:
        message = f"is for {len(chosen)} objects: {', '.join(items[index].resource.title for index in chosen)}"
    else:
        hint = _nearest(part.id, items) if len(report.errors) < HINTS else ""
        message = f"{_title(part.id)} ({part.data['apiVersion']}) is not among the objects here{hint}"
    report.error(NO_OBJECT, message, part.at.below("metadata", "name"))
    return []


def _nearest(wanted: ResourceId, items: list[Item]) -> str:
    for item in items:
        if item.id[2:] == wanted[2:]:
            return f" (it is there as {item.resource.api_version})"
        if item.id._replace(namespace=wanted.namespace) == wanted:
            return f" (it is there in namespace {item.id.namespace})"
    names = [item.id.name for item in items if item.id.kind == wanted.kind]
    return did_you_mean(wanted.name, names)


def _apply_part(part: MergePatch | JSONPatch, item: Item, report: Report) -> Item | None:
    """Returns the patched object, None where the patch deletes it."""
    notes: list[Note] = []
    try:
        if isinstance(part, MergePatch):
            changed = _apply_merge(
                part, item, Context(notes, lambda path: _kept_text(part, item, path, report)), report
            )
        else:
            changed = _apply_operations(part, item, report)
    except PatchError as error:
        report.error(NOT_APPLIED, error.message, part.at.below(*error.path), item.resource.title)
        return item
    for note in notes:
        report.warning(NO_EFFECT, note.message, part.at.below(*note.path), item.resource.title)
    return changed


def _kept_text(merge: MergePatch, item: Item, path: FieldPath, report: Report) -> str | None:
    if is_tagged_float(
        report.reader.read(merge.at.place.file), merge.at.place, merge.at.path + path, merge.at.document
    ):
        return None  # the tag stays with it, and it is a number
    is_text = is_quoted(item.resource, path, merge.data, item.rewritten, report.reader)
    return report.source_text(merge.at.below(*path)) if is_text else None


def _apply_merge(merge: MergePatch, item: Item, context: Context, report: Report) -> Item | None:
    before, taken = _without_empty(item)
    data = strategic_merge.strategic_merge(before, merge.data, context)
    if data is None:
        return None
    for path in taken:
        if value_at(data, *path, missing=_NOTHING) is value_at(merge.data, *path, missing=_NOTHING) is _NOTHING:
            message = "is left empty, which Kustomize takes away with a patch of the object; write null to keep it"
            report.warning(NO_EFFECT, message, Spot(item.resource.origin, path), item.resource.title)
    item = replace(item, empty=()) if item.empty else item
    if item.previous and merge.data["metadata"].get("annotations", _NOTHING) is None:
        item = replace(item, previous=())  # Kustomize keeps former names among the annotations, and these go
    item = item.linking(outlasting(item.links, merge.data))
    changed = item.with_data(with_text_annotations(apply_links(item.links, before, data)), merge.at.place)
    # What it says already holds, but would not any more where somebody changed it below.
    return changed.with_place(merge.at.place) if changed is item and merge.is_named else changed


def _without_empty(item: Item) -> tuple[Mapping[str, Any], list[FieldPath]]:
    """Returns the object without what is left empty in it, as a merge leaves it, and where that was."""
    data: Any = item.resource.data
    taken = []
    for path in item.empty:
        if isinstance(path[-1], str) and value_at(data, *path) in (None, "") and strategic_merge.is_merged(data, path):
            data = without_entry(data, path)
            taken.append(path)
    return data, taken


def _apply_operations(operations: JSONPatch, item: Item, report: Report) -> Item:
    # Kustomize keeps notes of its own among the annotations while it builds, so that there always are some.
    metadata = item.resource.data["metadata"]
    data = {**item.resource.data, "metadata": {"annotations": {}, **metadata}}
    patched = json_patch.apply(data, operations.steps)
    if (problem := problem_of(patched)) is not None:
        raise PatchError((), f"leaves an object without {'.'.join(str(step) for step in problem[0])}")
    if (problem := metadata_problem(patched)) is not None:
        raise PatchError((), f"leaves an object whose {field_text(problem.path)} {problem.message}")
    changed = replace(item, empty=()).remembering().linking(())
    changed = changed.with_data(with_text_annotations(patched), operations.at.place)
    changed = replace(changed, rewritten=Rewriting(changed.resource.data, 1 + len(changed.resource.patches)))
    for field in ("kind", "name"):
        if getattr(changed.id, field) != getattr(item.id, field):
            raise PatchError((), f"changes the {field}, which meshrev keeps as written; {report.way_out}")
    return changed


def _title(id: ResourceId) -> str:
    return f"{id.kind}/{id.name}" if id.namespace[0] == "_" else f"{id.kind}/{id.namespace}/{id.name}"
