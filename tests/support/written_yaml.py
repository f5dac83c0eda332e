"""YAML in the many ways in which people write it: the same kinds of data, drawn with a style of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from hypothesis import strategies as st

KEYS = ["a", "name", "istio.io/rev", "x-y", "labels", "spec", "Key", "k8s", "b c", "on", "1.2", "e"]
PLAIN = ["x", "v1.24.2", "1-24-2", "with blank", "a:b", "50m", "http://x/y", "é", "d#e", "-", "--flag=1"]
QUOTED = ["", "1.20", "on", "null", "it's", 'say "hi"', "# no comment", "a: b", " blank ", "tab\there", "back\\slash"]
PLAIN_IN_FLOW = ["x", "v1.24.2", "1-24-2", "50m", "é"]
OTHERS = ["1", "true", "null", "~", "1.5", "0x1F", "1e3", "False", "on"]
COMMENTS = ["# why", "#", "#: - x", "# a: b", "# {", "#\ttab", "# 'é"]


@dataclass(slots=True)
class Writer:
    random: Random
    depth: int = 3
    comments: bool = True
    anchors: bool = False
    step: int = field(init=False)
    dash: int = field(init=False)
    quote: str = field(init=False)
    names: list[str] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.step = self.random.choice([2, 2, 4, 3])
        self.dash = self.random.choice([0, 0, 2, 4])
        self.quote = self.random.choice(["", "", "'", '"'])

    def often(self, part: float) -> bool:
        return self.random.random() < part

    def file(self) -> bytes:
        """A file of one or more documents, some of them with nothing in them."""
        random = self.random
        count = random.choice([1, 1, 1, 2, 3])
        text = ""
        for number in range(count):
            self.names = []
            if number or self.often(0.3):
                if not number and self.often(0.2):
                    text += "%YAML 1.2\n"
                text += "---" + random.choice(["", "", " # next", " "]) + "\n"
            if self.often(0.2):
                text += self.comment(0) + random.choice(["", "\n"])
            if number == 0 or self.often(0.9):
                text += "\n".join(self.mapping(0, self.depth)) + "\n"
            if self.often(0.2):
                text += random.choice(["\n", "# the end\n", "\n\n# the end\n"])
            if self.often(0.1):
                text += "...\n"
        if self.often(0.2):
            text = text.removesuffix("\n")
        if self.often(0.2):
            text = text.replace("\n", "\r\n")
        return (b"\xef\xbb\xbf" if self.often(0.1) else b"") + text.encode()

    def mapping(self, indent: int, depth: int) -> list[str]:
        lines: list[str] = []
        pad = " " * indent
        keys = self.random.sample(KEYS, self.random.randint(1, 4))
        for key in keys:
            if lines and self.comments and self.often(0.15):
                lines.append(
                    self.random.choice(["", pad + self.word_comment(), pad + "   " + self.word_comment(), "  "])
                )
            number = self.number
            lines += self.entry(pad + self.key(key) + ":", indent, depth)
            # Only now are the anchors' values complete, so that an alias can stand for them.
            self.names += [f"n{new}" for new in range(number + 1, self.number + 1) if f"n{new}" not in self.names]
        if self.anchors and self.names and self.often(0.2):
            lines.append(f"{pad}{self.key('z')}: *{self.random.choice(self.names)}{self.tail()}")
        return lines

    def entry(self, head: str, indent: int, depth: int) -> list[str]:
        kind = self.random.random()
        anchor = self.anchor()
        if self.anchors and self.names and not anchor and kind < 0.1:
            return [f"{head} *{self.random.choice(self.names)}" + self.tail()]
        if depth and kind < 0.3:
            return [head + anchor + self.tail(), *self.below(indent), *self.mapping(indent + self.step, depth - 1)]
        if depth and kind < 0.45:
            return [head + anchor + self.tail(), *self.below(indent), *self.list(indent + self.dash, depth - 1)]
        if kind < 0.6:
            return self.flow(head + anchor, indent)
        if kind < 0.7:
            return self.block_text(head + anchor, indent)
        if kind < 0.75:
            return [head + anchor + self.tail()]
        if kind < 0.78:
            return [f"{head}{anchor} first", " " * (indent + 1) + "second" + self.tail()]
        if kind < 0.8:
            return [f"{head}{anchor}", " " * (indent + 2) + self.scalar() + self.tail()]
        return [f"{head}{anchor}{self.random.choice([' ', ' ', '   '])}{self.scalar()}{self.tail()}"]

    def list(self, indent: int, depth: int) -> list[str]:
        lines: list[str] = []
        pad = " " * indent
        for _ in range(self.random.randint(1, 3)):
            if lines and self.comments and self.often(0.1):
                lines.append(self.random.choice(["", pad + self.word_comment()]))
            kind, gap = self.random.random(), self.random.choice([" ", " ", "   "])
            if kind < 0.4 and depth:
                first, *rest = self.mapping(indent + 1 + len(gap), depth - 1)
                lines += [pad + "-" + gap + first.lstrip(" "), *rest]
            elif kind < 0.45 and depth:
                first, *rest = self.list(indent + 2, depth - 1)
                lines += [pad + "- " + first.lstrip(" "), *rest]
            elif kind < 0.5 and depth:
                lines += [pad + "-" + self.tail(), *self.mapping(indent + 2, depth - 1)]
            elif kind < 0.6:
                lines += self.flow(pad + "-", indent)
            elif kind < 0.65:
                lines += self.block_text(pad + "-", indent)
            elif kind < 0.7:
                lines += [pad + "-" + self.tail()]
            else:
                lines += [pad + "-" + gap + self.scalar() + self.tail()]
        return lines

    def flow(self, head: str, indent: int) -> list[str]:
        count = self.random.randint(0, 3)
        is_list = self.often(0.4)
        start, end = "[]" if is_list else "{}"
        keys = self.random.sample(["a", "x", "istio.io/rev", "k8s"], count)
        quote = self.random.choice(["", '"'])
        entries = [self.flow_value() if is_list else f"{quote}{key}{quote}: {self.flow_value()}" for key in keys]
        if entries and self.often(0.4):
            pad = " " * (indent + 4)
            comma = self.random.choice(["", ","])
            lines = [pad + entry + "," + self.tail() for entry in entries[:-1]] + [
                pad + entries[-1] + comma + self.tail()
            ]
            return [f"{head} {start}{self.tail()}", *lines, " " * (indent + 2) + end + self.tail()]
        blank = self.random.choice(["", " "]) if entries else ""
        return [f"{head} {start}{blank}{', '.join(entries)}{blank}{end}{self.tail()}"]

    def flow_value(self) -> str:
        kind = self.random.random()
        if kind < 0.1:
            return self.random.choice(["{}", "[]", "{in: 1}", "[1, x]", "{in: {side: y}}"])
        if kind < 0.4:
            return self.quoted(self.random.choice(PLAIN + QUOTED))
        return self.random.choice(PLAIN_IN_FLOW + OTHERS)

    def block_text(self, head: str, indent: int) -> list[str]:
        mark = self.random.choice(["|", "|-", "|", ">", ">-", "|+"])
        inner = indent + self.random.choice([1, 2, 4])
        if self.often(0.2):
            mark += str(inner - indent) if head.lstrip()[0] != "-" else ""
        words = self.random.choice([["one"], ["one", "two"], ["one", "", "  two"], ["# no comment", "a: b"]])
        lines = [" " * inner + word if word else "" for word in words]
        return [f"{head} {mark}{self.tail()}", *lines, *([""] if self.often(0.15) else [])]

    def scalar(self) -> str:
        kind = self.random.random()
        if kind < 0.3:
            return self.random.choice(OTHERS)
        if kind < 0.6 and not self.quote:
            return self.random.choice([word for word in PLAIN if word != "-"])
        return self.quoted(self.random.choice(PLAIN + QUOTED))

    def quoted(self, text: str) -> str:
        if self.quote == "'" or (not self.quote and self.often(0.5)):
            return "'" + text.replace("'", "''") + "'"
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'

    def key(self, key: str) -> str:
        return self.quoted(key) if self.quote or key in ("on", "1.2") or self.often(0.1) else key

    def anchor(self) -> str:
        if not self.anchors or not self.often(0.2):
            return ""
        self.number += 1
        return f" &n{self.number}"

    def tail(self) -> str:
        if not self.comments:
            return ""
        return self.random.choice(["", "", "", "", " ", "  # why", " # a: b", "     #"])

    def below(self, indent: int) -> list[str]:
        if not self.comments or not self.often(0.1):
            return []
        return [" " * (indent + self.step) + self.word_comment()]

    def comment(self, indent: int) -> str:
        return " " * indent + self.word_comment() + "\n"

    def word_comment(self) -> str:
        return self.random.choice(COMMENTS)


def files(anchors: bool = False) -> st.SearchStrategy[bytes]:
    """Texts of YAML files."""
    return st.integers(0, 2**32).map(lambda seed: Writer(Random(seed), anchors=anchors).file())
