"""The lists and `$patch` directives of a strategic merge patch, as Kustomize reads them before it merges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from render.kustomize.merge_keys import KeyedList
from render.kustomize.transformers.patch_errors import PatchError
from render.messages import FieldPath, value_text

DIRECTIVE = "$patch"
Elements = list[tuple[FieldPath, dict[str, Any]]]


def element_key(element: Any, keys: Sequence[str]) -> tuple[str, ...]:
    """Returns what a list element merges by; empty text for what it does not have."""
    return tuple(key_text(element.get(key)) for key in keys)


def patch_elements(patch: list[Any], keyed: KeyedList, path: FieldPath, directive: str) -> Elements:
    """Returns the elements of a patch's list, each with its path, without the one that holds the list's directive."""
    found: Elements = []
    seen: set[tuple[str, ...]] = set()
    for index, item in enumerate(patch):
        if directive and item == {DIRECTIVE: directive}:
            continue
        if not isinstance(item, dict) or not key_text(item.get(keyed.keys[0])):
            raise PatchError((*path, index), f"this element has no {keyed.keys[0]}, by which the list is merged")
        key = element_key(item, keyed.keys)
        if key in seen:
            raise PatchError((*path, index), f"the patch has an element of this {' and '.join(keyed.keys)} twice")
        seen.add(key)
        found.append(((*path, index), item))
    return found


def plain_list(patch: list[Any], path: FieldPath) -> list[Any]:
    """Returns a list that replaces the object's; Kustomize reads no directives in it."""
    for index, item in enumerate(patch):
        if isinstance(item, dict) and DIRECTIVE in item:
            message = (
                "this list is replaced as a whole, and Kustomize would leave the $patch in it; write the whole list"
            )
            raise PatchError((*path, index, DIRECTIVE), message)
    return patch


def directive_of(patch: Mapping[str, Any], path: FieldPath) -> str:
    directive = patch.get(DIRECTIVE, "merge")
    if directive not in ("delete", "replace", "merge"):
        raise PatchError((*path, DIRECTIVE), f"must be delete, replace or merge, not {value_text(directive)}")
    return str(directive)


def list_directive(patch: list[Any], path: FieldPath) -> str:
    """Returns what an element that holds nothing but `$patch` says of the whole list, empty where there is none."""
    marked = [(index, item) for index, item in enumerate(patch) if isinstance(item, dict) and DIRECTIVE in item]
    if not marked or len(marked[0][1]) > 1:
        return ""
    directive = directive_of(marked[0][1], (*path, marked[0][0]))
    for index, item in marked:
        if item[DIRECTIVE] == directive and len(item) > 1:
            raise PatchError((*path, index), f"with $patch: {directive} of the list Kustomize would leave this out")
    return directive


def key_text(value: Any) -> str:
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
