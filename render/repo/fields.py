"""One change of a field or list item as splices of the text: which characters go, and what stands there instead."""

from __future__ import annotations

from typing import Any

from render.repo.changes import Append, Change, Put, Swap, Take
from render.repo.entries import added, appended, swapped, taken
from render.repo.flow import Splice
from render.repo.replacing import replaced
from render.repo.spans import CannotEdit, DocumentSpan, Node
from render.repo.written import Found, Written
from render.specs.mistake import field_text
from render.specs.resource import Path


def splices(text: str, document: DocumentSpan, base: Path, change: Change) -> list[Splice]:
    """The splices of a change of the object at `base` in a document. Raises `CannotEdit`."""
    written = Written(text, document)
    found = written.find((*base, *change.path))
    match change:
        case Put(_, value):
            return _put(written, found, value)
        case Append(path, value) if not found.rest:
            return appended(written, found, path, value)
        case Take() if not found.rest and found.around:
            return taken(written, found)
        case Swap(_, key, value) if not found.rest and found.around:
            return swapped(written, found, key, value)
    raise CannotEdit(found.node.start, f"there is no {field_text(change.path)} here")


def find(text: str, document: DocumentSpan, path: Path) -> Node:
    """The node at a path that can be edited in place. Raises `CannotEdit`."""
    written = Written(text, document)
    found = written.find(path)
    if found.rest:
        raise CannotEdit(found.node.start, f"there is no {field_text(path)} here")
    written.check_alone(found.node)
    return found.node


def _put(written: Written, found: Found, value: Any) -> list[Splice]:
    for step in reversed(found.rest[1:] if _takes_key(found) else found.rest):
        if not isinstance(step, str):
            raise CannotEdit(found.node.start, "there is no such item here")
        value = {step: value}
    if _takes_key(found):
        written.check_own(found.node, found.rest)
        return added(written, found, str(found.rest[0]), value)
    return replaced(written, found, value)


def _takes_key(found: Found) -> bool:
    return bool(found.rest) and found.node.kind == "mapping" and bool(found.node.entries)
