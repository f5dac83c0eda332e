"""Lines and columns of values, found by composing a text again: done only for what is reported."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import yaml
from yaml._yaml import CParser

from render.messages import FieldPath
from render.yamlio.location import Place

Node = Any  # yaml.nodes.Node, which has no types


class Position(NamedTuple):
    """A place in a text; both count from 1."""

    line: int
    column: int


def locate(text: bytes, index: int, path: FieldPath) -> Position:
    """Line and column (from 1) of a value in document `index` of a text that `yaml_documents.parse` accepts.

    For a field that is where its key is, for a list item where the item begins. Where the path ends early, the
    place of the last part that is there.
    """
    return locate_deepest(text, index, path).position


class DeepestPosition(NamedTuple):
    """The position of a path as far as it is there, and how many of its steps are."""

    position: Position
    steps: int


def locate_deepest(text: bytes, index: int, path: FieldPath) -> DeepestPosition:
    """As `locate`, and how many steps of the path are there."""
    nodes = _compose(text)
    node = nodes[index] if index < len(nodes) else None
    if node is None:
        return DeepestPosition(Position(1, 1), 0)
    mark, steps = node.start_mark, 0
    for step in path:
        entry = _step(node, step)
        if entry is None:
            break
        key, node = entry
        mark, steps = key.start_mark, steps + 1
    return DeepestPosition(Position(mark.line + 1, mark.column + 1), steps)


def text_place(text: bytes, place: Place, line: int, column: int) -> Position:
    """Returns where line and column of a YAML text inside `text` are in it; `place.inside` leads to the inner text.

    Exact for a literal block (`|`); elsewhere, where lines are folded, the beginning of the inner text.
    """
    node = _node(text, place)
    if node is None:
        return Position(1, 1)
    if node.style != "|":
        return Position(node.start_mark.line + 1, node.start_mark.column + 1)
    rows = [row.removesuffix("\r") for row in text.decode().split("\n")]
    first = node.start_mark.line + 1
    indent = min(_indents(rows[first : first + node.value.count("\n") + 1], node.value), default=0)
    return Position(first + line, indent + column)


def place_of(text: bytes, place: Place, path: FieldPath, document: int = 0) -> DeepestPosition:
    """As `found`, below `place`: in a document of the file, in an item of a list there, or in the text of an
    inline patch, which has documents of its own."""
    inner = inner_text(text, place)
    if inner is None:
        at, steps = locate_deepest(text, place.document, (*place.inside, *path))
        return DeepestPosition(at, max(0, steps - len(place.inside)))
    (line, column), steps = locate_deepest(inner, document, path)
    return DeepestPosition(text_place(text, place, line, column), steps)


def scalar_source(text: bytes, place: Place, path: FieldPath, document: int = 0) -> str | None:
    """Returns the characters of a scalar as they were written (`1.20`, where the value is 1.2), None where it is
    none."""
    node = _node_below(text, place, path, document)
    return node.value if isinstance(node, yaml.ScalarNode) else None


def has_quotes(text: bytes, place: Place, path: FieldPath, document: int = 0) -> bool:
    """Returns whether a scalar was written in quotes or as a block, and so is text whatever it looks like. With a tag
    (`!!str "1"`) it is the tag that says so."""
    node = _node_below(text, place, path, document)
    if not isinstance(node, yaml.ScalarNode) or node.tag not in (None, "!"):
        return False
    return bool(node.style) and node.style in "'\"|>"


def is_tagged_float(text: bytes, place: Place, path: FieldPath, document: int = 0) -> bool:
    """Returns whether a scalar is a whole number that was written with the tag of another type (`!!float 1`)."""
    node = _node_below(text, place, path, document)
    if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:float":
        return False
    return bool(node.value.lstrip("+-").isdigit())


def _node_below(text: bytes, place: Place, path: FieldPath, document: int) -> Node | None:
    inner = inner_text(text, place)
    if inner is None:
        return _node(text, Place(place.file, place.document, (*place.inside, *path)))
    return _node(inner, Place(place.file, document, path))


def inner_text(text: bytes, place: Place) -> bytes | None:
    """Returns the text of an inline patch; None where the place is not in one."""
    node = _node(text, place) if place.inside else None
    return node.value.encode() if isinstance(node, yaml.ScalarNode) else None


def _indents(rows: list[str], value: str) -> Iterator[int]:
    for row, inner in zip(rows, value.split("\n"), strict=False):
        if inner.strip():
            yield len(row) - len(inner)


def _node(text: bytes, place: Place) -> Node | None:
    nodes = _compose(text)
    node = nodes[place.document] if place.document < len(nodes) else None
    for step in place.inside:
        entry = _step(node, step) if node is not None else None
        if entry is None:
            return None
        node = entry[1]
    return node


def _step(node: Node, step: str | int) -> tuple[Node, Node] | None:
    """Returns the key and the value of an entry; for a list both are the item."""
    if isinstance(node, yaml.SequenceNode):
        if isinstance(step, int) and -len(node.value) <= step < len(node.value):
            item = node.value[step]
            return item, item
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key, value
        for merged in _merge_sources(node):
            if (entry := _step(merged, step)) is not None:
                return entry
    return None


def _merge_sources(node: Node) -> Iterator[Node]:
    for key, value in node.value:
        if key.value == "<<" and key.style not in ("'", '"'):
            yield from value.value if isinstance(value, yaml.SequenceNode) else [value]


@lru_cache(maxsize=4)  # many mistakes in one file, each looked for in its patches too
def _compose(text: bytes) -> list[Node | None]:
    parser = _Nodes(text)
    nodes = []
    while parser.check_node():
        nodes.append(parser.get_node())
    return nodes


class _Nodes(CParser):
    """libyaml's composer alone: tags are of no interest for places."""

    def resolve(self, *_: object) -> None:
        return None

    def descend_resolver(self, *_: object) -> None:
        return None

    def ascend_resolver(self) -> None:
        return None
