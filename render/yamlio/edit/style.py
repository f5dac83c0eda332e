"""How a new value is written into a file that has a style already: its indentation, quotes and line breaks.

What no one wrote before stands without quotes only where every reader takes it for the same text: YAML 1.2, YAML 1.1
and Kubernetes' own reader, which knows some words of each.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from render.yamlio.edit.spans import Node, column, newline
from render.yamlio.scalars import plain
from render.yamlio.write import block, quote

# A plain scalar's first character must not be an indicator (https://yaml.org/spec/1.2.2/#733-plain-style); three
# dots would end the document.
_NOT_FIRST = re.compile(r"---|-(?!\S)|[?:,\[\]{}#&*!|>'\"%@`]|\.\.\.")
_NOT_INSIDE = re.compile(r":(?= |\Z)| #")
_NOT_IN_FLOW = re.compile(r"[,\[\]{}:?]")  # older libyaml, and Go's copy of it, take some of them for indicators


@dataclass(frozen=True, slots=True)
class Style:
    """`step`: columns from a mapping to the mapping in it; `dash`: columns from a key to the dashes of its list.
    `key` and `text` are the quotes around keys and texts, empty for none. `blocks`: whether text of
    several lines is written as a block, which what follows must not change: a comment, or a missing final newline."""

    step: int = 2
    dash: int = 0
    newline: str = "\n"
    key: str = ""
    text: str = ""
    blocks: bool = True


def style_of(text: str, root: Node) -> Style:
    """Returns what is most common in a document."""
    steps: Counter[int] = Counter()
    dashes: Counter[int] = Counter()
    for parent, node in _collections(root):
        if node.content > parent.content and parent.kind == "mapping":
            right = column(text, node.content) - column(text, parent.content)
            (steps if node.kind == "mapping" else dashes)[right] += 1
    return Style(_most_common(steps, 2), _most_common(dashes, 0), newline(text), blocks=text.endswith("\n"))


def own_quotes(node: Node) -> str:
    """Returns the quotes around a scalar, empty for none."""
    return node.style if node.style in ("'", '"') else ""


def quotes_of(nodes: Iterable[Node]) -> str:
    """Returns the quotes that all of these texts have; empty where they differ or there are none.

    Quotes that a text needs say nothing about the others.
    """
    texts = (node for node in nodes if node.kind == "scalar" and not node.is_empty)
    styles = {node.style for node in texts if not node.style or is_safe_plain(node.value, False)}
    style = styles.pop() if len(styles) == 1 else ""
    return style if style in ("'", '"') else ""


def inline(value: Any, style: Style, in_flow: bool) -> str:
    """Returns a value on one line: a scalar, or a collection in flow style."""
    if isinstance(value, str):
        return _text(value, style.text, in_flow)
    if isinstance(value, Mapping):
        parts = (f"{_text(key, style.key, True)}: {inline(item, style, True)}" for key, item in value.items())
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(inline(item, style, True) for item in value) + "]"
    text = json.dumps(value)
    # YAML 1.1 knows a float by its dot alone: `1e+22` would be text.
    return text.replace("e", ".0e") if type(value) is float and "." not in text else text


def is_inline(value: Any) -> bool:
    """Returns whether a value stands on the line of its key: all but mappings and lists with something in them."""
    return not value or not isinstance(value, Mapping | list | tuple)


def field_lines(key: str, value: Any, indent: int, style: Style) -> list[str]:
    """Returns the lines of `key: value` in a block mapping whose keys stand at column `indent`."""
    head = " " * indent + _text(key, style.key, False) + ":"
    if not is_inline(value):
        return [head, *value_lines(value, indent, style)]
    first, *rest = scalar_lines(value, indent + style.step, style)
    return [f"{head} {first}", *rest]


def value_lines(value: Any, indent: int, style: Style) -> list[str]:
    """Returns the lines of a mapping or list that has something in it, below a key at column `indent`."""
    if isinstance(value, Mapping):
        return mapping_lines(value, indent + style.step, style)
    return [line for item in value for line in item_lines(item, indent + style.dash, style)]


def mapping_lines(value: Mapping[str, Any], indent: int, style: Style) -> list[str]:
    return [line for key, item in value.items() for line in field_lines(key, item, indent, style)]


def item_lines(value: Any, indent: int, style: Style, gap: int = 1) -> list[str]:
    """Returns the lines of a list's item whose dash stands at column `indent`, `gap` columns before the value."""
    dash, inner = " " * indent + "-" + " " * gap, indent + 1 + gap
    if is_inline(value):
        first, *rest = scalar_lines(value, inner, style)
        return [dash + first, *rest]
    if isinstance(value, Mapping):
        lines = mapping_lines(value, inner, style)
    else:
        lines = [line for item in value for line in item_lines(item, inner, style)]
    return [dash + lines[0][inner:], *lines[1:]]


def scalar_lines(value: Any, indent: int, style: Style) -> list[str]:
    """Returns a scalar after its key: one line, or a literal block with its text at column `indent`."""
    if isinstance(value, str) and "\n" in value and style.blocks:
        return block(value, " " * indent).split("\n")
    return [inline(value, style, False)]


def is_safe_plain(text: str, in_flow: bool) -> bool:
    """Returns whether text without quotes is that text for every reader."""
    return (
        text.isprintable()
        and text.strip() == text != ""
        and not _NOT_FIRST.match(text)
        and not _NOT_INSIDE.search(text)
        and not (in_flow and _NOT_IN_FLOW.search(text))
        and isinstance(plain(text, yaml_1_1=True), str)
        and _tag_in_yaml_1_1(text) == "tag:yaml.org,2002:str"
    )


def _text(text: str, quotes: str, in_flow: bool) -> str:
    if quotes == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    if quotes != '"' and is_safe_plain(text, in_flow):
        return text
    return quote(text)


@lru_cache(maxsize=1)
def _resolver() -> Any:
    return yaml.resolver.Resolver()


def _tag_in_yaml_1_1(text: str) -> str:
    return str(_resolver().resolve(yaml.ScalarNode, text, (True, False)))


def _collections(node: Node) -> Iterator[tuple[Node, Node]]:
    """Yields every block collection in a document, with the one around it."""
    for inner in (*(value for _, value in node.entries), *node.items):
        if inner.is_block:
            yield node, inner
            yield from _collections(inner)


def _most_common(counts: Counter[int], default: int) -> int:
    return counts.most_common(1)[0][0] if counts else default
