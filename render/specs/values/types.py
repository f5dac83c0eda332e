"""The types of Helm values, as Sail's API and the charts' defaults have them, and what to say of a wrong one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from render.messages import FieldPath, value_text


def fits(kind: str, value: Any) -> bool:
    """Is a value (not null) of a type that the files in `values/` name? Null inside a map or a list is."""
    return _FITS[kind](value)


class TypeProblem(NamedTuple):
    """What is wrong with a value at a path."""

    path: FieldPath
    message: str


def wrong_type(kind: str, value: Any) -> Iterator[TypeProblem]:
    """Yields what is wrong with a value that does not fit: for each place below it (empty for itself) a message."""
    of = _ITEMS.get(kind)
    if isinstance(value, dict) and of and _FITS["map"](value) and kind.endswith("-map"):
        yield from (TypeProblem((key,), _message(of, item)) for key, item in value.items() if not _fits_item(of, item))
    elif isinstance(value, list) and of and kind.endswith("-list"):
        yield from (
            TypeProblem((index,), _message(of, item)) for index, item in enumerate(value) if not _fits_item(of, item)
        )
    else:
        yield TypeProblem((), _message(kind, value))


def _message(kind: str, value: Any) -> str:
    found = f"the text {value_text(value)}" if isinstance(value, str) else value_text(value)
    hint = ""
    if kind == "text" and isinstance(value, bool | int | float):
        hint = " (put it in quotes)"
    elif kind in _READS_AS and isinstance(value, str) and re.fullmatch(_READS_AS[kind], value):
        hint = " (leave out the quotes)"
    return f"must be {_TITLES[kind]}, found {found}{hint}"


def _fits_item(kind: str, item: Any) -> bool:
    return item is None or _FITS[kind](item)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_number(value) and (isinstance(value, int) or value.is_integer())


def _map_of(kind: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(_fits_item(kind, item) for item in value.values())


def _list_of(kind: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(_fits_item(kind, item) for item in value)


_ITEMS = {"text-map": "text", "scalar-map": "scalar", "text-list": "text", "map-list": "map"}

_FITS: dict[str, Callable[[Any], bool]] = {
    "any": lambda _value: True,
    "text": lambda value: isinstance(value, str),
    "integer": _is_whole,
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "size": lambda value: isinstance(value, str) or _is_whole(value),
    "scalar": lambda value: isinstance(value, str | int | float),
    "map": lambda value: isinstance(value, dict),
    "mesh": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    **{kind: (_map_of if kind.endswith("-map") else _list_of)(item) for kind, item in _ITEMS.items()},
}

TYPES = frozenset(_FITS)

_TITLES = {
    "text": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "size": "a whole number or text such as 25%",
    "scalar": "text",
    "map": "an object (names with values)",
    "mesh": "an object (names with values)",
    "list": "a list",
    "text-map": "an object (names with texts)",
    "scalar-map": "an object (names with texts)",
    "text-list": "a list of texts",
    "map-list": "a list of objects",
}

# What would have been right without quotes.
_READS_AS = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false"}
