"""A component's objects as server-side apply takes them, where Istio's charts write what it refuses or never keeps.

These are the wanted differences from the charts (docs/specs.md tells of them):

- An environment variable that a container names twice stands once, with its last value. That is the one that
  Kubernetes takes of two of one name, so what runs is what ran under Helm, whose client-side apply only warned.
- An entry of another list that is there twice, word for word, stands once. Entries of one key that differ stay: they
  cannot be one, and the object is refused.
- Empty lists in the rules of a NetworkPolicy (`from: []`, which says the same as nothing) are left out. The server
  drops them and counts each apply as a change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from render.kubernetes.list_keys import KeyedTwice, keyed_twice
from render.yamlio.location import value_at

VARIABLE = "core.v1.EnvVar"
_COMPACT = (",", ":")


@dataclass(frozen=True, slots=True)
class Overridden:
    """An environment variable that a container named twice; `value` is what is left of it, None where that is no text
    but comes from somewhere else (`valueFrom`)."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Appliable:
    """An object as JSON text, and the environment variables of which only the last value is left in it."""

    json: str
    overridden: tuple[Overridden, ...] = ()


@lru_cache(maxsize=512)
def appliable_object(text: str) -> Appliable:
    """Returns the object of a JSON text with each key of its lists once, and without what the server drops."""
    obj = json.loads(text)
    overridden = []
    gone: dict[tuple[str | int, ...], set[int]] = {}
    for twice in keyed_twice(obj):
        entries = value_at(obj, *twice.list)
        surplus = _surplus(twice, entries)
        if surplus:
            gone.setdefault(twice.list, set()).update(surplus)
        if twice.type == VARIABLE:
            last = entries[twice.positions[-1]]
            overridden.append(Overridden(str(last.get("name")), last.get("value")))
    for place, positions in gone.items():
        entries = value_at(obj, *place)
        entries[:] = [entry for index, entry in enumerate(entries) if index not in positions]
    dropped = obj.get("kind") == "NetworkPolicy" and _drop_empty_lists(obj)
    return Appliable(
        json.dumps(obj, separators=_COMPACT, ensure_ascii=False) if gone or dropped else text, tuple(overridden)
    )


def _surplus(twice: KeyedTwice, entries: list[Any]) -> set[int]:
    """Returns the positions of the entries that have no effect, empty where that cannot be said of them."""
    *earlier, last = twice.positions
    if twice.type == VARIABLE:
        return set(earlier)
    first = entries[twice.positions[0]]
    return {*earlier[1:], last} if all(entries[index] == first for index in twice.positions) else set()


def _drop_empty_lists(policy: Mapping[str, Any]) -> bool:
    """Takes the empty lists out of a NetworkPolicy's rules; returns whether there were any."""
    dropped = False
    for rules in (value_at(policy, "spec", "ingress"), value_at(policy, "spec", "egress")):
        for rule in rules or ():
            for name in [name for name, value in rule.items() if value == []]:
                del rule[name]
                dropped = True
    return dropped
