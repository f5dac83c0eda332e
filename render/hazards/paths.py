"""Paths of the hazards' data: `object.spec.rules[*].to`, `object.metadata.labels["istio.io/rev"]`.

`[*]` stands for every element of a list or every value of a map, `**` for any number of steps, none included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from render.messages import FieldPath

ANY = "[*]"
DEEP = "**"
_STEP = re.compile(r'(?:^|\.)([\w-]+|\*\*)|\[(\*|\d+)\]|\["([^"]+)"\]', re.ASCII)

Pattern = tuple[str | int, ...]


@cache
def pattern(text: str) -> Pattern:
    """Returns the steps of a path as it is written; the first is its root. `ValueError` where it cannot be read."""
    steps: list[str | int] = []
    place = 0
    while place < len(text):
        match = _STEP.match(text, place)
        if match is None:
            raise ValueError(f"{text} cannot be read from {text[place:]!r} on")
        name, index, quoted = match.groups()
        steps.append(name or quoted or (ANY if index == "*" else int(index)))
        place = match.end()
    if not steps or not isinstance(steps[0], str) or steps[0] in (ANY, DEEP):
        raise ValueError(f"{text!r} does not begin with a root")
    return tuple(steps)


class PathValue(NamedTuple):
    """A path, and what is there."""

    path: FieldPath
    value: Any


def find_places(value: Any, steps: Pattern, path: FieldPath = ()) -> Iterator[PathValue]:
    """Yields every place that the steps lead to from a value that stands `at` a path, and what is there. Null is
    nothing."""
    for place, step in enumerate(steps):
        if step in (ANY, DEEP):
            rest = steps[place + 1 :]
            if step == DEEP:
                yield from find_places(value, rest, path)
                rest = steps[place:]
            for key, inner in _children(value):
                yield from find_places(inner, rest, (*path, key))
            return
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return
        path = (*path, step)
    if value is not None:
        yield PathValue(path, value)


def certain(steps: Pattern) -> FieldPath:
    """Returns the steps up to the first that may lead to several places."""
    end = next((place for place, step in enumerate(steps) if step in (ANY, DEEP)), len(steps))
    return steps[:end]


def _children(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)
