"""Is a MeshConfig one that istiod reads? Names, types, enums, as deep as it goes.

istiod ignores a name that it does not know, and does not start with a value of another type; a text for a number is a
number to it. The types are those of istio.io/api, per minor (`mesh_types.json`, made by `scripts/mesh_types.py`);
the rules of reading are those of golang/protobuf's jsonpb.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from render.kustomize.problem import Problem
from render.messages import FieldPath, value_text
from render.specs.values.hints import nearly
from render.specs.values.names import mesh_types
from render.specs.values.release_ranges import Ordinal, Ranges, is_read, parse_ranges, when_read

UNKNOWN, WRONG_TYPE, UNREAD = "MR052", "MR053", "MR054"
MESH_CONFIG, PROXY_CONFIG = "MeshConfig", "ProxyConfig"

# Go's durations, of which `30s` is one.
_DURATION = re.compile(r"[+-]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+", re.ASCII)
_WHOLE = re.compile(r"[+-]?[0-9]{1,20}", re.ASCII)
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|NaN|-?Infinity", re.ASCII)


@dataclass(frozen=True, slots=True)
class MeshField:
    """What a field takes: `shape` is `list`, `map` or empty, `type` a scalar, a message, or `#` and an enum.

    Of fields with one `group` only one may be set.
    """

    shape: str
    type: str
    group: str
    read: Ranges


def mesh_problems(
    data: Mapping[str, Any], release: str, number: Ordinal, at: FieldPath, message: str = MESH_CONFIG
) -> Iterator[Problem]:
    """Yields what is wrong with a MeshConfig, or another message: MR053 for what istiod would not read, MR052 for a
    name that is nearly a known one, MR054 for any other name that this release does not read (a warning).

    `release` is for messages, `number` the same as an ordinal; null is right everywhere.
    """
    known = mesh_fields(message)
    title = message.rpartition(".")[2]
    groups: dict[str, str] = {}
    for key, value in data.items():
        path, name = (*at, key), _json_name(str(key))
        field = known.get(name)
        if field is None:
            yield _unknown(str(key), known, number, title, release, path)
        elif value is None:
            continue
        elif not is_read(field.read, number):
            yield Problem(UNREAD, f"not read by istiod {release} ({when_read(field.read, number)})", path=path)
        else:
            if field.group and (other := groups.setdefault(field.group, name)) != name:
                yield Problem(WRONG_TYPE, f"is there beside {other}, and only one of them may be", path=path)
            yield from _field(value, field, release, number, path)


def network_problems(data: Mapping[str, Any], release: str, number: Ordinal, at: FieldPath) -> Iterator[Problem]:
    """Yields what is wrong with networks by their names, as `global.meshNetworks` has them; as in `mesh_problems`."""
    yield from _field(data, mesh_fields("MeshNetworks")["networks"], release, number, at)


@cache
def mesh_fields(message: str) -> Mapping[str, MeshField]:
    """Returns the fields of a message, by their JSON names. `KeyError` for a message that there is not."""
    return {name: _read_field(text) for name, text in mesh_types()["messages"][message].items()}


def _field(value: Any, field: MeshField, release: str, number: Ordinal, at: FieldPath) -> Iterator[Problem]:
    if field.shape:
        kind = list if field.shape == "list" else dict
        if not isinstance(value, kind):
            expected = "a list" if kind is list else "an object (names with values)"
            yield Problem(WRONG_TYPE, f"must be {expected}, found {value_text(value)}", path=at)
            return
        entries: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in entries:
            if entry is not None:
                yield from _one(entry, field.type, release, number, (*at, key))
    else:
        yield from _one(value, field.type, release, number, at)


def _one(value: Any, kind: str, release: str, number: Ordinal, at: FieldPath) -> Iterator[Problem]:
    if kind.startswith("#"):
        yield from _enum(value, kind[1:], release, number, at)
    elif kind in mesh_types()["messages"]:
        if isinstance(value, dict):
            yield from mesh_problems(value, release, number, at, kind)
        else:
            yield Problem(WRONG_TYPE, f"must be an object (names with values), found {value_text(value)}", path=at)
    elif not _FITS[kind](value):
        shown = f"the text {value_text(value)}" if isinstance(value, str) else value_text(value)
        hint = " (put it in quotes)" if kind == "text" and isinstance(value, int | float) else ""
        hint = hint or (" (leave out the quotes)" if kind == "boolean" and value in ("true", "false") else "")
        yield Problem(WRONG_TYPE, f"must be {_TITLES[kind]}, found {shown}{hint}", path=at)


def _enum(value: Any, name: str, release: str, number: Ordinal, at: FieldPath) -> Iterator[Problem]:
    words = {word: parse_ranges(text) for word, text in mesh_types()["enums"][name].items()}
    here = [word for word, ranges in words.items() if is_read(ranges, number)]
    if not isinstance(value, str):
        if not _is_whole(value):  # a number stands for a word's place, and for one that is not known yet
            yield Problem(WRONG_TYPE, f"must be one of {', '.join(here)}, found {value_text(value)}", path=at)
        return
    if value in here:
        return
    if value in words:
        yield Problem(WRONG_TYPE, f"not a word of istiod {release} ({when_read(words[value], number)})", path=at)
        return
    near = nearly(re.sub(r"[-\s]", "_", str(value)).upper(), here)
    close = near or next((word for word in here if _letters(word) == _letters(value)), None)
    guess = f" (did you mean {close}?)" if close else ""
    yield Problem(WRONG_TYPE, f"{value_text(value)} is not one of {', '.join(here)}{guess}", path=at)


def _unknown(
    key: str, known: Mapping[str, MeshField], number: Ordinal, title: str, release: str, at: FieldPath
) -> Problem:
    here = [name for name, field in known.items() if is_read(field.read, number)]
    near = nearly(_json_name(key), here) or next((name for name in here if _letters(name) == _letters(key)), None)
    if near:
        return Problem(UNKNOWN, f"not a field of {title} (did you mean {near}?)", path=at)
    return Problem(UNREAD, f"not a field of {title}: istiod {release} does not read it", path=at)


def _letters(text: Any) -> str:
    return re.sub(r"[^a-z0-9]", "", str(text).lower())


def _json_name(key: str) -> str:
    """Returns a field's JSON name, for one that is written as in the proto file, too: `trust_domain`."""
    return re.sub("_([a-z0-9])", lambda found: found[1].upper(), key)


def _is_whole(value: Any) -> bool:
    if isinstance(value, str):
        return _WHOLE.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


_FITS: Mapping[str, Callable[[Any], bool]] = {
    "any": lambda _value: True,
    "boolean": lambda value: isinstance(value, bool),
    "bytes": lambda value: isinstance(value, str),
    "duration": lambda value: isinstance(value, str) and _DURATION.fullmatch(value) is not None,
    "integer": _is_whole,
    "number": _is_number,
    "text": lambda value: isinstance(value, str),
}
_TITLES = {
    "boolean": "true or false",
    "bytes": "text in base64",
    "duration": "a duration such as 30s",
    "integer": "a whole number",
    "number": "a number",
    "text": "text",
}


def _read_field(text: str) -> MeshField:
    text, _, written = text.partition(" one of ")
    group = ""
    if written:
        group, _, ranges = written.partition(" ")
    else:
        text, _, ranges = text.partition(" ")
    shape = "list" if text.startswith("[]") else "map" if text.startswith("{}") else ""
    return MeshField(shape, text[2:] if shape else text, group, parse_ranges(ranges))
