"""Where each value of a YAML text begins and ends, by characters: what an edit needs to replace it and nothing else.

From libyaml's events, as the rest of the program reads YAML, but with what composing loses: anchors, aliases,
flow and block style.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import yaml
from yaml._yaml import CParser

_EVENTS: Any = yaml.events  # whose types say that marks may be missing; libyaml always gives them

Kind = Literal["scalar", "mapping", "list", "alias"]

# What may stand between an anchor or tag and its value: blanks, line breaks and comments.
_BETWEEN = re.compile(r"(?:[ \t\r\n]|(?<=[ \t\r\n])#[^\n]*)*")
_PROPERTY = re.compile(r"!<[^>]*>|[&!][^ \t\r\n,\[\]{}]*")
_HEADER = re.compile(r"[|>][+-]?[0-9]?[+-]?")


class CannotEdit(Exception):
    """Why a place cannot be edited safely; `at` is the character of the text where that shows."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value: `text[start:end]` with its anchor and tag, `text[content:end]` without; `properties` is where those end.

    A block collection ends where its last value does, a block scalar at the end of its last line, an empty value
    where it would begin. `style` is that of a scalar: `'`, `"`, `|`, `>` or empty. `dashes` are those of a block
    list's items. `target` is what an alias stands for.
    """

    kind: Kind
    start: int
    properties: int
    content: int
    end: int
    value: str = ""
    style: str = ""
    is_flow: bool = False
    anchor: str | None = None
    tag: str | None = None
    entries: tuple[tuple[Node, Node], ...] = ()
    items: tuple[Node, ...] = ()
    dashes: tuple[int, ...] = ()
    target: Node | None = None

    @property
    def is_block(self) -> bool:
        """Whether this is a mapping or list in block style."""
        return self.kind in ("mapping", "list") and not self.is_flow

    @property
    def is_empty(self) -> bool:
        """Whether this is a value that was not written, as after `labels:`."""
        return self.kind == "scalar" and not self.style and self.content == self.end


@dataclass(frozen=True, slots=True, eq=False)
class DocumentSpan:
    """A document: `start` is its `---` or first directive, or where the text (or its content, after `...`) begins."""

    start: int
    end: int
    is_explicit: bool
    root: Node
    aliases: tuple[Node, ...] = ()


def document_spans(text: str) -> tuple[DocumentSpan, ...]:
    """Returns the documents of a text without byte order mark that `yaml_documents.parse` accepts, the empty ones
    included.

    Raises `CannotEdit` where lines end in a way that readers disagree on.
    """
    if match := re.search("\r(?!\n)|[\x85\u2028\u2029]", text):
        raise CannotEdit(match.start(), f"a line ends with U+{ord(match[0]):04X}; end lines with LF or CR LF")
    return tuple(_Reading(text).documents())


def line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Returns where the line of a character ends, before its line break."""
    end = text.find("\n", at)
    if end < 0:
        return len(text)
    return end - 1 if end > at and text[end - 1] == "\r" else end


def next_line(text: str, at: int) -> int:
    """Returns where the line after that of a character begins; the text's end where there is none."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def column(text: str, at: int) -> int:
    return at - line_start(text, at)


def begins_line(text: str, at: int) -> bool:
    return not text[line_start(text, at) : at].strip()


def newline(text: str) -> str:
    """Returns the line break of a text: that of its first line."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def last_line_end(text: str, end: int, indent: int) -> int:
    """Returns where the last line of a block value ends: with comments below it that are indented deeper than `indent`,
    the column of the keys or dashes around it, and so can belong to nothing that follows."""
    last = line_end(text, end)
    at = next_line(text, last)
    while at < len(text):
        row = text[at : line_end(text, at)]
        words = row.lstrip(" ")
        if words.startswith("#") and len(row) - len(words) > indent:
            last = at + len(row)
        elif words.strip():
            break
        at = next_line(text, at)
    return last


def after_colon(text: str, key: Node) -> int:
    """Returns the place after the `:` of a key."""
    match = re.compile(r"[ \t]*:").match(text, key.end)
    if match is None or text[: key.start].rstrip().endswith("?"):
        raise CannotEdit(key.start, "a key written with `?` is not edited; write it as `key: value`")
    return match.end()


