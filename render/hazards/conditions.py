"""The conditions of the hazards' data: what must be true of an object, of values or of the cluster.

A condition is one of

    {path: P, OPERATOR: ARGUMENT}   some value at P satisfies it; `times: 2`, at least two do
    {all: [...]}, {any: [...]}, {none: [...]}
    {item: P, if: CONDITION}        some value at P, named `item` in the condition, satisfies it
    {other: KINDS, if: CONDITION}   some object of these kinds, named `other`, satisfies it
    NAME                            a condition that the data defines under `terms`

An argument `{of: P}` stands for all the values at P. docs/hazards.md has the operators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Protocol

from render.hazards.operators import OPERATORS, PREPARED, prepare, scalar_text
from render.hazards.paths import PathValue, Pattern, certain, find_places, pattern
from render.kustomize.resource import Resource
from render.messages import FieldPath

Bound = tuple[Any, FieldPath]


class Objects(Protocol):
    """The cluster's objects by the kinds that a condition names (`Gateway.gateway.networking.k8s.io`)."""

    def objects(self, kinds: tuple[str, ...]) -> Iterable[Resource]: ...

    def having(self, kinds: tuple[str, ...], steps: Pattern) -> Mapping[str, Sequence[Resource]]:
        """Returns objects of these kinds by the text of what they have at a path below `other`."""
        ...


@dataclass(frozen=True, slots=True)
class Scope:
    """What a path can begin with: each root's value, and the path that stands for the root itself."""

    roots: Mapping[str, Bound]
    cluster: Objects

    def having(self, root: str, value: Any, path: FieldPath) -> Scope:
        return replace(self, roots={**self.roots, root: (value, path)})

    def at(self, steps: Pattern) -> Iterable[PathValue]:
        bound = self.roots.get(str(steps[0]))
        return find_places(bound[0], steps[1:], bound[1]) if bound else ()


def by_text(resources: Iterable[Resource], steps: Pattern) -> dict[str, list[Resource]]:
    """Returns objects by the text of each scalar at a path below `other`."""
    index: dict[str, list[Resource]] = {}
    for resource in resources:
        for text in {scalar_text(value) for _, value in find_places(resource.data, steps[1:])}:
            if text is not None:
                index.setdefault(text, []).append(resource)
    return index


# Where the condition is true, as a path from a root; empty where no one place makes it true. None: it is not true.
Condition = Callable[[Scope], FieldPath | None]


def condition(data: Any, terms: Mapping[str, Condition]) -> Condition:
    """Returns the condition that data says. `ValueError` where it is none."""
    if isinstance(data, str):
        if data not in terms:
            raise ValueError(f"there is no term {data}")
        return terms[data]
    if isinstance(data, Mapping):
        for key, make in _FORMS.items():
            if key in data:
                return make(data, terms)
    raise ValueError(f"{data!r} is not a condition")


def kinds(text: str | list[str]) -> tuple[str, ...]:
    """Returns kinds as they are written, `Kind` of the core group or `Kind.group`; `*.group` is every kind of the
    group. `ValueError` where they are none."""
    names = [text] if isinstance(text, str) else text
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{text!r} is not a kind or a list of kinds")
    return tuple(names)


def _all(data: Mapping[str, Any], terms: Mapping[str, Condition]) -> Condition:
    parts = _parts(data, "all", terms)

    def holds(scope: Scope) -> FieldPath | None:
        first: FieldPath = ()
        for part in parts:
            path = part(scope)
            if path is None:
                return None
            first = first or path
        return first

    return holds


def _any(data: Mapping[str, Any], terms: Mapping[str, Condition]) -> Condition:
    parts = _parts(data, "any", terms)
    return lambda scope: next((path for part in parts if (path := part(scope)) is not None), None)


def _none(data: Mapping[str, Any], terms: Mapping[str, Condition]) -> Condition:
    parts = _parts(data, "none", terms)
    return lambda scope: None if any(part(scope) is not None for part in parts) else ()


def _parts(data: Mapping[str, Any], key: str, terms: Mapping[str, Condition]) -> list[Condition]:
    _only(data, {key})
    if not isinstance(data[key], list):
        raise ValueError(f"{data!r} needs a list of conditions")
    return [condition(part, terms) for part in data[key]]


