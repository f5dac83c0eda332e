"""Data as YAML in every style that people write, as a random source decides: block and flow, quotes, numbers, nulls,
anchors, aliases, merge keys, comments, JSON."""

from __future__ import annotations

import json
from random import Random
from typing import Any


class Word(str):
    """A scalar as it stands in the text: `yes`, `0x1f`, `~`, or nothing at all."""

    __slots__ = ()


NULLS = tuple(map(Word, ("null", "~", "", "Null", "NULL")))
WORDS = tuple(
    map(
        Word,
        (
            *("true", "True", "FALSE", "yes", "no", "on", "Off", "y", "n", "1", "0", "-5", "+3", "017", "0o17", "0x1F"),
            *("0b11", "1_000", "1.0", "1.50", ".5", "1e3", "1E-2", "12e03", "9007199254740993", "18446744073709551616"),
            *("1:30", "2024-01-01", "2001-12-14t21:59:43.10-05:00", "'1'", '"true"', "'null'", '""', "''", '"~"'),
            *('"yes"', "'2024-01-01'", "a b", "a#b", "'a: b'", '"a\\tb"', '"\\u00e9"', "é", "a'b", "-", "=", "<<"),
            *("!!str 1", "!!int 3", '!!str ""', "! 7", "!!bool true", "!!float 1", "!!null null", "0.0", "-0", "1.10"),
        ),
    )
)
_JSON_WORDS = (None, True, False, 0, 1, -5, 1.5, 1000, "yes", "1", "", "null", "2024-01-01", "a: b", "é")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./")
_NO_TEXT = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


