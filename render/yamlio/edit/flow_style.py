"""Splices in a mapping or list in flow style, `{a: b}` or `[a, b]`, on one line or with a line for each entry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from render.yamlio.edit.spans import Node, begins_line, column, line_end, line_start, newline, next_line

_COMMA = re.compile(r"(?:[ \t\r\n]|(?<=[ \t\r\n])#[^\n]*)*,")


class Splice(NamedTuple):
    """`text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str


def add_flow_entry(text: str, node: Node, spans: Sequence[tuple[int, int]], new: str) -> list[Splice]:
    """Returns the splices that put a new entry after the last; `spans` are the entries that are there, at least one."""
    start, end = spans[-1]
    if not begins_line(text, start) or line_end(text, end) == line_end(text, node.end):
        return [Splice(end, end, f", {new}")]
    line = newline(text) + " " * column(text, start) + new
    comma = _COMMA.match(text, end)
    if comma:
        at = line_end(text, comma.end())
        return [Splice(at, at, line + ",")]
    at = line_end(text, end)
    return [Splice(end, end, ","), Splice(at, at, line)] if at > end else [Splice(end, end, "," + line)]


def remove_flow_entry(text: str, node: Node, spans: Sequence[tuple[int, int]], index: int) -> list[Splice]:
    """Without one entry, and without its comma."""
    start, end = spans[index]
    if len(spans) == 1:
        return [Splice(node.content + 1, node.end - 1, "")]
    comma = _COMMA.match(text, end)
    last = comma.end() if comma else end
    before = _COMMA.match(text, spans[index - 1][1]) if index and not comma else None
    if begins_line(text, start) and _ends_line(text, last):
        line = Splice(line_start(text, start), next_line(text, last), "")
        # Its comma stands behind the entry before it, where JSON wants none.
        return [Splice(before.end() - 1, before.end(), ""), line] if before else [line]
    if index + 1 < len(spans):
        return [Splice(start, spans[index + 1][0], "")]
    return [Splice(spans[index - 1][1], end, "")]


def _ends_line(text: str, at: int) -> bool:
    rest = text[at : line_end(text, at)].strip()
    return not rest or rest.startswith("#")
