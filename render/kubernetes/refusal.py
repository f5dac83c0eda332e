"""What an API server refuses in an object, and the small checks that many rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

Path = tuple[str | int, ...]
Data = Mapping[str, Any]


class Refusal(NamedTuple):
    """What is wrong, in words that follow the field's name, and the path to the field.

    `beside` are the paths of fields that it depends on too, such as the limit that a request is more than.
    """

    path: Path
    message: str
    beside: tuple[Path, ...] = ()


Refusals = Iterator[Refusal]
# A rule looks at one object of one type of Kubernetes' OpenAPI, such as `core.v1.Toleration`: its fields have the types
# that they should, and what is inside them is looked at by rules of its own. Paths start at the object.
Rule = Callable[[Data], Refusals]


def below(path: Path, refusals: Iterable[Refusal]) -> Refusals:
    """Yields refusals of a part of an object, by their paths in the object."""
    for refusal in refusals:
        yield Refusal((*path, *refusal.path), refusal.message, tuple((*path, *one) for one in refusal.beside))


def one_of(data: Data, names: Iterable[str]) -> list[str]:
    """Returns those of these fields that are set: one that is null is not."""
    return [name for name in names if data.get(name) is not None]


def in_range(data: Data, name: str, low: int, high: int | None = None) -> Refusals:
    """Refuses a number, where there is one, that is below or above what is allowed."""
    value = data.get(name)
    if value is not None and (value < low or (high is not None and value > high)):
        yield Refusal(
            (name,), f"is {value}: expected {low} or more" if high is None else f"is {value}: expected {low} to {high}"
        )


def matches(data: Data, name: str, is_valid: Callable[[str], str | None]) -> Refusals:
    """Refuses a text, where there is one that is not empty, that is not written as it must be."""
    value = data.get(name)
    complaint = is_valid(value) if value else None
    if complaint:
        yield Refusal((name,), complaint)


def is_set_right(data: Data, name: str, is_valid: Callable[[str], str | None]) -> Refusals:
    """Refuses a text, where there is one, that is not written as it must be; an empty one too."""
    complaint = None if data.get(name) is None else is_valid(data[name])
    if complaint:
        yield Refusal((name,), complaint)


def each_matches(data: Data, name: str, is_valid: Callable[[str], str | None]) -> Refusals:
    """Refuses the texts of a list that are not written as they must be; an empty one too."""
    for index, text in enumerate(data.get(name) or ()):
        complaint = is_valid(text or "")
        if complaint:
            yield Refusal((name, index), complaint)


def unique(data: Data, name: str, field: str) -> Refusals:
    """Refuses entries of a list that have the same in a field as one before them."""
    seen: set[str] = set()
    for index, entry in enumerate(data.get(name) or ()):
        value = entry.get(field)
        if value and value in seen:
            yield Refusal((name, index, field), f"is {value} a second time")
        seen.add(value)


def needs(data: Data, *names: str) -> Refusals:
    """Refuses fields that are not there, or empty."""
    for name in names:
        if data.get(name) in (None, "", [], {}):
            yield Refusal((name,), "is required")
