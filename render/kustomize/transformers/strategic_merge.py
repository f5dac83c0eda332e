"""Strategic merge patches, as Kustomize 5.8 applies them.

Mappings merge, null deletes, lists are replaced except those whose elements have a key (`merge_keys`).
Kustomize differs from Kubernetes in ways that are kept here, since the same folder must give the same objects:
elements of a patch come first in a merged list, and some parts of a patch have no effect. The last are noted, so that a
person hears of it; where Kustomize would lose data or leave a directive in the object, the patch is refused.
Kustomize 4.5.4 does the same but for nulls: there those of the object go with the first patch, which brings back what
a null had taken away.

The target is never changed: what a patch does not touch is shared with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from render.kustomize.merge_keys import Fields, KeyedList, keyed_lists
from render.kustomize.transformers.patch_errors import Context, Note, PatchError
from render.kustomize.transformers.patch_lists import (
    DIRECTIVE,
    Elements,
    directive_of,
    element_key,
    key_text,
    list_directive,
    patch_elements,
    plain_list,
)
from render.messages import FieldPath, field_text, value_text

_KNOWN: Fields = {}  # below a kind that Kustomize knows, but with no list that merges
_GONE: Any = object()
_NO_PATCH = Context([], lambda _: None)


def strategic_merge(target: Mapping[str, Any], patch: Mapping[str, Any], context: Context) -> Mapping[str, Any] | None:
    """Returns the patched object, None when the patch deletes it; the target itself where nothing changes.

    Which object it is (apiVersion, kind, name, namespace) stays as it was, whatever the patch says.
    Raises `PatchError`.
    """
    if directive_of(patch, ()) == "replace":
        context.notes.append(
            Note((DIRECTIVE,), "replace has no effect on a whole object; write the object itself instead")
        )
        return target
    merged = _mapping(target, patch, None, (), context)
    return None if merged is _GONE else _same_object(merged, target)


def is_merged(data: Any, path: FieldPath) -> bool:
    """Returns whether a merge gets to a place in an object or patch: it does not look into lists that it replaces."""
    at: Fields | KeyedList | None = None
    for step in path:
        if isinstance(data, dict) and step in data:
            at = _field(_below_kind(at if not isinstance(at, KeyedList) else None, data, data), str(step))
        elif isinstance(data, list) and isinstance(at, KeyedList) and step in range(len(data)):
            at = at.element
        else:
            return False
        data = data[step]
    return True


def _same_object(merged: dict[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    old, new = target.get("metadata") or {}, merged.get("metadata") or {}
    names = {key: old[key] for key in ("name", "namespace") if key in old}
    if {key: new[key] for key in ("name", "namespace") if key in new} != names:
        rest = {key: value for key, value in new.items() if key not in ("name", "namespace")}
        merged = {**merged, "metadata": {**names, **rest}}
    for key in ("apiVersion", "kind"):
        if merged.get(key) != target[key]:
            merged = {**merged, key: target[key]}
    return merged


def _mapping(
    target: Mapping[str, Any], patch: Mapping[str, Any], fields: Fields | None, path: FieldPath, context: Context
) -> Any:
    directive = directive_of(patch, path)
    if directive == "delete":
        return _GONE
    if directive == "replace":
        return _addition(patch, fields, path)
    fields = _below_kind(fields, target, patch)
    changes: dict[str, Any] = {}
    for key, value in patch.items():
        if key != DIRECTIVE:
            changes[key] = _value(target.get(key), value, _field(fields, key), (*path, key), context)
    for key, value in target.items():
        if key not in patch and (kept := _remainder(value, _field(fields, key), (*path, key))) is not value:
            changes[key] = kept
    return _with_changes(target, changes)


def _value(target: Any, patch: Any, at: Fields | KeyedList | None, path: FieldPath, context: Context) -> Any:
    if patch is None:
        return _GONE
    if target is None:
        return _addition(patch, at, path)
    if isinstance(target, dict) and isinstance(patch, dict):
        return _mapping(target, patch, at if not isinstance(at, KeyedList) else None, path, context)
    if isinstance(target, list) and isinstance(patch, list):
        if isinstance(at, KeyedList):
            return _keyed_list(target, patch, at, path, context)
        return plain_list(patch, path)
    if isinstance(target, dict | list) or isinstance(patch, dict | list):
        raise PatchError(path, f"the patch has {_what(patch)} where the object has {_what(target)}")
    if isinstance(target, str) and not isinstance(patch, str) and (text := context.kept_text(path)) is not None:
        patch = text
    return target if type(target) is type(patch) and target == patch else patch


def _addition(patch: Any, at: Fields | KeyedList | None, path: FieldPath) -> Any:
    """Returns a part of a patch for which the object has nothing: without directives and nulls."""
    if isinstance(patch, dict):
        if directive_of(patch, path) == "delete":
            return _GONE
        fields = _below_kind(at if not isinstance(at, KeyedList) else None, patch, patch)
        changes = {
            key: _GONE if value is None else _addition(value, _field(fields, key), (*path, key))
            for key, value in patch.items()
        }
        return _with_changes(patch, changes | ({DIRECTIVE: _GONE} if DIRECTIVE in patch else {}))
    if isinstance(patch, list):
        return _added_list(patch, at, path) if isinstance(at, KeyedList) else plain_list(patch, path)
    return patch


def _remainder(target: Any, at: Fields | KeyedList | None, path: FieldPath) -> Any:
    """Returns a part of the object that the patch does not mention; in lists that merge, each element once."""
    if isinstance(target, dict):
        fields = _below_kind(at if not isinstance(at, KeyedList) else None, target, target)
        changes = {}
        for key, value in target.items():
            if isinstance(value, dict | list):
                kept = _remainder(value, _field(fields, key), (*path, key))
                if kept is not value:
                    changes[key] = kept
        return _with_changes(target, changes)
    if isinstance(target, list) and isinstance(at, KeyedList) and at.keys and target:
        if not _have_key(target, at):
            if len(target) > 1 or not target[0]:
                message = f"an element of {field_text(path)} in the object has no {at.keys[0]}, by which it merges"
                raise PatchError((), f"{message}; with any patch Kustomize would lose elements")
            return target
        merged = _merge_elements(target, [], at, path, _NO_PATCH)
        return target if all(new is old for new, old in zip(merged, target, strict=False)) else merged
    return target


def _have_key(items: list[Any], keyed: KeyedList) -> bool:
    """Returns whether every element can be merged; an object for which that is not so is invalid."""
    return bool(keyed.keys) and all(isinstance(item, dict) and key_text(item.get(keyed.keys[0])) for item in items)


def _keyed_list(target: list[Any], patch: list[Any], keyed: KeyedList, path: FieldPath, context: Context) -> Any:
    directive = list_directive(patch, path)
    if directive == "delete":
        return _GONE
    if directive == "replace":
        return _added_list(patch, keyed, path, directive)
    if not keyed.keys:
        return _values([*(item for item in patch if item != {DIRECTIVE: directive}), *target], path)
    elements = patch_elements(patch, keyed, path, directive)
    if not elements:
        return _remainder(target, keyed, path)
    if not _have_key(target, keyed):
        raise PatchError(path, f"an element of this list in the object has no {keyed.keys[0]}, by which it merges")
    return _merge_elements(target, elements, keyed, path, context)


def _added_list(patch: list[Any], keyed: KeyedList, path: FieldPath, directive: str = "") -> list[Any]:
    """Returns a list where the object has none, or where `directive` replaces what it has."""
    if not keyed.keys:
        return _values([item for item in patch if item != {DIRECTIVE: directive}], path)
    if not directive and (directive := list_directive(patch, path)):
        raise PatchError(path, f"the object has no such list to {directive}; Kustomize would leave the $patch in it")
    added = [_addition(item, keyed.element, at) for at, item in patch_elements(patch, keyed, path, directive)]
    return [item for item in added if item is not _GONE]


def _values(items: list[Any], path: FieldPath) -> list[Any]:
    if any(isinstance(item, dict | list) for item in items):
        raise PatchError(path, "a list of plain values is expected here")
    return [*dict.fromkeys(items)]


def _merge_elements(
    target: list[Any], patch: Elements, keyed: KeyedList, path: FieldPath, context: Context
) -> list[Any]:
    """Returns elements merged by key. By one key, those of the patch come first; by several, only those that are
    new."""
    keys = [key for key in keyed.keys if any(key_text(item.get(key)) for item in [*target, *dict(patch).values()])]
    old: dict[tuple[str, ...], list[Any]] = {}
    for item in target:
        old.setdefault(element_key(item, keys), []).append(item)
    several = len(keys) > 1
    if several:
        _check_nothing_lost(target, keys, path)
    first: list[Any] = []
    merged: dict[tuple[str, ...], Any] = {}
    for at, item in patch:
        key = element_key(item, keys)
        if several and _is_lost(key, patch, old, keys):
            context.notes.append(Note(at, f"has no effect: {' and '.join(keys)} must be written here as in the object"))
        elif key not in old:
            if (added := _addition(item, keyed.element, at)) is not _GONE:
                first.append(added)
        else:
            merged[key] = _element(old[key], item, keyed.element, at, context, several and "" in key)
            if not several and merged[key] is not _GONE:
                first.append(merged[key])
    rest = [
        merged[key] if key in merged else _remainder(items[0], keyed.element, path) if len(items) == 1 else items[-1]
        for key, items in old.items()
        if several or key not in merged
    ]
    return first + [item for item in rest if item is not _GONE]


def _element(
    same: list[Any], patch: dict[str, Any], fields: Fields, path: FieldPath, context: Context, is_partial: bool
) -> Any:
    """Returns one element of a list merged; `same` are the object's elements of that key, usually one."""
    directive = directive_of(patch, path)
    if directive == "delete" and is_partial:
        context.notes.append(Note(path, "deletes nothing: Kustomize finds the element only by all keys of the list"))
    elif directive == "delete":
        return _GONE
    elif directive == "replace":
        context.notes.append(
            Note(path, "$patch: replace has no effect on an element of a list; delete it and add another")
        )
    elif len(same) > 1:
        context.notes.append(Note(path, "has no effect: the object has this element more than once"))
    else:
        return _mapping(same[0], patch, fields, path, context)
    return same[-1]


