"""Lists whose entries Kubernetes tells apart by a key (`env` by name), and the keys that such a list names twice.

Server-side apply refuses an object with such a list; client-side apply only warned, where it said anything
(https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from render.kubernetes.openapi import Field, fields, kind_type

Path = tuple[str | int, ...]
# What a key is where an entry does not say it (`default` in the API server's own OpenAPI).
DEFAULTS: Mapping[str, str] = {"protocol": "TCP"}


class KeyedTwice(NamedTuple):
    """The entries of one key in one list: the list's place in the object, the type of its entries (`core.v1.EnvVar`),
    the key (`name=RUST_LOG`), and the positions of its entries, two or more, in order."""

    list: Path
    type: str
    key: str
    positions: tuple[int, ...]


def keyed_twice(obj: Mapping[str, Any]) -> Iterator[KeyedTwice]:
    """Yields every key that a list of the object names more than once; nothing of a kind that is not Kubernetes' own,
    nor of what is not of the type that its field has."""
    name = kind_type(obj.get("apiVersion"), obj.get("kind"))
    if name:
        yield from _in_object(obj, name, ())


def entry_key(entry: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """Returns the key of an entry as a person reads it: `containerPort=80,protocol=TCP`."""
    return ",".join(f"{key}={entry.get(key, DEFAULTS.get(key))}" for key in keys)


def _in_object(data: Mapping[str, Any], name: str, at: Path) -> Iterator[KeyedTwice]:
    known = fields(name)
    for key, value in data.items():
        field = known.get(key)
        if field is not None and isinstance(value, dict | list) and value:
            yield from _in_field(value, field, (*at, key))


def _in_field(value: Any, field: Field, at: Path) -> Iterator[KeyedTwice]:
    if field.shape == "object" and isinstance(value, dict):
        yield from _in_object(value, field.type, at)
    elif field.shape == "list" and isinstance(value, list):
        if field.keys or field.is_set:
            yield from _in_list(value, field, at)
        if field.entry.shape != "scalar":
            for index, entry in enumerate(value):
                yield from _in_field(entry, field.entry, (*at, index))


def _in_list(entries: list[Any], field: Field, at: Path) -> Iterator[KeyedTwice]:
    positions: dict[str, list[int]] = {}
    for index, entry in enumerate(entries):
        if field.is_set:
            positions.setdefault(str(entry), []).append(index)
        elif isinstance(entry, dict):
            positions.setdefault(entry_key(entry, field.keys), []).append(index)
    for key, where in positions.items():
        if len(where) > 1:
            yield KeyedTwice(at, field.type, key, tuple(where))
