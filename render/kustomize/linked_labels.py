"""Labels and annotations that Kustomize has put into several fields of an object, and that change together ever after.

In Kustomize those fields share one value: when a later layer or a merge patch changes it in one of them, say in
`metadata/labels`, it changes in all, selectors included (seen in 4.5.4; a JSON patch ends it). Kept, since the same
folder must give the same objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

KeyPath = tuple[str, ...]  # leads through lists to every element


@dataclass(frozen=True, slots=True)
class Link:
    """One key in several fields."""

    key: str
    paths: tuple[KeyPath, ...]


def new_links(before: Any, after: Any, paths: Iterable[KeyPath], keys: Iterable[str]) -> Iterator[Link]:
    """Yields the links that come of putting keys into fields: between those fields that did not have the key."""
    if before is after:
        return
    fields = tuple(paths)
    for key in keys:
        new = {path: len(_all(after, path, key)) - len(_all(before, path, key)) for path in fields}
        if sum(new.values()) > 1:
            yield Link(key, tuple(path for path in fields if new[path]))


def apply_links(links: Iterable[Link], before: Mapping[str, Any], after: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the object after a change, with linked fields changed alike."""
    for link in links:
        values = [value for path in link.paths for value in _all(after, path, link.key)]
        was = next((value for path in link.paths for value in _all(before, path, link.key)), None)
        changed = [value for value in values if value != was]
        if changed and any(value != changed[-1] for value in values):
            for path in link.paths:
                after = _with(after, path, link.key, changed[-1])
    return after


def without(links: Iterable[Link], path: KeyPath) -> list[Link]:
    """Returns the links without a field that is made anew."""
    rest = (Link(link.key, tuple(other for other in link.paths if other != path)) for link in links)
    return [link for link in rest if link.paths]


def outlasting(links: Iterable[Link], patch: Mapping[str, Any]) -> list[Link]:
    """Returns the links without the fields that a merge patch replaces as a whole, rather than merging into them."""
    links = list(links)
    for path in {path for link in links for path in link.paths}:
        if _is_replaced(patch, path):
            links = without(links, path)
    return links


def _is_replaced(patch: Any, path: KeyPath) -> bool:
    for step in (*path, ""):
        if not isinstance(patch, dict) or patch.get("$patch") == "replace":
            return True
        if step not in patch:
            return False
        patch = patch[step]
    return False


def _all(data: Any, path: KeyPath, key: str) -> list[Any]:
    if isinstance(data, list):
        return [value for item in data for value in _all(item, path, key)]
    if not isinstance(data, dict):
        return []
    if path:
        return _all(data.get(path[0]), path[1:], key)
    return [data[key]] if key in data else []


def _with(data: Any, path: KeyPath, key: str, value: Any) -> Any:
    if isinstance(data, list):
        return [_with(item, path, key, value) for item in data]
    if not isinstance(data, dict) or (path[0] if path else key) not in data:
        return data
    if path:
        return {**data, path[0]: _with(data[path[0]], path[1:], key, value)}
    return {**data, key: value}