def _is_lost(key: tuple[str, ...], patch: Elements, old: Mapping[tuple[str, ...], Any], keys: Sequence[str]) -> bool:
    """Returns whether Kustomize drops an element of a patch since it does not have the same keys as its partner."""
    if "" in key:
        others = [*old, *(element_key(item, keys) for _, item in patch)]
        return any(other[0] == key[0] and "" not in other for other in others)
    return key not in old and any(other[0] == key[0] and "" in other for other in old)


def _check_nothing_lost(target: list[Any], keys: Sequence[str], path: FieldPath) -> None:
    seen: set[tuple[str, ...]] = set()
    for item in target:
        key = element_key(item, keys)
        if key in seen or ("" in key and any(other[0] == key[0] for other in seen)):
            message = (
                f"with this patch Kustomize would lose an element: give each one in the object {' and '.join(keys)}"
            )
            raise PatchError(path, message)
        seen.add(key)


def _below_kind(fields: Fields | None, target: Mapping[str, Any], patch: Mapping[str, Any]) -> Fields | None:
    """Returns what is known of a mapping; one with its own apiVersion and kind is looked up, also in a custom
    resource."""
    if fields is None:
        for source in (target, patch):
            api_version, kind = source.get("apiVersion"), source.get("kind")
            if isinstance(api_version, str) and isinstance(kind, str):
                fields = keyed_lists(api_version, kind)
                if fields is not None:
                    break
    return fields


def _field(fields: Fields | None, key: str) -> Fields | KeyedList | None:
    return None if fields is None else fields.get(key, _KNOWN)


def _with_changes(target: Mapping[str, Any], changes: Mapping[str, Any]) -> Any:
    """Returns the mapping with these changes; itself, the same object, where they change nothing."""
    if all(target.get(key, _GONE) is value for key, value in changes.items()):
        return target
    result = {**target, **changes}
    return {key: value for key, value in result.items() if value is not _GONE}


def _what(value: Any) -> str:
    return "a mapping" if isinstance(value, dict) else value_text(value)
