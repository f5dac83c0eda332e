"""YAML inside a block scalar, as in `patch: |`: its text without the indentation, and the way back into the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from render.yamlio.edit.flow_style import Splice
from render.yamlio.edit.spans import CannotEdit, Node, line_end, line_start, next_line


@dataclass(frozen=True, slots=True)
class InlineText:
    """`text` is that of the block scalar, line by line as in the file, each without its first `indent` columns.

    `outer` and `inner` are where each line begins in the file and in `text`, with one more for the end.
    """

    text: str
    indent: int
    outer: tuple[int, ...]
    inner: tuple[int, ...]

    def position(self, at: int) -> int:
        """Returns a character of the inner text in the file."""
        row = self._row(at)
        return min(self.outer[row] + self.indent + at - self.inner[row], self.outer[-1])

    def outwards(self, splices: Sequence[Splice]) -> list[Splice]:
        """Splices of the inner text as splices of the file: whole lines, so that what is new gets its indentation."""
        rows: list[tuple[int, int, list[Splice]]] = []
        for splice in sorted(splices, key=_place):
            first, last = self._row(splice.start), self._row(splice.end)
            if rows and first <= rows[-1][1]:
                rows[-1] = (rows[-1][0], max(last, rows[-1][1]), [*rows[-1][2], splice])
            else:
                rows.append((first, last, [splice]))
        return [self._lines(*group) for group in rows]

    def _lines(self, first: int, last: int, splices: list[Splice]) -> Splice:
        start, end = self.inner[first], line_end(self.text, self.inner[last])
        whole = splices[-1].end == self.inner[last] and last > first
        if whole:
            end = self.inner[last]  # what goes ends where a line begins: that line stays as it is
        new = splice(self.text[start:end], [Splice(s.start - start, s.end - start, s.new) for s in splices])
        if whole and new and not new.endswith("\n"):
            end = line_end(self.text, self.inner[last])
            new += self.text[self.inner[last] : end]
            whole = False
        indented = "".join(" " * self.indent + line if line.strip() else line for line in new.splitlines(keepends=True))
        return Splice(self.outer[first], self.outer[last] if whole else self._line_end(last), indented)

    def _line_end(self, row: int) -> int:
        written = line_end(self.text, self.inner[row]) - self.inner[row]
        if row + 1 >= len(self.outer):
            return self.outer[-1]
        broken = self.inner[row + 1] - self.inner[row] - written
        return self.outer[row + 1] - broken

    def _row(self, at: int) -> int:
        """Returns the line of a character; the end of a text that ends with a line break is a line of its own."""
        row = bisect_right(self.inner, at) - 1
        ends_open = row == len(self.inner) - 1 and row > 0 and not self.text.endswith("\n")
        return row - 1 if ends_open else row


def inline_text(text: str, node: Node) -> InlineText:
    """Returns the text of a literal block scalar. Raises `CannotEdit` where the scalar is anything else."""
    if node.kind != "scalar" or node.style != "|":
        how = {">": "a folded block (`>`)", "'": "quotes", '"': "quotes"}.get(node.style, "one value")
        raise CannotEdit(
            node.start, f"the patch is written as {how}; write it as a literal block (`|`) to have it edited"
        )
    rows, indent = [], None
    position = next_line(text, node.content)
    first = next((row for row in node.value.split("\n") if row.strip()), "")
    while position < len(text):
        row = text[position : next_line(text, position)]
        words = row.strip()
        if words and indent is None:
            indent = len(row.rstrip("\r\n")) - len(first)
        if words and len(row) - len(row.lstrip(" ")) < (indent or 1):
            break
        rows.append(row)
        position = next_line(text, position)
    indent = indent or 0
    dedented = [row[indent:] if row.strip() else row[indent:] or row.lstrip(" ") for row in rows]
    start = line_start(text, position) if position < len(text) else len(text)
    outer = [start - sum(map(len, rows)), *map(len, rows)]
    return InlineText("".join(dedented), indent, tuple(accumulate(outer)), tuple(accumulate([0, *map(len, dedented)])))


def splice(text: str, splices: Sequence[Splice]) -> str:
    """Returns the text with splices that do not overlap."""
    parts: list[str] = []
    at = 0
    for start, end, new in sorted(splices, key=_place):
        parts += text[at:start], new
        at = end
    return "".join((*parts, text[at:]))


def _place(splice: Splice) -> tuple[int, int]:
    return splice.start, splice.end
