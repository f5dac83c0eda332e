"""Whole documents added to a file, or taken out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from render.errors import wrong
from render.yamlio.documents import parse
from render.yamlio.edit.data_changes import is_same
from render.yamlio.edit.spans import CannotEdit, document_spans, line_end, line_start, newline, next_line
from render.yamlio.write import dump

_MARK = b"\xef\xbb\xbf"
_CODE = "MR200"


def with_document(text: bytes, data: Mapping[str, Any], file: str) -> bytes:
    """Returns the text with one document more at its end, after a `---`; without one where nothing is in the text yet.

    Line endings are those of the text, and it ends with a line break only where it did. Raises `InputError` as
    `parse` does.
    """
    before = [document.data for document in parse(text, file)]
    old = text.removeprefix(_MARK).decode()
    line = newline(old)
    new = dump(data).replace("\n", line)
    if old.strip():
        new = new if old.endswith("\n") else new.removesuffix(line)
        old += "" if old.endswith("\n") else line
        rows = _rows(old)
        # A text of comments alone, or that ends with `---`, already has the document's place.
        old += f"---{line}" if rows and rows[-1] != "---" else ""
    result = text[: len(_MARK)] if text.startswith(_MARK) else b""
    result += (old + new).encode()
    return _check(result, [*before, data], file)


def without_document(text: bytes, document: int, file: str) -> bytes:
    """Returns the text without a document, empty where that is the only one. Comments at the top that a blank line
    parts from the first document, or that stand before its `---`, stay.

    Raises `InputError` as `parse` does, and where there is no such document.
    """
    before = parse(text, file)
    old = text.removeprefix(_MARK).decode()
    try:
        spans = document_spans(old)
    except CannotEdit as error:
        raise wrong(_CODE, error.message, file=file, line=old.count("\n", 0, error.at) + 1) from None
    if not 0 <= document < len(spans):
        raise wrong(_CODE, f"there is no document {document} in this file", file=file)
    if len(spans) == 1:
        return b""
    start = line_start(old, spans[document].start) if document or spans[0].is_explicit else _top(old)
    end = len(old)
    if document + 1 < len(spans):
        end = line_start(old, spans[document + 1].start)
        bare = old[end : line_end(old, end)].strip() == "---" and not spans[1].root.is_empty
        if document == 0 and not spans[0].is_explicit and bare and not _rows(old[:start]):
            end = next_line(old, end)  # the first document had no `---`, so the one that is first now has none
    result = text[: len(_MARK)] if text.startswith(_MARK) else b""
    result += (old[:start] + old[end:]).encode()
    return _check(result, [kept.data for kept in before if kept.index != document], file)


def _rows(text: str) -> list[str]:
    """Returns the lines that are not empty and no comments."""
    return [row.strip() for row in text.splitlines() if row.strip() and not row.lstrip().startswith("#")]


def _top(text: str) -> int:
    """Returns where comments at the top of a file end that are about the file: those with a blank line below them."""
    match = re.match(r"(?:[ \t]*#[^\n]*\n)+(?:[ \t]*\r?\n)+", text)
    return match.end() if match else 0


def _check(text: bytes, expected: list[Any], file: str) -> bytes:
    if not is_same([document.data for document in parse(text, file)], expected):
        raise wrong(
            _CODE,
            "this document cannot be added or taken out without changing another; edit the file by hand",
            file=file,
        )
    return text
