"""Where in the files something was written, and what is at a place in their data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from render.messages import FieldPath


@dataclass(frozen=True, slots=True)
class Place:
    """A document in a file: `document` counts from 0. `inside` leads to a block scalar that is itself
    YAML (an inline patch), or to an item of a `kind: List`; empty when the file's document is meant."""

    file: str
    document: int = 0
    inside: FieldPath = ()


def value_at(data: Any, *path: str | int, missing: Any = None) -> Any:
    """Returns the value at a path through maps and lists, `missing` where any step of it is not there."""
    for step in path:
        there = step in data if isinstance(data, Mapping) else isinstance(data, list) and step in range(len(data))
        if not there:
            return missing
        data = data[step]
    return data


def map_at(data: Any, *path: str | int) -> Mapping[str, Any]:
    """Returns the map at a path, an empty one where none is: nobody checked the objects that are passed through."""
    found = value_at(data, *path)
    return found if isinstance(found, Mapping) else {}


def merge_maps(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Returns both, `high` winning: maps merge, all else is replaced, lists and nulls included (Helm's, Sail's and
    istioctl's rule). Nothing is copied that is not changed, so the result shares its parts with both."""
    result = dict(low)
    for key, value in high.items():
        before = result.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            result[key] = merge_maps(before, value)
        else:
            result[key] = value
    return result


def with_value(data: Any, path: FieldPath, value: Any) -> Any:
    """Returns data with another value at a path that it has; what does not lead there is shared."""
    if not path:
        return value
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[path[0]] = with_value(data[path[0]], path[1:], value)
    return copy


def without_entry(data: Any, path: FieldPath) -> Any:
    """Returns data without the entry of a mapping at a path that it has; what does not lead there is shared."""
    around = value_at(data, *path[:-1])
    return with_value(data, path[:-1], {key: value for key, value in around.items() if key != path[-1]})
