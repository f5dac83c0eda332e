"""An object's JSON text to the bytes of its YAML file; equal objects, of whichever cluster, are made once.

One string as one YAML scalar that every reader takes for a string: YAML 1.1, YAML 1.2 and Kubernetes' own.

Readers disagree on what an unquoted word is (`on`, `1e3`, `0o17`, `1:30`, `~`), so nothing is decided by
what a reader might resolve: only text that begins with a letter, `/` or `_` and is made of harmless
characters stays unquoted, and of that not the words which some reader knows as something else.
"""

from __future__ import annotations

import hashlib
import json
import json.encoder
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from render.errors import wrong

# A reader looks for the `:` of a plain `key: value` within 1,024 characters (https://yaml.org/spec/1.2.2/#742).
_LONGEST_KEY = 1000
_FIRST = ("apiVersion", "kind", "metadata")


@dataclass(frozen=True, slots=True)
class Text:
    """A file's bytes and their SHA-256 in hex."""

    data: bytes
    sha256: str


def text_of(data: bytes) -> Text:
    """`data` with its digest."""
    return Text(data, hashlib.sha256(data).hexdigest())


Annotations = tuple[tuple[str, str], ...]


def yaml_text(document: str, annotations: Annotations = ()) -> Text:
    """Returns the YAML of a JSON object: `apiVersion`, `kind` and `metadata` first, all else in the order it has.

    `annotations` are added to its own, which win: a person may say another order or another sync option.

    Block style, two spaces, lists not indented, UTF-8, no document marks. Numbers keep their type for
    readers of YAML 1.1 too. An `InputError` says what YAML or Kubernetes cannot hold: NaN, an infinity,
    half of a surrogate pair.
    """
    key = document, annotations
    known = _made.get(key)
    if known is None:
        node = json.loads(document, parse_constant=_no_number)
        if annotations:
            metadata = node["metadata"]
            metadata["annotations"] = {**dict(annotations), **(metadata.get("annotations") or {})}
        known = text_of(_encode(dump(node)))
        _made.keep(key, known)
    return known


def dump(node: Mapping[str, Any]) -> str:
    """Returns a mapping of JSON values as a YAML document."""
    ordered = {key: node[key] for key in _FIRST if key in node}
    ordered.update(node)
    lines: list[str] = []
    _mapping(ordered, "", "", lines)
    return "".join(lines) or "{}\n"


_Key = tuple[str, Annotations]


