"""`k8s.overlays`: edits of single objects by a path such as `spec.template.spec.containers.[name:discovery].args.[-1]`.

A path has names (a dot in one is written `\\.`), `[key:value]` for an element of a list of objects, `[0]` for one by
its place (`[-1]`, or one past the end, adds), `[:text]` or `[text]` for one of a list of plain values, by a regular
expression. What is missing on the way is made; no value deletes.
Source: istio/istio 1.24.0 to 1.31.0-rc.0, `operator/pkg/tpath`, whose reading of a path is kept, but not its silence:
a path that leads nowhere has no effect there, and is an error here.
"""

from __future__ import annotations

import copy
import re
from itertools import pairwise
from typing import Any

import re2

from render.errors import InputError
from render.yamlio.documents import parse


class OverlayError(Exception):
    """A path that leads nowhere, in words for a person."""


def with_edit(obj: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Returns an object with one edit: `value` at `path`, or nothing there where it is None. `OverlayError` for a path
    that is none, or leads nowhere."""
    steps = path_steps(path)
    if not steps:
        raise OverlayError("is empty: it must lead to a field")
    result: dict[str, Any] = copy.deepcopy(obj)
    at: Any = result
    for step, following in pairwise(steps):
        at = _step_into(at, step, following, path)
    _put(at, steps[-1], _as_data(value), path)
    return result


def path_steps(path: str) -> list[str]:
    """Returns the steps of a path: names without their escapes, and what stands in brackets with them."""
    steps: list[str] = []
    for part in re.split(r"(?<!\\)\.", re.sub(r"/+", "/", path)):
        name, bracket, rest = part.replace("\\.", ".").partition("[")
        steps += [name] if name else []
        steps += [bracket + rest] if bracket else []
    return steps


def _step_into(at: Any, step: str, following: str, path: str) -> Any:
    if isinstance(at, dict):
        if at.get(step) is None:
            if step.startswith("["):
                raise OverlayError(f"{step} of {path} is for a list, and there is a map")
            at[step] = [] if _index(following) is not None else {}
        return at[step]
    if isinstance(at, list):
        place = _place(at, step, path)
        if place == len(at):
            at.append({})
        return at[place]
    raise OverlayError(f"{step} of {path} is for a map or list, and there is a plain value")


def _put(at: Any, step: str, value: Any, path: str) -> None:
    if isinstance(at, dict):
        if step.startswith("["):
            raise OverlayError(f"{step} of {path} is for a list, and there is a map")
        if value is None:
            at.pop(step, None)
        else:
            at[step] = value
        return
    if not isinstance(at, list):
        raise OverlayError(f"{step} of {path} is for a map or list, and there is a plain value")
    place = _place(at, step, path)
    if value is None:
        del at[place : place + 1]
    elif place == len(at):
        at.append(value)
    else:
        at[place] = value


def _place(elements: list[Any], step: str, path: str) -> int:
    """Returns which element of a list a step means; the length of the list for a new one."""
    index = _index(step)
    if index is not None:
        return index if 0 <= index < len(elements) else len(elements)
    inside = step[1:-1] if step.startswith("[") and step.endswith("]") else ""
    key, _, wanted = inside.partition(":")
    for place, element in enumerate(elements):
        if isinstance(element, dict):
            if key and wanted and _plain(element.get(key)) == wanted.replace("\\:", ":"):
                return place
        elif inside and _matches(inside.removeprefix(":"), element, path):
            return place
    raise OverlayError(f"no element {step} of {path} is there")


def _index(step: str) -> int | None:
    found = re.fullmatch(r"\[(-1|\d+)\]", step, re.ASCII)
    return int(found[1]) if found else None


def _matches(pattern: str, element: Any, path: str) -> bool:
    try:
        return bool(re2.search(pattern, _plain(element)))
    except re2.error as error:
        raise OverlayError(f"[{pattern}] of {path} is no regular expression") from error


def _plain(value: Any) -> str:
    """Returns a plain value as istioctl compares it."""
    return str(value).lower() if isinstance(value, bool) else "<nil>" if value is None else str(value)


def _as_data(value: Any) -> Any:
    """Returns what a value writes: a text that is a map in YAML's block form becomes that map, JSON stays text."""
    if not isinstance(value, str):
        return value
    lines = value.split("\n")
    if ": " not in value if len(lines) == 1 else ":" not in value:
        return value
    if value.lstrip().startswith("{"):
        return value
    try:
        documents = parse(value.encode(), "value", yaml_1_1=True)
    except InputError:
        return value
    return documents[0].data if len(documents) == 1 and isinstance(documents[0].data, dict) else value
