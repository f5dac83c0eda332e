"""Edits of YAML files that people wrote: what no edit means stays as it is, byte for byte.

The characters of a value are found (`spans`, `styled_document`) and replaced (`replace_value`, `entries`), never is a
document written anew: comments, order, quotes, indentation, anchors, line endings and the final newline stay. What
comes out is read again, as this program reads and as YAML 1.2 is read by ruamel.yaml, and must be the old data with the
edits applied (`data_changes`).

What cannot be edited without touching something else, such as a value that an alias shares, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from render.errors import InputError, wrong
from render.messages import FieldPath, field_text
from render.yamlio.documents import parse
from render.yamlio.edit.block_scalar import InlineText, inline_text, splice
from render.yamlio.edit.data_changes import REMOVED, Append, Change, Put, Swap, Take, append, changes
from render.yamlio.edit.entries import add_field, append_item, remove_entry, swap_field
from render.yamlio.edit.flow_style import Splice
from render.yamlio.edit.replace_value import replace_value
from render.yamlio.edit.spans import CannotEdit, DocumentSpan, Node, document_spans
from render.yamlio.edit.styled_document import PathEnd, StyledDocument
from render.yamlio.edit.verify import Object, check
from render.yamlio.edit.whole_documents import with_document, without_document
from render.yamlio.location import Place, value_at

__all__ = ["REMOVED", "Edit", "edit_text", "with_document", "with_item", "without_document", "without_item"]

CODE = "MR200"


@dataclass(frozen=True, slots=True)
class Edit:
    """The field at `path` of the object at `place` gets `value`: a scalar, a mapping, a list, or `REMOVED`.

    `place.inside` leads to an item of a `kind: List`, or to the text of an inline patch, of which `document` is one.
    A mapping is the whole value: keys that it does not have go.
    """

    place: Place
    path: FieldPath
    value: Any
    document: int = 0


def edit_text(text: bytes, edits: Sequence[Edit], file: str) -> bytes:
    """Returns the text with all edits applied; `file` is only for messages. What is so already changes nothing.

    A field that goes and a new one of the same mapping take one line's place; a comment behind the old value goes
    with it. A comment behind a value that changes stays. Where the last label or annotation goes, `labels` or
    `annotations` goes too; any other mapping without fields stays as `{}`, and a list without items goes with its key.

    Raises `InputError` with the place where the text cannot be edited safely: aliases, anchors and merge keys that
    share the value, tags, a patch in quotes or folded, a path through a scalar, and all that `parse` refuses.
    """
    wanted: dict[Object, list[tuple[FieldPath, Any]]] = {}
    for edit in edits:
        place = Object(edit.place.document, edit.place.inside, edit.document)
        wanted.setdefault(place, []).append((edit.path, edit.value))
    return _change(text, file, {place: _meaning(parts) for place, parts in wanted.items()})


def with_item(text: bytes, path: FieldPath, value: Any, file: str, document: int = 0) -> bytes:
    """Returns the text with one item more at the end of the list at `path`, which is made where it is missing or empty.

    Raises `InputError` as `edit_text` does.
    """
    return _change(text, file, {Object(document): lambda data: [append(data, path, value)]})


def without_item(text: bytes, path: FieldPath, index: int, file: str, document: int = 0) -> bytes:
    """Returns the text without one item of the list at `path`; the key goes with the last item.

    Raises `InputError` as `edit_text` does, and where there is no such item.
    """

    def change(data: Any) -> list[Change]:
        found = changes(data, [((*path, index), REMOVED)])
        if not found:
            raise wrong(CODE, f"there is no item {index} in this list", file=file)
        return found

    return _change(text, file, {Object(document): change})


_Meant = Callable[[Any], list[Change]]


def _meaning(parts: list[tuple[FieldPath, Any]]) -> _Meant:
    return lambda data: changes(data, parts)


def _change(text: bytes, file: str, meant: Mapping[Object, _Meant]) -> bytes:
    documents = {document.index: document.data for document in parse(text, file)}
    byte_order_mark = text.startswith(b"\xef\xbb\xbf")
    old = text.decode("utf-8-sig")
    try:
        spans = document_spans(old)
        todo = {place: meant[place](_data(old, spans, place, documents, file)) for place in meant}
        todo = {place: found for place, found in todo.items() if found}
        if not todo:
            return text
        new = _rounds(old, {place: list(found) for place, found in todo.items()})
    except CannotEdit as error:
        raise _refusal(error, old, file) from None
    check(old, new, todo, file)
    return (b"\xef\xbb\xbf" if byte_order_mark else b"") + new.encode()


def _data(text: str, spans: Sequence[DocumentSpan], place: Object, documents: Mapping[int, Any], file: str) -> Any:
    """Returns the data of an object that is edited."""
    if place.document >= len(spans) or documents.get(place.document) is None:
        raise CannotEdit(len(text), f"there is no document {place.document} with something in it")
    data = value_at(documents[place.document], *place.inside)
    if not isinstance(data, str):
        find(text, spans[place.document], place.inside)
        return data
    inner = inline_text(text, find(text, spans[place.document], place.inside))
    found = {document.index: document.data for document in parse(inner.text.encode(), file)}
    if found.get(place.inner) is None:
        raise CannotEdit(inner.position(0), f"there is no document {place.inner} with something in this text")
    return found[place.inner]


def _rounds(text: str, todo: dict[Object, list[Change]]) -> str:
    """Returns the text with all changes: each round takes the next change of every object, as far as they keep
    apart."""
    while todo:
        spans = document_spans(text)
        taken: list[Splice] = []
        for place in list(todo):
            new = _outer(text, spans[place.document], place, todo[place][0])
            if any(a.start <= b.end and b.start <= a.end for a in new for b in taken):
                continue
            taken += new
            del todo[place][0]
            if not todo[place]:
                del todo[place]
        text = splice(text, taken)
    return text


def _outer(text: str, span: DocumentSpan, place: Object, change: Change) -> list[Splice]:
    node = find(text, span, place.inside) if place.inside else span.root
    if node.kind != "scalar":
        return splices(text, span, place.inside, change)
    inner = inline_text(text, node)
    try:
        return inner.outwards(splices(inner.text, _inner_span(inner, place), (), change))
    except CannotEdit as error:
        raise CannotEdit(inner.position(error.at), error.message) from None


def _inner_span(inner: InlineText, place: Object) -> DocumentSpan:
    spans = document_spans(inner.text)
    if place.inner >= len(spans):
        raise CannotEdit(0, f"there is no document {place.inner} in this text")
    return spans[place.inner]


def _refusal(error: CannotEdit, text: str, file: str) -> InputError:
    before = text[: error.at]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return wrong(CODE, f"cannot edit this safely: {error.message}", file=file, line=line, column=column)


def splices(text: str, document: DocumentSpan, base: FieldPath, change: Change) -> list[Splice]:
    """Returns the splices of a change of the object at `base` in a document. Raises `CannotEdit`."""
    written = StyledDocument(text, document)
    found = written.find((*base, *change.path))
    match change:
        case Put(_, value):
            return _put(written, found, value)
        case Append(path, value) if not found.rest:
            return append_item(written, found, path, value)
        case Take() if not found.rest and found.around:
            return remove_entry(written, found)
        case Swap(_, key, value) if not found.rest and found.around:
            return swap_field(written, found, key, value)
    raise CannotEdit(found.node.start, f"there is no {field_text(change.path)} here")


def find(text: str, document: DocumentSpan, path: FieldPath) -> Node:
    """Returns the node at a path that can be edited in place. Raises `CannotEdit`."""
    written = StyledDocument(text, document)
    found = written.find(path)
    if found.rest:
        raise CannotEdit(found.node.start, f"there is no {field_text(path)} here")
    written.check_alone(found.node)
    return found.node


def _put(written: StyledDocument, found: PathEnd, value: Any) -> list[Splice]:
    for step in reversed(found.rest[1:] if _takes_key(found) else found.rest):
        if not isinstance(step, str):
            raise CannotEdit(found.node.start, "there is no such item here")
        value = {step: value}
    if _takes_key(found):
        written.check_own(found.node, found.rest)
        return add_field(written, found, str(found.rest[0]), value)
    return replace_value(written, found, value)


def _takes_key(found: PathEnd) -> bool:
    return bool(found.rest) and found.node.kind == "mapping" and bool(found.node.entries)
