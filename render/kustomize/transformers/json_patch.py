"""JSON patches (RFC 6902), as Kustomize applies them.

Beyond the RFC it counts negative indices from the end, and `replace` may bring in a key that is not there. The document
is never changed: what is not on an operation's path is shared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from render.kustomize.transformers.patch_errors import PatchError
from render.messages import did_you_mean, value_text

_OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")
_INDEX = re.compile(r"[-+]?[0-9]+", re.ASCII)
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class PatchOperation:
    """One step of a patch; `path` and `source` (the field `from`) are split at `/` and decoded."""

    op: str
    path: tuple[str, ...]
    source: tuple[str, ...]
    value: Any


def operations(document: Sequence[Any]) -> tuple[PatchOperation, ...]:
    """Returns the operations that a patch document lists. Raises `PatchError`."""
    return tuple(_operation(item, index) for index, item in enumerate(document))


def apply(target: Mapping[str, Any], patch: Sequence[PatchOperation]) -> dict[str, Any]:
    """Returns the patched document. Raises `PatchError` for the first operation that does not apply."""
    document: Any = target
    for index, operation in enumerate(patch):
        try:
            document = _apply_operation(document, operation)
        except _RefusedError as error:
            pointer = "from" if error.path is operation.source else "path"
            raise PatchError((index, pointer), f"{operation.op} /{'/'.join(error.path)}: {error}") from None
    patched: dict[str, Any] = document
    return patched


class _RefusedError(Exception):
    def __init__(self, path: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


def _operation(item: Any, index: int) -> PatchOperation:
    if not isinstance(item, dict):
        raise PatchError((index,), f"an operation is a mapping with op and path, not {value_text(item)}")
    op = item.get("op")
    if op not in _OPERATIONS:
        known = f"one of {', '.join(_OPERATIONS)}{did_you_mean(str(op), _OPERATIONS)}"
        raise PatchError((index, "op") if "op" in item else (index,), f"op must be {known}")
    source = _pointer(item, index, "from") if op in ("move", "copy") else ()
    if op in ("add", "replace", "test") and "value" not in item:
        raise PatchError((index,), f"{op} needs a value")
    return PatchOperation(op, _pointer(item, index, "path"), source, item.get("value"))


def _pointer(item: Mapping[str, Any], index: int, field: str) -> tuple[str, ...]:
    pointer = item.get(field)
    if pointer is None:
        raise PatchError((index,), f"{item['op']} needs a {field}, such as /spec/replicas")
    if not isinstance(pointer, str) or not pointer.startswith("/"):
        raise PatchError(
            (index, field), f"must begin with /, as /spec/replicas does (RFC 6901), not {value_text(pointer)}"
        )
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/"))


def _apply_operation(document: Any, operation: PatchOperation) -> Any:
    match operation.op:
        case "add":
            return _add(document, operation.path, operation.value)
        case "remove":
            return _remove(document, operation.path)
        case "replace":
            return _replace(document, operation.path, operation.value)
        case "test":
            found = _get(document, operation.path)
            if _json(None if found is _MISSING else found) != _json(operation.value):
                is_there = "nothing is there" if found is _MISSING else f"{value_text(found)} is there"
                raise _RefusedError(operation.path, f"{is_there}, not {value_text(operation.value)}")
            return document
    value = _get(document, operation.source)
    if value is _MISSING:
        raise _RefusedError(operation.source, "the object has no such field")
    if operation.op == "move":
        document = _remove(document, operation.source)
    return _add(document, operation.path, value)


def _get(document: Any, path: tuple[str, ...]) -> Any:
    """Returns the value, `_MISSING` where the last step of the path is not there."""
    found = _MISSING

    def look(parent: Any, step: str) -> Any:
        nonlocal found
        found = parent.get(step, _MISSING) if isinstance(parent, dict) else parent[_index(parent, step, path, 0)]
        return parent

    _edit(document, path, 0, look)
    return found


def _add(document: Any, path: tuple[str, ...], value: Any) -> Any:
    def insert(parent: Any, step: str) -> Any:
        if isinstance(parent, dict):
            return {**parent, step: value}
        at = len(parent) if step == "-" else _index(parent, step, path, 1)
        return [*parent[:at], value, *parent[at:]]

    return _edit(document, path, 0, insert)


def _replace(document: Any, path: tuple[str, ...], value: Any) -> Any:
    def put(parent: Any, step: str) -> Any:
        return _with(parent, step if isinstance(parent, dict) else _index(parent, step, path, 0), value)

    return _edit(document, path, 0, put)


def _remove(document: Any, path: tuple[str, ...]) -> Any:
    def take(parent: Any, step: str) -> Any:
        if isinstance(parent, dict):
            if step not in parent:
                raise _RefusedError(path, "the object has no such field")
            return {key: item for key, item in parent.items() if key != step}
        at = _index(parent, step, path, 0)
        return [*parent[:at], *parent[at + 1 :]]

    return _edit(document, path, 0, take)


def _edit(parent: Any, path: tuple[str, ...], depth: int, change: Callable[[Any, str], Any]) -> Any:
    """`parent` with a change made in the mapping or list that the path's last step is in; the rest is shared."""
    if not isinstance(parent, dict | list):
        raise _RefusedError(
            path, f"the object has {value_text(parent)} at /{'/'.join(path[:depth])}, and no fields below it"
        )
    step = path[depth]
    if depth == len(path) - 1:
        return change(parent, step)
    if isinstance(parent, dict):
        if parent.get(step) is None:
            raise _RefusedError(path, f"the object has nothing at /{'/'.join(path[: depth + 1])}; add that first")
        below = _edit(parent[step], path, depth + 1, change)
        return parent if below is parent[step] else _with(parent, step, below)
    at = _index(parent, step, path, 0)
    below = _edit(parent[at], path, depth + 1, change)
    return parent if below is parent[at] else _with(parent, at, below)


def _with(parent: Any, step: Any, value: Any) -> Any:
    if isinstance(parent, dict):
        return {**parent, step: value}
    return [*parent[:step], value, *parent[step + 1 :]]


def _index(items: list[Any], step: str, path: tuple[str, ...], beyond: int) -> int:
    """Returns a position in a list; `beyond` is 1 where the end itself may be meant."""
    size = len(items) + beyond
    if not _INDEX.fullmatch(step) or not -size <= int(step) < size:
        raise _RefusedError(path, f"{step} is not a position in the list of {len(items)} that is there")
    return int(step) % size


def _json(value: Any) -> str:
    """Text that is equal for equal JSON values only: 1 and true differ."""
    return json.dumps(value, sort_keys=True)
