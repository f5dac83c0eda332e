"""One change of a field or list item as splices of the text: which characters go, and what stands there instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from render.repo.changes import Append, Change, Put, Swap, Take
from render.repo.flow import Splice, added_to_flow, taken_from_flow
from render.repo.spans import (
    CannotEdit,
    DocumentSpan,
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
from render.repo.styles import (
    Style,
    field_lines,
    inline,
    is_inline,
    item_lines,
    mapping_lines,
    quotes_of,
    scalar_lines,
    style_of,
    value_lines,
)
from render.specs.mistake import field_text
from render.specs.resource import Path


class _Found(NamedTuple):
    """As far as a path leads: the collections `around`, which entry of the last one it is, its value, and the `rest`
    of the path that is not there."""

    around: list[Node]
    number: int
    node: Node
    rest: Path

    @property
    def in_flow(self) -> bool:
        return any(node.is_flow for node in self.around)


def splices(text: str, document: DocumentSpan, base: Path, change: Change) -> list[Splice]:
    """The splices of a change of the object at `base` in a document. Raises `CannotEdit`."""
    return _Fields(text, document).splices(base, change)


def find(text: str, document: DocumentSpan, path: Path) -> Node:
    """The node at a path that can be edited in place. Raises `CannotEdit`."""
    fields = _Fields(text, document)
    found = fields.find(path)
    if found.rest:
        raise CannotEdit(found.node.start, f"there is no {field_text(path)} here")
    fields.check_alone(found.node)
    return found.node


class _Fields:
    def __init__(self, text: str, document: DocumentSpan) -> None:
        self.text = text
        self.root = document.root
        self.aliases = document.aliases
        self.shared = {alias.target for alias in document.aliases}
        self.style = style_of(text, document.root)

    def splices(self, base: Path, change: Change) -> list[Splice]:
        found = self.find((*base, *change.path))
        match change:
            case Put(_, value):
                return self.put(found, value)
            case Append(path, value) if not found.rest:
                return self.append(found, path, value)
            case Take() if not found.rest and found.around:
                return self.take(found)
            case Swap(_, key, value) if not found.rest and found.around:
                return self.swap(found, key, value)
        raise CannotEdit(found.node.start, f"there is no {field_text(change.path)} here")

    def find(self, path: Path) -> _Found:
        around: list[Node] = []
        index, node = 0, self.root
        for number, step in enumerate(path):
            inner = self.inner(node, step, path[: number + 1])
            if inner is None:
                return _Found(around, index, node, path[number:])
            around.append(node)
            index, node = inner
        return _Found(around, index, node, ())

    def inner(self, node: Node, step: str | int, path: Path) -> tuple[int, Node] | None:
        self.check_own(node, path)
        if node.kind == "mapping" and isinstance(step, str):
            for index, (key, value) in enumerate(node.entries):
                if key.value == step and key.kind == "scalar":
                    return index, value
            self.check_not_merged(node, step, path)
        elif node.kind == "list" and isinstance(step, int) and 0 <= step < len(node.items):
            return step, node.items[step]
        elif node.kind == "list" or (node.kind == "scalar" and not _is_null(node)):
            raise CannotEdit(node.start, f"{field_text(path)} cannot be here: this is not a mapping that holds it")
        return None

    def check_own(self, node: Node, path: Path) -> None:
        """That a value belongs to its place alone: an anchor's value also stands where the aliases are."""
        if node.kind == "alias":
            raise CannotEdit(
                node.start, f"{field_text(path)} comes from the alias *{node.value}; write it here as a value first"
            )
        if node in self.shared:
            raise CannotEdit(
                node.start,
                f"{field_text(path)} is part of &{node.anchor}, which also stands where *{node.anchor} is; "
                "write it out in both places first",
            )

    def check_not_merged(self, node: Node, step: str, path: Path) -> None:
        for key, value in node.entries:
            if key.value == "<<" and not key.style and any(_has(merged, step) for merged in _merged(value)):
                raise CannotEdit(key.start, f"{field_text(path)} comes from this merge key; write it out first")

    def check_alone(self, *nodes: Node) -> None:
        """That what goes holds no anchor which an alias elsewhere needs."""
        start, end = nodes[0].start, nodes[-1].end
        for alias in self.aliases:
            target = alias.target
            if target and start <= target.start < max(end, start + 1) and not start <= alias.start < end:
                raise CannotEdit(
                    target.start,
                    f"*{target.anchor} elsewhere stands for &{target.anchor}, which is here; write it out there first",
                )

    def put(self, found: _Found, value: Any) -> list[Splice]:
        for step in reversed(found.rest[1:] if self.takes_key(found) else found.rest):
            if not isinstance(step, str):
                raise CannotEdit(found.node.start, "there is no such item here")
            value = {step: value}
        if self.takes_key(found):
            self.check_own(found.node, found.rest)
            return self.add(found, str(found.rest[0]), value)
        return self.replace(found, value)

    def takes_key(self, found: _Found) -> bool:
        return bool(found.rest) and found.node.kind == "mapping" and bool(found.node.entries)

    def append(self, found: _Found, path: Path, value: Any) -> list[Splice]:
        node = found.node
        self.check_own(node, path)
        if node.kind != "list" or not node.items:
            raise CannotEdit(node.start, f"{field_text(path)} is not a list")
        last = node.items[-1]
        style = replace(self.style, text=quotes_of(node.items))
        if node.is_flow:
            spans = [(item.start, item.end) for item in node.items]
            return added_to_flow(self.text, node, spans, inline(value, style, True))
        indent = column(self.text, node.dashes[-1])
        on_same_line = line_end(self.text, last.start) == line_end(self.text, node.dashes[-1]) and not last.is_empty
        gap = last.start - node.dashes[-1] - 1 if on_same_line else 1
        return [self.below(last, indent, item_lines(value, indent, style, gap))]

    def add(self, found: _Found, key: str, value: Any) -> list[Splice]:
        """A new field after the last one of a mapping."""
        mapping = found.node
        style = self.style_in(mapping)
        if mapping.is_flow:
            self.check_flow(mapping)
            spans = [(key.start, max(key.end, value.end)) for key, value in mapping.entries]
            field = inline({key: value}, style, True)[1:-1]
            return added_to_flow(self.text, mapping, spans, field)
        indent = self.indent(mapping)
        return [self.below(mapping.entries[-1][1], indent, field_lines(key, value, indent, style))]

    def below(self, last: Node, indent: int, lines: list[str]) -> Splice:
        """New lines after the value that is last now, before comments and blank lines that belong to what follows."""
        at = last_line_end(self.text, last.end, indent)
        if at == len(self.text) and self.ends_open(last):
            raise CannotEdit(last.start, "the text above ends without a line break; end the file with one first")
        return self.lines_at(at, at, lines)

    def ends_open(self, node: Node) -> bool:
        """Whether a line break after this value would be part of it."""
        return "-" not in self.header(node) and self.header(node) != ""

    def header(self, node: Node) -> str:
        """The `|`, `>-` or `|+` of the block text that a value ends with, empty where it ends with none."""
        while node.is_block:
            node = node.entries[-1][1] if node.entries else node.items[-1]
        is_block_text = node.kind == "scalar" and node.style in ("|", ">")
        return self.text[node.content : header_end(self.text, node)] if is_block_text else ""

    def lines_at(self, start: int, end: int, lines: list[str]) -> Splice:
        """Lines after the one that ends at `start`, in place of what follows up to `end`."""
        return Splice(start, end, "".join(self.style.newline + line for line in lines))

    def replace(self, found: _Found, value: Any) -> list[Splice]:
        node = found.node
        if not found.around and not (found.rest and node.kind == "mapping"):
            raise CannotEdit(node.start, "the whole document cannot be replaced; name a field in it")
        if node.kind == "alias":
            raise CannotEdit(node.start, f"the value is the alias *{node.value}; write it here as a value first")
        self.check_alone(node)
        if node.tag is not None and not (node.tag in ("!", "tag:yaml.org,2002:str") and isinstance(value, str)):
            raise CannotEdit(node.start, "the value has a tag; remove it first")
        if not found.around:
            return [Splice(node.content, node.end, self.style.newline.join(mapping_lines(value, 0, self.style)))]
        style = self.style_for(found)
        if found.in_flow:
            return [self.in_place(found, inline(value, style, True))]
        if node.is_block:
            return self.replace_block(found, value, style)
        if node.style in ("|", ">"):
            return self.replace_block_scalar(found, value, style)
        if last_line_end(self.text, node.end, self.indent(found.around[-1])) > line_end(self.text, node.end):
            style = replace(style, blocks=False)  # a comment below would become part of the text
        if is_inline(value):
            first, *more = scalar_lines(value, self.indent_below(found), style)
            rest = line_end(self.text, node.end)
            return [self.in_place(found, first), *([self.lines_at(rest, rest, more)] if more else [])]
        return self.replace_by_block(found, value, style)

    def in_place(self, found: _Found, new: str) -> Splice:
        node = found.node
        before = self.text[node.content - 1 : node.content]
        if not node.is_empty or not before.strip(" \t\r\n[{,"):
            return Splice(node.content, node.end, new)
        around = found.around[-1]
        if around.kind == "mapping" and around.is_flow and before != ":" and not (node.anchor or node.tag):
            return Splice(node.content, node.end, ": " + new)
        return Splice(node.content, node.end, " " + new)

    def replace_block(self, found: _Found, value: Any, style: Style) -> list[Splice]:
        """A mapping or list in block style by any value."""
        node, text, around = found.node, self.text, found.around[-1]
        end = last_line_end(text, node.end, self.indent(around))
        if around.kind == "list" or (node.properties > node.start and begins_line(text, node.start)):
            lines = self.lines_in_place(found, value, style)
            return [Splice(node.content, end, style.newline.join(lines))]
        after = self.after_indicator(found)
        rest = line_end(text, after)
        if is_inline(value):
            first, *more = scalar_lines(value, self.indent_below(found), style)
            if more:
                return [Splice(after, end, " " + style.newline.join((first, *more)))]
            return [Splice(after, after, " " + first), Splice(rest, end, "")]
        return [self.lines_at(rest, end, value_lines(value, self.indent(around), style))]

    def replace_block_scalar(self, found: _Found, value: Any, style: Style) -> list[Splice]:
        node, text = found.node, self.text
        header, rest = header_end(text, node), line_end(text, node.content)
        end = max(rest, line_end(text, node.end))
        if not is_inline(value):
            if found.around[-1].kind == "list":
                return [Splice(node.content, end, style.newline.join(self.lines_in_place(found, value, style)))]
            return [
                Splice(node.content, header, ""),
                self.lines_at(rest, end, value_lines(value, self.indent(found.around[-1]), style)),
            ]
        indent = self.indent_below(found)
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
        return [Splice(node.content, header, lines[0]), self.lines_at(rest, end, lines[1:])]

    def replace_by_block(self, found: _Found, value: Any, style: Style) -> list[Splice]:
        """A value on one line by a mapping or list with something in it."""
        node, text, around = found.node, self.text, found.around[-1]
        rest = line_end(text, node.end)
        if around.kind == "list" or begins_line(text, node.content):
            first, *more = self.lines_in_place(found, value, style)
            return [self.in_place(found, first), self.lines_at(rest, rest, more)]
        blank = len(text[: node.content]) - len(text[: node.content].rstrip(" \t"))
        lines = value_lines(value, self.indent(around), style)
        return [Splice(node.content - blank, node.end, ""), self.lines_at(rest, rest, lines)]

    def lines_in_place(self, found: _Found, value: Any, style: Style) -> list[str]:
        """A value's lines where the old value begins, the first of them without its indentation."""
        node = found.node
        indent = column(self.text, node.content) + (1 if node.is_empty else 0)
        if is_inline(value):
            return scalar_lines(value, indent, style)
        if isinstance(value, Mapping):
            lines = mapping_lines(value, indent, style)
        else:
            lines = [line for item in value for line in item_lines(item, indent, style)]
        return [lines[0][indent:], *lines[1:]]

    def after_indicator(self, found: _Found) -> int:
        """The place after a field's `:`, and its anchor, where its value may begin."""
        node = found.node
        if node.properties > node.start:
            return node.properties
        return after_colon(self.text, found.around[-1].entries[found.number][0])

    def take(self, found: _Found) -> list[Splice]:
        around, text = found.around[-1], self.text
        if around.kind == "mapping":
            self.check_flow(around)
            key, value = around.entries[found.number]
            self.check_alone(key, value)
            if not key.style and key.value == "<<":
                raise CannotEdit(key.start, "a merge key is not taken out")
            self.check_not_merged(around, key.value, (key.value,))
            spans = [(key.start, max(key.end, value.end)) for key, value in around.entries]
            starts = [key.start for key, _ in around.entries]
        else:
            self.check_alone(found.node)
            spans = [(item.start, item.end) for item in around.items]
            starts = list(around.dashes)
        if around.is_flow:
            return taken_from_flow(text, around, spans, found.number)
        if around.kind == "mapping":
            after_colon(text, key)
        if len(spans) == 1:
            return self.emptied(found)
        start = starts[found.number]
        last = last_line_end(text, spans[found.number][1], self.indent(around))
        if begins_line(text, start):
            nodes = [value for _, value in around.entries] if around.kind == "mapping" else around.items
            below = text[next_line(text, last) :].split("\n")[0]
            if found.number and "+" in self.header(nodes[found.number - 1]) and not below.strip():
                raise CannotEdit(start, "the text above keeps its blank lines (`+`), and would get those below this")
            return [Splice(line_start(text, start), next_line(text, last), "")]
        # The first of a list's item stands after the dash: what follows takes its place.
        follows = next_line(text, last)
        while not text[follows : line_end(text, follows)].strip():
            follows = next_line(text, follows)
        row = text[follows : line_end(text, follows)]
        return [Splice(start, follows + len(row) - len(row.lstrip(" ")), "")]

    def emptied(self, found: _Found) -> list[Splice]:
        around = found.around[-1]
        empty: Any = {} if around.kind == "mapping" else []
        outer = found.around[:-1]
        if not outer:
            end = last_line_end(self.text, around.end, self.indent(around))
            return [Splice(around.content, end, inline(empty, self.style, False))]
        if around.tag is not None:
            raise CannotEdit(around.start, "the value has a tag; remove it first")
        parent = outer[-1]
        nodes = [value for _, value in parent.entries] if parent.kind == "mapping" else list(parent.items)
        return self.replace_block(_Found(outer, nodes.index(around), around, ()), empty, self.style)

    def swap(self, found: _Found, new_key: str, new: Any) -> list[Splice]:
        """A field by another one, in its place. A comment behind it was about the old one, and goes with it."""
        around, text = found.around[-1], self.text
        if around.kind != "mapping":
            raise CannotEdit(around.start, "this is not a mapping")
        self.check_flow(around)
        key, value = around.entries[found.number]
        self.check_alone(key, value)
        if not key.style and key.value == "<<":
            raise CannotEdit(key.start, "a merge key is not taken out")
        self.check_not_merged(around, key.value, (key.value,))
        style = self.style_in(around)
        style = replace(style, key=_quotes(key), text=_quotes(value) or style.text)
        if around.is_flow:
            return [Splice(key.start, max(key.end, value.end), inline({new_key: new}, style, True)[1:-1])]
        colon = after_colon(text, key)
        indent = self.indent(around)
        lines = field_lines(new_key, new, indent, style)
        gap = text[colon : value.content] if value.start == value.content and not value.is_empty else " "
        if is_inline(new) and not gap.strip(" \t") and len(lines) == 1:
            head = field_lines(new_key, None, indent, style)[0].removesuffix(" null")
            lines = [head + gap + inline(new, style, False)]
        end = last_line_end(text, value.end, indent)
        return [Splice(key.start, end, style.newline.join((lines[0][indent:], *lines[1:])))]

    def check_flow(self, node: Node) -> None:
        if node.is_flow and self.text[node.content] not in "{[":
            raise CannotEdit(node.start, "put { and } around this `key: value` first")

    def indent(self, node: Node) -> int:
        """The column of a block collection's keys or dashes."""
        return column(self.text, node.content)

    def indent_below(self, found: _Found) -> int:
        return self.indent(found.around[-1]) + self.style.step

    def style_in(self, mapping: Node) -> Style:
        """The style of a new field: the quotes of those beside it."""
        key = quotes_of(key for key, _ in mapping.entries)
        text = quotes_of(value for _, value in mapping.entries)
        is_json = mapping.is_flow and key == '"'
        return replace(self.style, key=key, text='"' if is_json else text)

    def style_for(self, found: _Found) -> Style:
        """The style of a value in place of another: its quotes, or for a text in place of none those beside it."""
        node, around = found.node, found.around[-1]
        style = self.style_in(around) if around.kind == "mapping" else replace(self.style, text=quotes_of(around.items))
        if node.kind == "scalar" and not _is_null(node):
            return replace(style, key=style.key if found.in_flow else "", text=_quotes(node))
        return style


def _quotes(node: Node) -> str:
    return node.style if node.style in ("'", '"') else ""


def _is_null(node: Node) -> bool:
    return node.kind == "scalar" and not node.style and node.value in ("", "~", "null", "Null", "NULL")


def _merged(value: Node) -> list[Node]:
    nodes = value.items if value.kind == "list" else (value,)
    return [node.target or node for node in nodes]


def _has(mapping: Node, step: str) -> bool:
    return any(
        key.value == step
        or (key.value == "<<" and not key.style and any(_has(inner, step) for inner in _merged(value)))
        for key, value in mapping.entries
    )


def _end_of_rows(text: str, end: int, indent: int) -> int:
    """The end of a block scalar with the rows of white space at its end that are indented more, and so belong to it."""
    at = end
    while at < len(text):
        begin = next_line(text, at)
        row = text[begin : line_end(text, begin)]
        if row.strip() or begin >= len(text):
            break
        at = line_end(text, begin)
        end = at if len(row) > indent else end
    return end
