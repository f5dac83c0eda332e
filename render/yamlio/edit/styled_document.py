"""A document as people wrote it: where a path of fields leads in it, and what keeps a value there from being edited."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from render.messages import FieldPath, field_text
from render.yamlio.edit.flow_style import Splice
from render.yamlio.edit.spans import CannotEdit, DocumentSpan, Node, column
from render.yamlio.edit.style import Style, quotes_of, style_of


class PathEnd(NamedTuple):
    """As far as a path leads: the collections `around`, which entry of the last one it is, its value, and the `rest`
    of the path that is not there."""

    around: list[Node]
    number: int
    node: Node
    rest: FieldPath

    @property
    def in_flow(self) -> bool:
        return any(node.is_flow for node in self.around)


class StyledDocument:
    """The text of a file, one document of it, and the style that the document has."""

    def __init__(self, text: str, document: DocumentSpan) -> None:
        self.text = text
        self.root = document.root
        self.aliases = document.aliases
        self.shared = {alias.target for alias in document.aliases}
        self.style = style_of(text, document.root)

    def find(self, path: FieldPath) -> PathEnd:
        """Returns what stands at a path, or as far as it leads. Raises `CannotEdit` where that is shared with another
        place."""
        around: list[Node] = []
        index, node = 0, self.root
        for number, step in enumerate(path):
            inner = self._inner(node, step, path[: number + 1])
            if inner is None:
                return PathEnd(around, index, node, path[number:])
            around.append(node)
            index, node = inner
        return PathEnd(around, index, node, ())

    def _inner(self, node: Node, step: str | int, path: FieldPath) -> tuple[int, Node] | None:
        self.check_own(node, path)
        if node.kind == "mapping" and isinstance(step, str):
            for index, (key, value) in enumerate(node.entries):
                if key.value == step and key.kind == "scalar":
                    return index, value
            self.check_not_merged(node, step, path)
        elif node.kind == "list" and isinstance(step, int) and 0 <= step < len(node.items):
            return step, node.items[step]
        elif node.kind == "list" or (node.kind == "scalar" and not is_null(node)):
            raise CannotEdit(node.start, f"{field_text(path)} cannot be here: this is not a mapping that holds it")
        return None

    def check_own(self, node: Node, path: FieldPath) -> None:
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

    def check_not_merged(self, node: Node, step: str, path: FieldPath) -> None:
        """That no merge key brings this field, which would still be there, or come back."""
        for key, value in node.entries:
            if key.value == "<<" and not key.style and any(_has(merged, step) for merged in _merge_sources(value)):
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

    def check_flow(self, node: Node) -> None:
        """That a mapping in flow style has braces of its own: `[a: b]` holds one without."""
        if node.is_flow and self.text[node.content] not in "{[":
            raise CannotEdit(node.start, "put { and } around this `key: value` first")

    def indent(self, node: Node) -> int:
        """Returns the column of a block collection's keys or dashes."""
        return column(self.text, node.content)

    def lines_at(self, start: int, end: int, lines: list[str]) -> Splice:
        """Lines after the one that ends at `start`, in place of what follows up to `end`."""
        return Splice(start, end, "".join(self.style.newline + line for line in lines))

    def style_in(self, mapping: Node) -> Style:
        """Returns the style of a new field: the quotes of those beside it."""
        key = quotes_of(key for key, _ in mapping.entries)
        text = quotes_of(value for _, value in mapping.entries)
        is_json = mapping.is_flow and key == '"'
        return replace(self.style, key=key, text='"' if is_json else text)


def is_null(node: Node) -> bool:
    """Returns whether YAML 1.2 reads it as null."""
    return node.kind == "scalar" and not node.style and node.value in ("", "~", "null", "Null", "NULL")


def _merge_sources(value: Node) -> list[Node]:
    nodes = value.items if value.kind == "list" else (value,)
    return [node.target or node for node in nodes]


def _has(mapping: Node, step: str) -> bool:
    return any(
        key.value == step
        or (key.value == "<<" and not key.style and any(_has(inner, step) for inner in _merge_sources(value)))
        for key, value in mapping.entries
    )