class Style:
    """How one file is written. `often` says how likely each feature is; one that is not named is not used."""

    def __init__(self, random: Random, **often: float) -> None:
        self._random = random
        self._often = often
        self._anchors: list[tuple[str, Any]] = []
        self._number = 0

    def text(self, documents: list[Any]) -> str:
        """Returns documents as a file."""
        if self._does("json") and len(documents) == 1:
            indent = self._random.choice((None, 2))
            return (
                json.dumps(_as_json(documents[0], self._random), indent=indent, ensure_ascii=self._does("json")) + "\n"
            )
        return self._separated([self._document(document) for document in documents])

    def _separated(self, texts: list[str]) -> str:
        lead = "---\n" if self._does("marks") else ""
        if self._does("marks") and self._does("marks"):
            lead = "# a file\n" + lead
        between = (
            "---\n" if not self._does("marks") else self._random.choice(("---\n---\n", "--- # next\n", "...\n---\n"))
        )
        return lead + between.join(texts)

    def _document(self, data: Any) -> str:
        self._anchors.clear()
        if isinstance(data, (dict, list)) and data and not self._does("flow"):
            return self._block(data, "", "").removeprefix("\n")
        return f"{self._flow(data)}\n"

    def _does(self, feature: str) -> bool:
        return self._random.random() < self._often.get(feature, 0)

    def _after_key(self, value: Any, indent: str) -> str:
        """What stands after `key:`, with the end of its last line."""
        if (alias := self._alias(value)) is not None:
            return f" {alias}{self._comment()}\n"
        anchor = self._anchor(value)
        lead = f" {anchor}" if anchor else ""
        if isinstance(value, (dict, list)) and value and not self._does("flow"):
            step = "  " if isinstance(value, dict) or self._does("indent") else ""
            text = f"{lead}{self._comment()}\n{self._block(value, indent + step, indent + step)}"
        else:
            text = f"{lead} {self._scalar_or_flow(value, indent)}".rstrip(" ") + "\n"
        self._remember(anchor, value)
        return text

    def _block(self, value: Any, indent: str, lead: str) -> str:
        """A mapping or list in block style, its first line after `lead`."""
        lines = []
        if isinstance(value, dict):
            entries = list(value.items())
            merged = self._merged()
            for number, (key, item) in enumerate(entries):
                if merged and number == len(entries) // 2:
                    lines.append(f"{lead}<<: {merged}\n")
                    lead = indent
                lines.append(f"{self._line(indent, lead)}{self._key(key)}:{self._after_key(item, indent)}")
                lead = indent
        else:
            for item in value:
                lines.append(f"{lead}-{self._after_dash(item, indent)}")
                lead = indent
        return "".join(lines)

    def _line(self, indent: str, lead: str) -> str:
        own = f"{indent}# says nothing\n" if lead == indent and self._does("comments") else ""
        return own + lead

    def _after_dash(self, item: Any, indent: str) -> str:
        if isinstance(item, (dict, list)) and item and not self._does("flow") and self._alias(item) is None:
            return self._block(item, indent + "  ", " ")
        return self._after_key(item, indent)

    def _scalar_or_flow(self, value: Any, indent: str) -> str:
        if isinstance(value, (dict, list)):
            return self._flow(value) + self._comment()
        text = None if isinstance(value, Word) or value is None else str(value)
        if text is not None and isinstance(value, str) and "\n" in text:
            return self._literal(text, indent)
        return self._scalar(value) + self._comment()

    def _literal(self, text: str, indent: str) -> str:
        if self._does("quotes") or text != text.rstrip("\n") + "\n" or text[0] in " \n":
            return json.dumps(text, ensure_ascii=self._does("quotes"))
        lines = "\n".join(f"{indent}  {line}" if line else "" for line in text[:-1].split("\n"))
        return f"{self._random.choice('|>') if self._does('words') else '|'}\n{lines}"

    def _flow(self, value: Any) -> str:
        if (alias := self._alias(value)) is not None:
            return alias + " "
        anchor = self._anchor(value)
        gap = "\n  " if self._does("lines") else " "
        if isinstance(value, dict):
            entries = [f"{self._key(key)}:{self._flow_value(item)}" for key, item in value.items()]
            text = "{" + f",{gap}".join(entries) + "}"
        elif isinstance(value, list):
            text = "[" + f",{gap}".join(self._flow_value(item).strip() or "null" for item in value) + "]"
        else:
            text = self._scalar(value)
            if any(sign in text and text[0] not in "'\"" for sign in ",[]{}"):
                text = json.dumps(text)
        self._remember(anchor, value)
        return f"{anchor} {text}" if anchor else text

    def _flow_value(self, value: Any) -> str:
        text = self._flow(value)
        return f" {text}" if text or self._random.random() < 0.95 else ""

    def _key(self, key: str) -> str:
        return self._quoted(key) if self._does("quotes") or not _is_plain(key) else key

    def _scalar(self, value: Any) -> str:
        if isinstance(value, Word):
            return str(value)
        if value is None:
            return self._random.choice(NULLS) if self._does("words") else "null"
        if isinstance(value, str):
            return self._quoted(value) if self._does("quotes") or not _is_plain(value) else value
        return json.dumps(value)

    def _quoted(self, text: str) -> str:
        if self._random.random() < 0.5 and "\n" not in text and text.isprintable():
            return "'" + text.replace("'", "''") + "'"
        return json.dumps(text, ensure_ascii=False)

    def _comment(self) -> str:
        return "  # so it is" if self._does("comments") else ""

    def _anchor(self, value: Any) -> str:
        if not self._does("anchors") or value is None or value == "":
            return ""
        self._number += 1
        return f"&a{self._number}"

    def _remember(self, anchor: str, value: Any) -> None:
        if anchor:
            self._anchors.append((f"*{anchor[1:]}", value))

    def _alias(self, value: Any) -> str | None:
        if not self._anchors or not self._does("aliases"):
            return None
        same = [name for name, other in self._anchors if type(other) is type(value) and other == value]
        return self._random.choice(same) if same else None

    def _merged(self) -> str:
        names = [name for name, value in self._anchors if isinstance(value, dict)]
        if not names or not self._does("merges"):
            return ""
        return self._random.choice(names) if self._random.random() < 0.7 else f"[{', '.join(names[:2])}]"


def any_style(random: Random) -> Style:
    """Returns a way to write a file: mostly plain, now and then with a few features often."""
    kind = random.random()
    if kind < 0.35:
        return Style(random, indent=0.5)
    if kind < 0.45:
        return Style(random, json=1)
    features = ("flow", "quotes", "comments", "anchors", "marks", "words", "lines", "indent")
    often = {feature: random.choice((0.05, 0.2, 0.5)) for feature in random.sample(features, random.randint(1, 4))}
    if "flow" in often:
        often["flow"] /= 2
    if "anchors" in often:
        often["anchors"] /= 3
        often |= {"aliases": 0.7, "merges": random.choice((0, 0.3))}
    return Style(random, **often)


def _is_plain(text: str) -> bool:
    return bool(text) and text[0].isalpha() and _PLAIN.issuperset(text) and text.lower() not in _NO_TEXT


def _as_json(value: Any, random: Random) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item, random) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item, random) for item in value]
    if isinstance(value, Word):
        return None if value in NULLS else random.choice(_JSON_WORDS)
    return value
