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
