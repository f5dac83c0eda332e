"""Patches applied, each to the objects that it is for.

A patch that names its object must find it, as in Kustomize. One with a target that selects nothing is silently
left out by Kustomize; here that is a warning, since it is mostly a mistyped name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from render.kustomize.budget import Budget
from render.kustomize.linked_labels import apply_links, outlasting
from render.kustomize.locate import is_quoted
from render.kustomize.objects import (
    Item,
    ResourceId,
    Rewriting,
    metadata_problem,
    problem_of,
    with_text_annotations,
)
from render.kustomize.report import Report, Spot
from render.kustomize.transformers import json_patch, strategic_merge
from render.kustomize.transformers.patch_errors import Context, Note, PatchError
from render.kustomize.transformers.patches import NO_EFFECT, JSONPatch, MergePatch, Patch
from render.messages import FieldPath, did_you_mean, field_text
from render.yamlio.location import value_at, without_entry
from render.yamlio.positions import is_tagged_float

NO_OBJECT = "MR027"
NOT_APPLIED = "MR029"
_NOTHING: Any = object()
HINTS = 20  # errors of a folder up to which the nearest name is looked for; all names with all take minutes


def apply_patch(patch: Patch, items: list[Item], report: Report, work: Budget) -> list[Item]:
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