def _item(data: Mapping[str, Any], terms: Mapping[str, Condition]) -> Condition:
    _only(data, {"item", "if"})
    steps, inner = _steps(data["item"]), condition(data["if"], terms)

    def holds(scope: Scope) -> FieldPath | None:
        for path, value in scope.at(steps):
            inside = inner(scope.having("item", value, path))
            if inside is not None:
                return inside or path
        return None

    return holds


def _other(data: Mapping[str, Any], terms: Mapping[str, Condition]) -> Condition:
    _only(data, {"other", "if"})
    wanted, inner, key = kinds(data["other"]), condition(data["if"], terms), _key(data["if"])

    def holds(scope: Scope) -> FieldPath | None:
        others = _by_key(scope, wanted, key) if key else scope.cluster.objects(wanted)
        return () if any(inner(scope.having("other", one.data, ("other",))) is not None for one in others) else None

    return holds


def _key(data: Any) -> Mapping[str, Any] | None:
    """Returns a part of the condition by which the other object can be looked up: asking all objects about all others
    would take too long in a cluster of thousands."""
    parts = data.get("all", [data]) if isinstance(data, Mapping) else ()
    keys = (part for part in parts if isinstance(part, Mapping) and part.keys() == {"path", "equals"})
    return next((part for part in keys if str(part["path"]).startswith("other.")), None)


def _by_key(scope: Scope, wanted: tuple[str, ...], key: Mapping[str, Any]) -> Iterable[Resource]:
    index, argument = scope.cluster.having(wanted, pattern(key["path"])), key["equals"]
    values = [value for _, value in scope.at(pattern(argument["of"]))] if isinstance(argument, Mapping) else [argument]
    return (resource for value in values for resource in index.get(scalar_text(value) or "", ()))


def _path(data: Mapping[str, Any], _: Mapping[str, Condition]) -> Condition:
    steps = _steps(data["path"])
    names = [key for key in data if key not in ("path", "times")]
    if len(names) != 1 or (names[0] not in OPERATORS and names[0] != "exists"):
        raise ValueError(f"{data!r} needs one operator ({', '.join(sorted(['exists', *OPERATORS]))})")
    name, argument, times = names[0], data[names[0]], data.get("times", 1)
    if not isinstance(times, int) or times < 1:
        raise ValueError(f"{data!r} needs a number of times")
    if name == "exists":
        return _exists(steps, argument, times)
    holds = OPERATORS[name]
    if isinstance(argument, Mapping):
        _only(argument, {"of"})
        if name in PREPARED:
            raise ValueError(f"{name} compares with nothing that stands elsewhere ({data!r})")
        source = _steps(argument["of"])
        return lambda scope: _hit(scope, steps, times, holds, [value for _, value in scope.at(source)])
    wanted = [prepare(name, one) for one in (argument if isinstance(argument, list) else [argument])]
    return lambda scope: _hit(scope, steps, times, holds, wanted)


def _exists(steps: Pattern, expected: bool, times: int) -> Condition:
    def holds(scope: Scope) -> FieldPath | None:
        hits = list(islice((path for path, _ in scope.at(steps)), times))
        if expected:
            return hits[0] if len(hits) == times else None
        return None if hits else certain(steps)

    return holds


def _hit(
    scope: Scope, steps: Pattern, times: int, holds: Callable[[Any, Any], bool], wanted: list[Any]
) -> FieldPath | None:
    hits = (path for path, value in scope.at(steps) if any(holds(value, one) for one in wanted))
    first = list(islice(hits, times))
    return first[0] if len(first) == times else None


_FORMS = {"all": _all, "any": _any, "none": _none, "item": _item, "other": _other, "path": _path}


def _only(data: Mapping[str, Any], keys: set[str]) -> None:
    if data.keys() != keys:
        raise ValueError(f"{data!r} needs {' and '.join(sorted(keys))}, and nothing else")


def _steps(path: Any) -> Pattern:
    if not isinstance(path, str):
        raise ValueError(f"{path!r} is not a path")
    return pattern(path)
