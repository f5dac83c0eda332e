"""What edits mean for the data of a file: single changes, in the order in which the text takes them best.

Pure data, so that a changed text can be judged: whichever reader reads it, its data must be the old data with these
changes applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from render.messages import FieldPath
from render.yamlio.location import value_at

REMOVED: Final = type("Removed", (), {"__repr__": lambda _: "REMOVED"})()

_NOTHING: Final = object()

# An empty mapping of these says nothing, so it goes with its last key; any other stays as `{}`.
_GO_WHEN_EMPTY = ("labels", "annotations")


@dataclass(frozen=True, slots=True)
class Put:
    """The field at `path` gets a value, in place of the one it has or as a new one."""

    path: FieldPath
    value: Any


@dataclass(frozen=True, slots=True)
class Take:
    """The field or list item at `path` goes."""

    path: FieldPath


@dataclass(frozen=True, slots=True)
class Swap:
    """The field at `path` goes, and the new field `key` of the same mapping takes its place."""

    path: FieldPath
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Append:
    """The list at `path` gets one item more."""

    path: FieldPath
    value: Any


Change = Put | Take | Swap | Append


def changes(data: Any, wanted: Sequence[tuple[FieldPath, Any]]) -> list[Change]:
    """Returns what has to change in `data` so that each path has its value, or nothing where that is `REMOVED`.

    What is so already is left out. A mapping in place of a mapping, and a list in place of one as long, are changed
    part by part. A field that goes and a new one of the same mapping are one `Swap`.
    """
    paths = [path for path, _ in wanted]
    ordered = any(a == b[: len(a)] for i, a in enumerate(paths) for j, b in enumerate(paths) if i != j)
    steps = [step for path, value in wanted for step in _parts(path, value, data)] if not ordered else wanted
    edits: list[Change] = []
    if not ordered:
        edits, steps = _pair_items(data, list(steps))
        for change in edits:
            data = apply(data, change)
    for path, value in steps:
        for part, inner in _parts(path, value, data):
            needed = _change(data, part, inner)
            if needed is not None:
                edits.append(needed)
                with suppress(LookupError):  # through a scalar: that is told where the text is
                    data = apply(data, needed)
    return edits


def append(data: Any, path: FieldPath, value: Any) -> Change:
    """Returns the change that adds an item to a list, which may be missing or empty."""
    return Append(path, value) if value_at(data, *path) not in (None, [], {}) else Put(path, [value])


def apply(data: Any, change: Change) -> Any:
    """Returns the data with a change; what it does not touch is shared. Raises `LookupError` where the place is not
    there."""
    match change:
        case Put(path, value):
            return _put(data, path, value)
        case Take(path):
            return _take(data, path)
        case Swap(path, key, value):
            return _put(_take(data, path), (*path[:-1], key), value)
        case Append(path, value):
            return _put(data, path, [*value_at(data, *path), value])


def is_same(one: Any, other: Any) -> bool:
    """Returns whether two values are equal and of equal types: neither `1` nor `1.0` is `true` or the other."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(is_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _pair_items(data: Any, steps: list[tuple[FieldPath, Any]]) -> tuple[list[Change], list[tuple[FieldPath, Any]]]:
    """Fields that replace others, and what is left: new values before what goes, so that no mapping is emptied that
    gets something."""
    going = [path for path, value in steps if value is REMOVED and _is_there(data, path)]
    swaps: list[Change] = []
    swapped: set[FieldPath] = set()
    for path, value in steps:
        if value is REMOVED or not path or _is_there(data, path):
            continue
        old = next((o for o in going if o not in swapped and o[:-1] == path[:-1] and isinstance(o[-1], str)), None)
        if old is not None:
            swaps.append(Swap(old, str(path[-1]), value))
            swapped |= {old, path}
    rest = [(path, value) for path, value in steps if path not in swapped]
    # The last items of a list go first: the others keep their numbers.
    gone = sorted((p for p, value in rest if value is REMOVED), key=lambda p: _from_behind(p))
    return swaps, [*((p, v) for p, v in rest if v is not REMOVED), *((p, REMOVED) for p in gone)]


def _is_there(data: Any, path: FieldPath) -> bool:
    return value_at(data, *path, missing=_NOTHING) is not _NOTHING


def _from_behind(path: FieldPath) -> list[int]:
    return [-step for step in path if isinstance(step, int)]


def _parts(path: FieldPath, value: Any, data: Any) -> Iterator[tuple[FieldPath, Any]]:
    now = value_at(data, *path, missing=_NOTHING)
    if value is not REMOVED and is_same(now, value):
        return
    if isinstance(value, Mapping) and value and isinstance(now, Mapping) and now:
        for key in now:
            if key not in value:
                yield (*path, key), REMOVED
        for key, inner in value.items():
            yield from _parts((*path, key), inner, data)
    elif isinstance(value, list) and isinstance(now, list) and len(value) == len(now):
        for index, inner in enumerate(value):
            yield from _parts((*path, index), inner, data)
    else:
        yield path, value


def _change(data: Any, path: FieldPath, value: Any) -> Change | None:
    if value is not REMOVED:
        return Put(path, value)
    if not _is_there(data, path):
        return None
    around = value_at(data, *path[:-1])
    while len(path) > 1 and len(around) == 1 and (isinstance(around, list) or path[-2] in _GO_WHEN_EMPTY):
        if not isinstance(path[-2], str):
            break
        path = path[:-1]
        around = value_at(data, *path[:-1])
    return Take(path)


def _put(data: Any, path: FieldPath, value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(data, list):
        if not isinstance(step, int) or not 0 <= step < len(data):
            raise LookupError(step)
        return [*data[:step], _put(data[step], tuple(rest), value), *data[step + 1 :]]
    if data is not None and not isinstance(data, Mapping):
        raise LookupError(step)
    now = data or {}
    return {**now, step: _put(now.get(step), tuple(rest), value)}


def _take(data: Any, path: FieldPath) -> Any:
    step, *rest = path
    if rest:
        return _put(data, (step,), _take(data[step], tuple(rest)))
    if isinstance(data, list):
        return [item for number, item in enumerate(data) if number != step]
    return {key: value for key, value in data.items() if key != step}
