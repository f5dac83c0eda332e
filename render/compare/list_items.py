"""Which item of a list is which of the list that it became: by what names items, else by their being equal."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from render.compare.embedded import EmbeddedDocument

# What a text of the object before would be called in the one after: a revision's name in that of the next.
Rename = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ItemMatches:
    """Items of two lists. `pairs` are a name and the places before and after, in the order of those after; `gone` and
    `come` a name and a place. The name is empty for items without one that are only on one side, and the place
    (`2`) for others. `reordered`: the pairs stand in another order than before."""

    pairs: list[tuple[str, int, int]]
    gone: list[tuple[str, int]]
    come: list[tuple[str, int]]

    @property
    def reordered(self) -> bool:
        order = [old for _, old, _ in self.pairs]
        return order != sorted(order)


def match_items(before: list[Any], after: list[Any], rename: Rename) -> ItemMatches:
    """Returns items by name where all have one, else by equality; where as many are gone as have come, those that are
    left are taken as changed, in their order."""
    for fields in _NAMING:
        old, new = _names_by_fields(fields, before), _names_by_fields(fields, after)
        if old is not None and new is not None:
            return _by_name(old, new, rename)
    return _by_equality(before, after, rename)


# What names an item among its kind, the first that all items of both lists have, each another: the API's own
# merge keys first (Kubernetes, "list-map-keys"), then what people call them by.
_NAMING = (
    ("name",),
    ("containerPort", "protocol"),
    ("mountPath",),
    ("devicePath",),
    ("port", "protocol"),
    ("key",),
    ("topologyKey",),
    ("apiGroups", "resources"),
    ("ip",),
    ("type",),
)


def name_after(name: str, before: Collection[str], after: Collection[str], rename: Rename) -> str:
    """Returns what a name of the side before is called after, unless it is still there, or another has that name
    already."""
    if name in after:
        return name
    new = rename(name)
    return name if new in before else new


def _names_by_fields(fields: Sequence[str], items: list[Any]) -> list[str] | None:
    """Returns the name of each item by these fields (the first is required), None where they name none or two alike."""
    names = []
    for item in items:
        if not isinstance(item, dict) or fields[0] not in item:
            return None
        parts = [_name_part(item[field]) for field in fields if field in item]
        if None in parts:
            return None
        names.append("/".join(part for part in parts if part))
    return names if len(set(names)) == len(names) else None


def _name_part(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    return None


def _by_name(before: list[str], after: list[str], rename: Rename) -> ItemMatches:
    new_at = {name: at for at, name in enumerate(after)}
    old_at = {name_after(name, before, new_at, rename): at for at, name in enumerate(before)}
    return ItemMatches(
        [(name, old_at[name], at) for name, at in new_at.items() if name in old_at],
        [(name, at) for name, at in old_at.items() if name not in new_at],
        [(name, at) for name, at in new_at.items() if name not in old_at],
    )


def _by_equality(before: list[Any], after: list[Any], rename: Rename) -> ItemMatches:
    places: dict[str, list[int]] = {}
    for at in reversed(range(len(after))):
        places.setdefault(_as_text(after[at]), []).append(at)
    pairs, gone = [], []
    for at, item in enumerate(before):
        text = _as_text(item)
        same = places.get(text) or places.get(rename(text))
        if same:
            pairs.append((at, same.pop()))
        else:
            gone.append(at)
    come = sorted(at for left in places.values() for at in left)
    if len(gone) == len(come):
        pairs += zip(gone, come, strict=True)
        gone, come = [], []
    in_order = sorted(pairs, key=lambda pair: pair[1])
    return ItemMatches(
        [(str(new), old, new) for old, new in in_order], [("", at) for at in gone], [("", at) for at in come]
    )


def _as_text(value: Any) -> str:
    """Returns a key for equality of anything that can stand in a list; nobody sees it."""
    return json.dumps(value, sort_keys=True, default=_raw)


def _raw(value: Any) -> Any:
    return ["text", value.text] if isinstance(value, EmbeddedDocument) else ["hidden", value.raw]
