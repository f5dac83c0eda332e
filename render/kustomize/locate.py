"""Where a field of an object was written: in the object's own file, or in a patch.

From what is wrong with an object to a finding: the file, line and column where a person wrote it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from render.finding import Finding
from render.kustomize.merge_keys import Fields, KeyedList, keyed_lists
from render.kustomize.objects import Rewriting, keeps_writing
from render.kustomize.problem import Problem
from render.kustomize.reader import Reader
from render.kustomize.resource import Resource
from render.kustomize.transformers.patch_lists import element_key
from render.messages import FieldPath, field_text, one_line
from render.yamlio.documents import parse
from render.yamlio.location import Place, value_at
from render.yamlio.positions import has_quotes, inner_text, place_of
from render.yamlio.scalars import looks_like_no_text, needs_quotes

# What a merge patch has only to say which object it is for.
_IDENTITY: tuple[FieldPath, ...] = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))


class FilePosition(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int


def where(resource: Resource, path: FieldPath, reader: Reader) -> FilePosition:
    """File, line and column (from 1) of a field: in the last patch that set or removed it, otherwise in the origin.

    For a field that is nowhere, the place of the nearest mapping around it. `path` is that of the object as it is
    now; in lists whose elements merge by key, the element is found by its key.
    """
    best = _Hit((), -1, False)
    at = resource.origin, 0
    for place in (*reversed(resource.patches), resource.origin) if path else ():
        for document, data in _texts(place, reader):
            hit = _hit(data, resource.data, path, place is not resource.origin)
            if hit.is_set:
                return _position(place, hit.steps, document, reader)
            if hit.depth > best.depth or (hit.depth == best.depth and place is resource.origin):
                best, at = hit, (place, document)
    return _position(at[0], best.steps, at[1], reader)


class Writer(NamedTuple):
    """A place that sets or removes a field: which document of it (of an inline patch; else 0), the steps that lead to
    the field there, and whether it says so of this object alone: its own text, or a merge patch that names it."""

    place: Place
    document: int
    steps: FieldPath
    is_its_own: bool


def writers(resource: Resource, path: FieldPath, reader: Reader) -> list[Writer]:
    """Returns every place that sets or removes a field, in the order in which they apply: the last one decides."""
    found = []
    for place in (resource.origin, *resource.patches):
        for document, data in _texts(place, reader):
            hit = _hit(data, resource.data, path, place is not resource.origin)
            if hit.is_set:
                found.append(Writer(place, document, hit.steps, names(data, resource)))
    return found


def written_value(place: Place, document: int, steps: FieldPath, reader: Reader) -> Any:
    """Returns what is written at a place below these steps, None where nothing is."""
    return next((value_at(data, *steps) for index, data in _texts(place, reader) if index == document), None)


class PatchDocument(NamedTuple):
    """A document of a patch: the patch, and the number of the document in its text."""

    place: Place
    document: int


def merge_patches(resource: Resource, reader: Reader) -> list[PatchDocument]:
    """Returns the merge patches of an object that name it, in the order in which they apply, each with its document."""
    return [
        PatchDocument(place, document)
        for place in resource.patches
        for document, data in _texts(place, reader)
        if names(data, resource)
    ]


def names(data: Any, resource: Resource) -> bool:
    """Returns whether what is written is this object, or a patch that says which one it is for."""
    metadata = data.get("metadata") if isinstance(data, dict) else None
    if not isinstance(metadata, dict) or metadata.get("name") != resource.name:
        return False
    same_namespace = not metadata.get("namespace") or metadata.get("namespace") == resource.namespace
    return data.get("kind") == resource.kind and same_namespace


def is_quoted(
    resource: Resource, path: FieldPath, patch: Mapping[str, Any], rewritten: Rewriting | None, reader: Reader
) -> bool:
    """Returns whether the text that an object has, where a part of a merge patch goes, stands in quotes or in a block.

    `path` is that of the part in the patch. In Kustomize the first way of writing a value stays with its field, until a
    null takes the field away; what a JSON patch has `rewritten` has quotes where it would not be the same without.
    """
    now = {**resource.data, **patch}
    quoted: bool | None = None
    text: Any = None
    places = (resource.origin, *resource.patches)
    if rewritten is not None:
        places = places[rewritten.places :]
        hit = _hit(rewritten.data, now, path, False)
        if hit.is_set:
            text = value_at(rewritten.data, *hit.steps)
            quoted = _needs_quotes(text)
    for place in places:
        is_origin = place is resource.origin
        for document, data in _texts(place, reader):
            hit = _hit(data, now, path, False)
            if not hit.is_set:
                # Text such as `on` gets quotes in a merge that brings it along.
                quoted = quoted if quoted is None else quoted or looks_like_no_text(text)
                continue
            text = value_at(data, *hit.steps)
            if text is None and not is_origin:
                quoted = None
            elif quoted is None:
                has_own = has_quotes(reader.read(place.file), place, hit.steps, document)
                quoted = has_own or (_is_in_json(place, reader) if is_origin else looks_like_no_text(text))
    return _needs_quotes(value_at(resource.data, *path)) if quoted is None else quoted


def _needs_quotes(value: Any) -> bool:
    return isinstance(value, str) and needs_quotes(value)


def _is_in_json(place: Place, reader: Reader) -> bool:
    """Returns whether a place is in a list whose items Kustomize turns into JSON, which has text in quotes."""
    if not place.inside:
        return False
    text = reader.read(place.file)
    data = next(one.data for one in parse(text, place.file) if one.index == place.document)
    return len(place.inside) > 2 or not keeps_writing(data["kind"], replace(place, inside=()), text)


class _Hit(NamedTuple):
    """How far a text has a field: the steps that lead there in it, how many of the field's own path those are, and
    whether it says all about the field."""

    steps: FieldPath
    depth: int
    is_set: bool


def _position(place: Place, steps: FieldPath, document: int, reader: Reader) -> FilePosition:
    (line, column), _ = place_of(reader.read(place.file), place, steps, document)
    return FilePosition(place.file, line, column)


def _texts(place: Place, reader: Reader) -> Iterator[tuple[int, Any]]:
    """Yields what is written at a place: the documents of an inline patch, or one object or patch."""
    text = reader.read(place.file)
    inline = inner_text(text, place)
    if inline is not None:
        yield from ((document.index, document.data) for document in parse(inline, place.file))
        return
    data = next((document.data for document in parse(text, place.file) if document.index == place.document), None)
    yield 0, value_at(data, *place.inside)


def _hit(data: Any, now: Mapping[str, Any], path: FieldPath, is_patch: bool) -> _Hit:
    if isinstance(data, list):
        return _in_operations(data, now, path)
    if is_patch and path in _IDENTITY:
        return _Hit((), -1, False)
    fields = keyed_lists(str(now.get("apiVersion")), str(now.get("kind")))
    return _align(data, now, path, fields, is_patch)


def _align(data: Any, now: Any, path: FieldPath, fields: Fields | KeyedList | None, is_patch: bool) -> _Hit:
    """Returns a path of the object as it is now, in the object or patch as it was written."""
    steps: list[str | int] = []
    for step in path:
        if isinstance(data, dict) and step in data:
            steps.append(step)
            data, now = data[step], now.get(step) if isinstance(now, dict) else None
            fields = fields.get(str(step)) if isinstance(fields, Mapping) else None
            if data is None and is_patch:
                return _Hit(tuple(steps), len(steps), True)  # this patch removed it, or what was around it
        elif isinstance(data, list) and isinstance(step, int):
            now = now[step] if isinstance(now, list) and step < len(now) else None
            index = _same_element(data, now, step, fields.keys if isinstance(fields, KeyedList) else ())
            if index is None:
                return _Hit(tuple(steps), len(steps), False)
            steps.append(index)
            data, fields = data[index], fields.element if isinstance(fields, KeyedList) else None
        else:
            return _Hit(tuple(steps), len(steps), False)
    return _Hit(tuple(steps), len(steps), not (is_patch and isinstance(data, dict)))


def _same_element(items: list[Any], now: Any, index: int, keys: tuple[str, ...]) -> int | None:
    """Returns where an element of a list, now at `index`, is in the list that was written."""
    if keys and isinstance(now, dict):
        key = element_key(now, keys)
        same = (at for at, item in enumerate(items) if isinstance(item, dict) and element_key(item, keys) == key)
        return next(same, None)
    if index < len(items) and items[index] == now:
        return index
    return next((at for at, item in enumerate(items) if item == now), index if index < len(items) else None)


def _in_operations(operations: list[Any], now: Mapping[str, Any], path: FieldPath) -> _Hit:
    best = _Hit((), -1, False)
    for index in range(len(operations) - 1, -1, -1):
        operation = operations[index]
        tokens = [token.replace("~1", "/").replace("~0", "~") for token in operation["path"].split("/")[1:]]
        if operation["op"] == "test" or not _leads_to(tokens, path, now, operation.get("value")):
            continue
        if operation["op"] not in ("add", "replace") or len(tokens) == len(path):
            return _Hit((index, "path"), len(path), True)
        inner = _align(operation["value"], value_at(now, *path[: len(tokens)]), path[len(tokens) :], None, False)
        hit = _Hit((index, "value", *inner.steps), len(tokens) + inner.depth, inner.is_set)
        if hit.is_set:
            return hit
        best = best if best.depth >= hit.depth else hit
    return best


def _leads_to(tokens: list[str], path: FieldPath, now: Mapping[str, Any], value: Any) -> bool:
    """Returns whether an operation's path is that of the field, or of something around it."""
    if len(tokens) > len(path):
        return False
    if tokens[-1] == "-":  # the end of a list, as it was then
        around = path[: len(tokens)]
        return list(map(str, around[:-1])) == tokens[:-1] and value_at(now, *around) == value
    return [str(step) for step in path[: len(tokens)]] == tokens


def finding(problem: Problem, reader: Reader) -> Finding:
    """Returns the finding of a problem with an object. Reads the files that it comes from again."""
    assert problem.resource is not None
    file, line, column = where(problem.resource, problem.path, reader)
    return Finding(
        problem.code,
        problem.message,
        severity=problem.severity,
        file=file,
        line=line,
        column=column,
        object=one_line(problem.resource.title),
        field=field_text(problem.path) or None,
    )