def header_end(text: str, node: Node) -> int:
    """Returns the end of a block scalar's `|`, `>-` or `|2`."""
    match = _HEADER.match(text, node.content)
    return match.end() if match else node.content


class PropertiesEnd(NamedTuple):
    """Where anchor and tag end, and where the value after them begins."""

    end: int
    value: int


@dataclass(slots=True)
class _Reading:
    text: str
    event: Callable[[], Any] = field(init=False)
    anchors: dict[str, Node] = field(default_factory=dict)
    aliases: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.event = CParser(self.text.encode()).get_event

    def documents(self) -> Iterator[DocumentSpan]:
        while True:
            event = self.event()
            if isinstance(event, _EVENTS.StreamEndEvent):
                return
            if isinstance(event, _EVENTS.DocumentStartEvent):
                self.anchors, self.aliases = {}, []
                root = self.node(self.event())
                end = self.event().end_mark.index
                yield DocumentSpan(event.start_mark.index, end, bool(event.explicit), root, tuple(self.aliases))

    def node(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, _EVENTS.AliasEvent):
            node = Node("alias", start, start, start, end, event.anchor, target=self.anchors[event.anchor])
            self.aliases.append(node)
            return node
        properties, content = self.properties(start) if event.anchor or event.tag else (start, start)
        if isinstance(event, _EVENTS.ScalarEvent):
            node = self.scalar(event, start, properties, content)
        elif isinstance(event, _EVENTS.MappingStartEvent):
            node = self.mapping(event, start, properties, content)
        else:
            node = self.list(event, start, properties, content)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def scalar(self, event: Any, start: int, properties: int, content: int) -> Node:
        end, style = event.end_mark.index, event.style or ""
        if not style and not event.value:
            content = end = properties if event.anchor or event.tag else end
        elif style in "|>" and style:
            end = self.block_end(content, end)
        return Node("scalar", start, properties, content, end, event.value, style, anchor=event.anchor, tag=event.tag)

    def mapping(self, event: Any, start: int, properties: int, content: int) -> Node:
        entries = []
        inner = self.event()
        while not isinstance(inner, _EVENTS.MappingEndEvent):
            key = self.node(inner)
            entries.append((key, self.node(self.event())))
            inner = self.event()
        # An empty mapping is in flow style, so a block mapping has a last entry.
        end = inner.end_mark.index if event.flow_style else max(node.end for node in entries[-1])
        return Node(
            "mapping", start, properties, content, end, is_flow=event.flow_style, anchor=event.anchor, tag=event.tag,
            entries=tuple(entries),
        )  # fmt: skip

    def list(self, event: Any, start: int, properties: int, content: int) -> Node:
        items: list[Node] = []
        dashes: list[int] = []
        inner = self.event()
        while not isinstance(inner, _EVENTS.SequenceEndEvent):
            if not event.flow_style:
                dashes.append(self.dash(items[-1].end) if items else content)
            items.append(self.node(inner))
            inner = self.event()
        end = inner.end_mark.index if event.flow_style else items[-1].end
        return Node(
            "list", start, properties, content, end, is_flow=event.flow_style, anchor=event.anchor, tag=event.tag,
            items=tuple(items), dashes=tuple(dashes),
        )  # fmt: skip

    def dash(self, after: int) -> int:
        """Returns the dash of the item after one that ends here: the first that begins a line, comments aside."""
        at = next_line(self.text, after)
        while at < len(self.text):
            row = self.text[at : line_end(self.text, at)]
            words = row.lstrip(" ")
            if words.startswith("-"):
                return at + len(row) - len(words)
            at = next_line(self.text, at)
        return len(self.text)

    def properties(self, start: int) -> PropertiesEnd:
        """Returns where the anchor and tag that begin here end, and where the value after them begins."""
        at = end = start
        while match := _PROPERTY.match(self.text, at):
            end = match.end()
            between = _BETWEEN.match(self.text, end)
            at = between.end() if between else end
        return PropertiesEnd(end, at)

    def block_end(self, content: int, end: int) -> int:
        """Returns the end of a block scalar's last line; blank lines count only where `+` keeps them."""
        body = self.text[content:end]
        header = _HEADER.match(body)
        if header and "+" in header[0]:
            return content + len(body.removesuffix("\n").removesuffix("\r"))
        return content + len(body.rstrip("\r\n \t")) if "\n" in body.rstrip() else line_end(self.text, content)
