"""YAML text to documents. Lines and columns are not kept: `positions` finds them again when something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from render.errors import InputError
from render.finding import Finding
from render.messages import FieldPath, field_text
from render.yamlio.complaints import Diagnostic
from render.yamlio.frames import EmptyValue
from render.yamlio.location import Place, value_at, with_value
from render.yamlio.positions import text_place
from render.yamlio.read import read_values


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data (dict, list, text, number, bool), where aliases share one object.

    `index` counts the documents of the file from 0, those that are empty included; `empty` says where the data is None
    since nothing is written, `has_directive` whether a line with `%` stands before it (`%YAML`, `%TAG`).
    """

    data: Any
    file: str
    index: int
    empty: tuple[EmptyValue, ...] = field(default=(), compare=False)
    has_directive: bool = False

    @property
    def place(self) -> Place:
        return Place(self.file, self.index)


def parse(text: bytes, file: str, *, yaml_1_1: bool = False) -> list[Document]:
    """Returns the documents of a file that are not empty; `file` is only for messages (`-` for standard input).

    `yaml_1_1` reads `yes`, `on`, `y` and so on as booleans, as Kustomize does in its own files.
    Errors: `InputError` with all that is wrong in the text, each with line and column.
    """
    diagnostic = _not_utf8(text)
    found, diagnostics = ([], [diagnostic]) if diagnostic else read_values(text, yaml_1_1)
    if diagnostics:
        raise InputError(_finding(diagnostic, file, lambda line, column: (line, column)) for diagnostic in diagnostics)
    return [Document(values.data, file, values.number, values.empty, values.has_directive) for values in found]


def parse_inside(text: str, outer: bytes, place: Place, *, yaml_1_1: bool = False) -> list[Document]:
    """As `parse`, for YAML inside a text of `outer` (an inline patch): `place.inside` leads to it.

    Errors are placed in the file that the person wrote.
    """
    found, diagnostics = read_values(text.encode(), yaml_1_1)
    if diagnostics:
        raise InputError(
            _finding(diagnostic, place.file, partial(text_place, outer, place)) for diagnostic in diagnostics
        )
    return [Document(values.data, place.file, values.number, values.empty, values.has_directive) for values in found]


def with_text_in_braces(data: Any, empty: Iterable[EmptyValue]) -> Any:
    """Returns data in which an empty value in braces (`{a}`, `{a: }`) is empty text, as Kustomize prints it."""
    for path, in_braces in empty:
        if in_braces and value_at(data, *path) is None:
            data = with_value(data, path, "")
    return data


def empty_below(empty: Iterable[EmptyValue], path: FieldPath) -> tuple[EmptyValue, ...]:
    """Returns what is empty below a path, from there."""
    size = len(path)
    return tuple(EmptyValue(at[size:], in_braces) for at, in_braces in empty if at[:size] == path)


def _finding(diagnostic: Diagnostic, file: str, placed: Callable[[int, int], tuple[int, int]]) -> Finding:
    line, column = placed(diagnostic.line, diagnostic.column)
    first = f" (first in line {placed(diagnostic.first_line, 1)[0]})" if diagnostic.first_line else ""
    at = field_text(diagnostic.path) or None
    return Finding(diagnostic.code, diagnostic.message + first, file=file, line=line, column=column, field=at)


def _not_utf8(text: bytes) -> Diagnostic | None:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        before = text[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        byte = f"0x{text[error.start]:02X}"
        return Diagnostic("MR006", f"is not UTF-8 text: the byte {byte} is not part of a character", line, column)
    return None
