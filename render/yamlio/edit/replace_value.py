"""One value replaced by another in its place, a scalar or more: as splices of the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from render.yamlio.edit.flow_style import Splice
from render.yamlio.edit.spans import (
    CannotEdit,
    after_colon,
    begins_line,
    column,
    header_end,
    last_line_end,
    line_end,
    next_line,
)
from render.yamlio.edit.style import (
    Style,
    inline,
    is_inline,
    item_lines,
    mapping_lines,
    own_quotes,
    quotes_of,
    scalar_lines,
    value_lines,
)
from render.yamlio.edit.styled_document import PathEnd, StyledDocument, is_null


def replace_value(written: StyledDocument, end: PathEnd, value: Any) -> list[Splice]:
    """Any value by any other; a field that is not there yet may be in `value` where a null or scalar was."""
    node = end.node
    if not end.around and not (end.rest and node.kind == "mapping"):
        raise CannotEdit(node.start, "the whole document cannot be replaced; name a field in it")
    if node.kind == "alias":
        raise CannotEdit(node.start, f"the value is the alias *{node.value}; write it here as a value first")
    written.check_alone(node)
    if node.tag is not None and not (node.tag in ("!", "tag:yaml.org,2002:str") and isinstance(value, str)):
        raise CannotEdit(node.start, "the value has a tag; remove it first")
    if not end.around:
        return [Splice(node.content, node.end, written.style.newline.join(mapping_lines(value, 0, written.style)))]
    style = _style_for(written, end)
    if end.in_flow:
        return [_in_place(written, end, inline(value, style, True))]
    if node.is_block:
        return replace_block(written, end, value, style)
    if node.style in ("|", ">"):
        return _block_scalar(written, end, value, style)
    if last_line_end(written.text, node.end, written.indent(end.around[-1])) > line_end(written.text, node.end):
        style = replace(style, blocks=False)  # a comment below would become part of the text
    if is_inline(value):
        first, *more = scalar_lines(value, _indent_below(written, end), style)
        rest = line_end(written.text, node.end)
        return [_in_place(written, end, first), *([written.lines_at(rest, rest, more)] if more else [])]
    return _by_block(written, end, value, style)


def _in_place(written: StyledDocument, found: PathEnd, new: str) -> Splice:
    node = found.node
    before = written.text[node.content - 1 : node.content]
    if not node.is_empty or not before.strip(" \t\r\n[{,"):
        return Splice(node.content, node.end, new)
    around = found.around[-1]
    if around.kind == "mapping" and around.is_flow and before != ":" and not (node.anchor or node.tag):
        return Splice(node.content, node.end, ": " + new)
    return Splice(node.content, node.end, " " + new)


def replace_block(written: StyledDocument, found: PathEnd, value: Any, style: Style) -> list[Splice]:
    """Returns the splices that put any value in the place of a mapping or list in block style."""
    node, text, around = found.node, written.text, found.around[-1]
    end = last_line_end(text, node.end, written.indent(around))
    if around.kind == "list" or (node.properties > node.start and begins_line(text, node.start)):
        lines = _lines_in_place(written, found, value, style)
        return [Splice(node.content, end, style.newline.join(lines))]
    after = _after_indicator(written, found)
    rest = line_end(text, after)
    if is_inline(value):
        first, *more = scalar_lines(value, _indent_below(written, found), style)
        if more:
            return [Splice(after, end, " " + style.newline.join((first, *more)))]
        return [Splice(after, after, " " + first), Splice(rest, end, "")]
    return [written.lines_at(rest, end, value_lines(value, written.indent(around), style))]


def _block_scalar(written: StyledDocument, found: PathEnd, value: Any, style: Style) -> list[Splice]:
    node, text = found.node, written.text
    header, rest = header_end(text, node), line_end(text, node.content)
    end = max(rest, line_end(text, node.end))
    if not is_inline(value):
        if found.around[-1].kind == "list":
            return [Splice(node.content, end, style.newline.join(_lines_in_place(written, found, value, style)))]
        return [
            Splice(node.content, header, ""),
            written.lines_at(rest, end, value_lines(value, written.indent(found.around[-1]), style)),
        ]
    indent = _indent_below(written, found)
    if node.value.strip():
        first = next(row for row in text[rest:end].split("\n")[1:] if row.strip())
        indent = len(first) - len(first.lstrip(" ")) if not node.value.lstrip("\n").startswith(" ") else indent
    end = _end_of_rows(text, end, indent)
    lines = scalar_lines(value, indent, style)
    if isinstance(value, str) and value.strip() and "\n" not in value and value.strip() == value:
        lines = scalar_lines(value + "\n", indent, style)
        lines[0] = node.style + "-" if len(lines) > 1 else lines[0]
    elif len(lines) == 2 and len(lines[0]) <= 2:
        lines[0] = lines[0].replace("|", node.style)
    if len(lines) == 1:
        return [Splice(node.content, header, inline(value, style, False)), Splice(rest, end, "")]
    return [Splice(node.content, header, lines[0]), written.lines_at(rest, end, lines[1:])]


def _by_block(written: StyledDocument, found: PathEnd, value: Any, style: Style) -> list[Splice]:
    """Returns the splices for a value on one line that becomes a mapping or list with something in it."""
    node, text, around = found.node, written.text, found.around[-1]
    rest = line_end(text, node.end)
    if around.kind == "list" or begins_line(text, node.content):
        first, *more = _lines_in_place(written, found, value, style)
        return [_in_place(written, found, first), written.lines_at(rest, rest, more)]
    blank = len(text[: node.content]) - len(text[: node.content].rstrip(" \t"))
    lines = value_lines(value, written.indent(around), style)
    return [Splice(node.content - blank, node.end, ""), written.lines_at(rest, rest, lines)]


def _lines_in_place(written: StyledDocument, found: PathEnd, value: Any, style: Style) -> list[str]:
    """Returns a value's lines where the old value begins, the first of them without its indentation."""
    node = found.node
    indent = column(written.text, node.content) + (1 if node.is_empty else 0)
    if is_inline(value):
        return scalar_lines(value, indent, style)
    if isinstance(value, Mapping):
        lines = mapping_lines(value, indent, style)
    else:
        lines = [line for item in value for line in item_lines(item, indent, style)]
    return [lines[0][indent:], *lines[1:]]


def _after_indicator(written: StyledDocument, found: PathEnd) -> int:
    """Returns the place after a field's `:`, and its anchor, where its value may begin."""
    node = found.node
    if node.properties > node.start:
        return node.properties
    return after_colon(written.text, found.around[-1].entries[found.number][0])


def _indent_below(written: StyledDocument, found: PathEnd) -> int:
    return written.indent(found.around[-1]) + written.style.step


def _style_for(written: StyledDocument, found: PathEnd) -> Style:
    """Returns the style of a value in place of another: its quotes, or for a text in place of none those beside it."""
    node, around = found.node, found.around[-1]
    style = (
        written.style_in(around) if around.kind == "mapping" else replace(written.style, text=quotes_of(around.items))
    )
    if node.kind == "scalar" and not is_null(node):
        return replace(style, key=style.key if found.in_flow else "", text=own_quotes(node))
    return style


def _end_of_rows(text: str, end: int, indent: int) -> int:
    """Returns the end of a block scalar with the rows of white space at its end that are indented more, and so belong
    to it."""
    at = end
    while at < len(text):
        begin = next_line(text, at)
        row = text[begin : line_end(text, begin)]
        if row.strip() or begin >= len(text):
            break
        at = line_end(text, begin)
        end = at if len(row) > indent else end
    return end