class _TextCache:
    """What was made last, up to `room` characters of JSON and bytes of YAML together.

    Bounded by size, not by number: what the clusters share is asked for again and again and stays, what is
    one cluster's own is crowded out by the next clusters'. So memory does not grow with the fleet.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._texts: OrderedDict[_Key, Text] = OrderedDict()

    def get(self, document: _Key) -> Text | None:
        text = self._texts.get(document)
        if text is not None:
            self._texts.move_to_end(document)
        return text

    def keep(self, document: _Key, text: Text) -> None:
        self._texts[document] = text
        self._room -= len(document[0]) + len(text.data)
        while self._room < 0:
            crowded_out, its_text = self._texts.popitem(last=False)
            self._room += len(crowded_out[0]) + len(its_text.data)


_made = _TextCache(room=16_000_000)


def _mapping(node: Mapping[str, Any], indent: str, lead: str, lines: list[str]) -> None:
    """`lead` is what stands before the first key: the indentation, or the dashes of the list around it."""
    for key, value in node.items():
        head = _key(key, lead, indent)
        lead = indent
        if type(value) is str:
            lines.append(f"{head} {_string(value, indent)}\n")
        elif isinstance(value, Mapping) and value:
            lines.append(f"{head}\n")
            _mapping(value, indent + "  ", indent + "  ", lines)
        elif isinstance(value, Sequence) and value:
            lines.append(f"{head}\n")
            _sequence(value, indent, indent, lines)
        else:
            lines.append(f"{head} {_other(value)}\n")


def _sequence(node: Sequence[Any], indent: str, lead: str, lines: list[str]) -> None:
    for item in node:
        head = lead + "- "
        lead = indent
        if type(item) is str:
            lines.append(f"{head}{_string(item, indent)}\n")
        elif isinstance(item, Mapping) and item:
            _mapping(item, indent + "  ", head, lines)
        elif isinstance(item, Sequence) and item:
            _sequence(item, indent + "  ", head, lines)
        else:
            lines.append(f"{head}{_other(item)}\n")


def _key(key: str, lead: str, indent: str) -> str:
    text = scalar(key)
    return f"{lead}{text}:" if len(text) < _LONGEST_KEY else f"{lead}? {text}\n{indent}:"


def _string(text: str, indent: str) -> str:
    return block(text, indent + "  ") if "\n" in text else scalar(text)


def _other(value: Any) -> str:
    """Returns a number, boolean, null, or an empty list or mapping."""
    text = json.dumps(value)
    # YAML 1.1 knows a float by its dot alone: `1e+22` would be a string.
    return text.replace("e", ".0e") if type(value) is float and "." not in text else text


def _no_number(name: str) -> NoReturn:
    raise wrong("MR098", f"{name} is not a number that Kubernetes knows: write a finite one")


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        half = f"U+{ord(text[error.start]):04X}"
        raise wrong("MR098", f"a string holds half of a surrogate pair ({half}), which no file can hold") from None


# Booleans and null of YAML 1.1 (https://yaml.org/type/), and the spellings of float that begin with a letter.
_PLAIN = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null|inf|infinity|nan)\Z)"
    r"[a-z_/](?:[a-z0-9_./@=+,-]|[: ](?=[a-z0-9_./@=+,-]))*",
    re.ASCII | re.IGNORECASE,
)

# What turns the direction of writing, so that a person reads another text than is there
# (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
_TURNS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"

# What YAML calls unprintable (https://yaml.org/spec/1.2.2/#51-character-set) or, in 1.1, a line break; and what turns.
_UNFIT_FOR_BLOCK = re.compile(
    f"[{_TURNS}]|[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

# What a JSON string may hold as it is and a YAML double-quoted scalar may or should not.
_UNPRINTABLE = re.compile(f"[{_TURNS}\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def scalar(text: str) -> str:
    """`text` on one line: plain where that is safe, else in double quotes."""
    return text if _PLAIN.fullmatch(text) else quote(text)


@lru_cache(maxsize=64)  # the injector's templates are the largest text of a tree, and those of all clusters
def block(text: str, indent: str) -> str:
    """`text` with newlines as a literal block whose lines stand at `indent`; in double quotes where it is not clean."""
    if not _is_clean(text):
        return quote(text)
    header, body = ("|", text[:-1]) if text.endswith("\n") else ("|-", text)
    lines = [indent + line if line else "" for line in body.split("\n")]
    return "\n".join((header, *lines))


def _is_clean(text: str) -> bool:
    """Returns whether a block may show it: no blank at the start, which would be taken for indentation, or at a line's
    end, where editors strip it; one newline at the end at most; nothing unprintable."""
    return not (
        text[0] in " \t\n"
        or text[-1] in " \t"
        or text.endswith("\n\n")
        or " \n" in text
        or "\t\n" in text
        or not _is_printable(text)
    )


def _is_printable(text: str) -> bool:
    """Returns whether YAML may show every character as it is. Of plain ASCII, as nearly all large texts are, Python
    knows it in a quarter of the time."""
    if text.isascii():
        return text.replace("\n", "").replace("\t", "").isprintable()
    return not _UNFIT_FOR_BLOCK.search(text)


def quote(text: str) -> str:
    """Returns the JSON string as a YAML double-quoted scalar, which it is but for a few characters."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.encoder.encode_basestring(text))
