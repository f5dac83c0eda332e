"""Fields and list items that come, go or change places: as splices of the text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from render.messages import FieldPath, field_text
from render.yamlio.edit.flow_style import Splice, add_flow_entry, remove_flow_entry
from render.yamlio.edit.replace_value import replace_block
from render.yamlio.edit.spans import (
    CannotEdit,
    Node,
    after_colon,
    begins_line,
    column,
    header_end,
    last_line_end,
    line_end,
    line_start,
    next_line,
)
from render.yamlio.edit.style import field_lines, inline, is_inline, item_lines, own_quotes, quotes_of
from render.yamlio.edit.styled_document import PathEnd, StyledDocument


def append_item(written: StyledDocument, found: PathEnd, path: FieldPath, value: Any) -> list[Splice]:
    """Returns the splices that put a new item after the last one of a list; `path` is only for messages."""
    node = found.node
    written.check_own(node, path)
    if node.kind != "list" or not node.items:
        raise CannotEdit(node.start, f"{field_text(path)} is not a list")
    last = node.items[-1]
    beside = next((item for item in reversed(node.items) if item.kind == "mapping" and item.entries), None)
    style = written.style_in(beside) if beside else replace(written.style, text=quotes_of(node.items))
    if node.is_flow:
        spans = [(item.start, item.end) for item in node.items]
        return add_flow_entry(written.text, node, spans, inline(value, style, True))
    indent = column(written.text, node.dashes[-1])
    on_same_line = line_end(written.text, last.start) == line_end(written.text, node.dashes[-1]) and not last.is_empty
    gap = last.start - node.dashes[-1] - 1 if on_same_line else 1
    return [_below(written, last, indent, item_lines(value, indent, style, gap))]


def add_field(written: StyledDocument, found: PathEnd, key: str, value: Any) -> list[Splice]:
    """Returns the splices that put a new field after the last one of a mapping."""
    mapping = found.node
    style = written.style_in(mapping)
    if mapping.is_flow:
        written.check_flow(mapping)
        spans = [(key.start, max(key.end, value.end)) for key, value in mapping.entries]
        field = inline({key: value}, style, True)[1:-1]
        return add_flow_entry(written.text, mapping, spans, field)
    indent = written.indent(mapping)
    return [_below(written, mapping.entries[-1][1], indent, field_lines(key, value, indent, style))]


def remove_entry(written: StyledDocument, end: PathEnd) -> list[Splice]:
    """Without a field or item, and the comments behind it; what it was the last of stays, empty."""
    around, text = end.around[-1], written.text
    if around.kind == "mapping":
        written.check_flow(around)
        key, value = around.entries[end.number]
        written.check_alone(key, value)
        if not key.style and key.value == "<<":
            raise CannotEdit(key.start, "a merge key is not taken out")
        written.check_not_merged(around, key.value, (key.value,))
        spans = [(key.start, max(key.end, value.end)) for key, value in around.entries]
        starts = [key.start for key, _ in around.entries]
    else:
        written.check_alone(end.node)
        spans = [(item.start, item.end) for item in around.items]
        starts = list(around.dashes)
    if around.is_flow:
        return remove_flow_entry(text, around, spans, end.number)
    if around.kind == "mapping":
        after_colon(text, key)
    if len(spans) == 1:
        return _empty(written, end)
    start = starts[end.number]
    last = last_line_end(text, spans[end.number][1], written.indent(around))
    if begins_line(text, start):
        nodes = [value for _, value in around.entries] if around.kind == "mapping" else around.items
        below = text[next_line(text, last) :].split("\n")[0]
        if end.number and "+" in _header(written, nodes[end.number - 1]) and not below.strip():
            raise CannotEdit(start, "the text above keeps its blank lines (`+`), and would get those below this")
        return [Splice(line_start(text, start), next_line(text, last), "")]
    # The first of a list's item stands after the dash: what follows takes its place.
    follows = next_line(text, last)
    while not text[follows : line_end(text, follows)].strip():
        follows = next_line(text, follows)
    row = text[follows : line_end(text, follows)]
    return [Splice(start, follows + len(row) - len(row.lstrip(" ")), "")]


def swap_field(written: StyledDocument, found: PathEnd, new_key: str, new: Any) -> list[Splice]:
    """Returns the splices that put another field in the place of one. A comment behind it was about the old one, and
    goes with it."""
    around, text = found.around[-1], written.text
    if around.kind != "mapping":
        raise CannotEdit(around.start, "this is not a mapping")
    written.check_flow(around)
    key, value = around.entries[found.number]
    written.check_alone(key, value)
    if not key.style and key.value == "<<":
        raise CannotEdit(key.start, "a merge key is not taken out")
    written.check_not_merged(around, key.value, (key.value,))
    style = written.style_in(around)
    style = replace(style, key=own_quotes(key), text=own_quotes(value) or style.text)
    if around.is_flow:
        return [Splice(key.start, max(key.end, value.end), inline({new_key: new}, style, True)[1:-1])]
    colon = after_colon(text, key)
    indent = written.indent(around)
    lines = field_lines(new_key, new, indent, style)
    gap = text[colon : value.content] if value.start == value.content and not value.is_empty else " "
    if is_inline(new) and not gap.strip(" \t") and len(lines) == 1:
        head = field_lines(new_key, None, indent, style)[0].removesuffix(" null")
        lines = [head + gap + inline(new, style, False)]
    end = last_line_end(text, value.end, indent)
    return [Splice(key.start, end, style.newline.join((lines[0][indent:], *lines[1:])))]


def _below(written: StyledDocument, last: Node, indent: int, lines: list[str]) -> Splice:
    """New lines after the value that is last now, before comments and blank lines that belong to what follows."""
    at = last_line_end(written.text, last.end, indent)
    if at == len(written.text) and _ends_open(written, last):
        raise CannotEdit(last.start, "the text above ends without a line break; end the file with one first")
    return written.lines_at(at, at, lines)


def _ends_open(written: StyledDocument, node: Node) -> bool:
    """Returns whether a line break after this value would be part of it."""
    return "-" not in _header(written, node) and _header(written, node) != ""


def _header(written: StyledDocument, node: Node) -> str:
    """Returns the `|`, `>-` or `|+` of the block text that a value ends with, empty where it ends with none."""
    while node.is_block:
        node = node.entries[-1][1] if node.entries else node.items[-1]
    is_block_text = node.kind == "scalar" and node.style in ("|", ">")
    return written.text[node.content : header_end(written.text, node)] if is_block_text else ""


def _empty(written: StyledDocument, found: PathEnd) -> list[Splice]:
    around = found.around[-1]
    empty: Any = {} if around.kind == "mapping" else []
    outer = found.around[:-1]
    if not outer:
        end = last_line_end(written.text, around.end, written.indent(around))
        return [Splice(around.content, end, inline(empty, written.style, False))]
    if around.tag is not None:
        raise CannotEdit(around.start, "the value has a tag; remove it first")
    parent = outer[-1]
    nodes = [value for _, value in parent.entries] if parent.kind == "mapping" else list(parent.items)
    return replace_block(written, PathEnd(outer, nodes.index(around), around, ()), empty, written.style)
