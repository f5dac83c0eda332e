"""How a condition compares a value with its argument: the operators of the hazards' data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any


def _regex(argument: Any) -> re.Pattern[str] | None:
    try:
        return re.compile(argument) if isinstance(argument, str) else None
    except re.error:
        return None


def scalar_text(value: Any) -> str | None:
    """Returns a scalar as a chart prints it: the values of `env` mean the same with quotes and without."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None


def _equals(value: Any, argument: Any) -> bool:
    text = scalar_text(value)
    return text is not None and text == scalar_text(argument)


def _matches(value: Any, argument: re.Pattern[str]) -> bool:
    text = scalar_text(value)
    return text is not None and argument.search(text) is not None


_VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?", re.ASCII)


def _version(value: Any) -> tuple[int, ...] | None:
    match = _VERSION.match(value) if isinstance(value, str) else None
    return tuple(int(part or 0) for part in match.groups()) if match else None


def _below(value: Any, argument: tuple[int, ...]) -> bool:
    version = _version(value)
    return version is not None and version < argument


def _at_least(value: Any, argument: tuple[int, ...]) -> bool:
    version = _version(value)
    return version is not None and version >= argument


_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|ns)")


def _seconds(value: Any) -> float | None:
    """Returns a duration as Go writes it (`1m30s`), in seconds."""
    if not isinstance(value, str) or not re.fullmatch(f"(?:{_DURATION.pattern})+", value):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(value))


def _lasts(value: Any, argument: float) -> bool:
    seconds = _seconds(value)
    return seconds is not None and seconds >= argument


def _longer(value: Any, argument: int) -> bool:
    return isinstance(value, str) and len(value) > argument


def _within(value: Any, argument: Any) -> bool:
    """Returns whether another map has all entries of a map that is not empty, as labels have those of a selector."""
    both = isinstance(value, Mapping) and isinstance(argument, Mapping)
    return both and bool(value) and all(name in argument and argument[name] == each for name, each in value.items())


def _first_label(value: Any, argument: Any) -> bool:
    return isinstance(value, str) and value.split(".")[0] == scalar_text(argument)


def _second_label(value: Any, argument: Any) -> bool:
    return isinstance(value, str) and value.split(".")[1:2] == [scalar_text(argument)]


def _require(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def prepared(argument: Any) -> Any:
        made = read(argument)
        if made is None:
            raise ValueError(f"{argument!r} is not an argument of this operator")
        return made

    return prepared


# Each is asked for one value and one argument; a list of arguments is enough to satisfy once.
OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": _equals,
    "in": _equals,
    "matches": _matches,
    "below": _below,
    "atLeast": _at_least,
    "lasts": _lasts,
    "longerThan": _longer,
    "within": _within,
    "firstLabel": _first_label,
    "secondLabel": _second_label,
}
PREPARED: Mapping[str, Callable[[Any], Any]] = {
    "matches": _require(_regex),
    "below": _require(_version),
    "atLeast": _require(_version),
    "lasts": _require(_seconds),
}


def prepare(name: str, argument: Any) -> Any:
    """Returns an argument as an operator of this name compares with it. `ValueError` for one that it does not take."""
    return PREPARED[name](argument) if name in PREPARED else argument
