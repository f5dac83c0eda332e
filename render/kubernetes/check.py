"""Objects as an API server looks at them: Kubernetes' published types first, then the rules of its validation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from render.kubernetes import quantity, syntax
from render.kubernetes.enums import NOT_EMPTY, WORDS
from render.kubernetes.list_keys import keyed_twice
from render.kubernetes.openapi import Field, fields, kind_type
from render.kubernetes.refusal import Path, Refusal, below
from render.kubernetes.rules.metadata import name_refusals
from render.kubernetes.rules.registry import OPTIONAL, RULES
from render.messages import did_you_mean, value_text

_METADATA = "apimachinery.pkg.apis.meta.v1.ObjectMeta"
_LIMITS = {"int32": 1 << 31, "int64": 1 << 63, "integer": 1 << 63}
_TEXTS = {"bytes": syntax.base64_text, "time": syntax.time}


def refusals(obj: Mapping[str, Any]) -> list[Refusal]:
    """Returns why an API server would refuse an object, nothing where it would take it.

    Of a kind that is not Kubernetes' own only the metadata is looked at. What depends on the cluster (quotas,
    admission, two address families) is not known here.
    """
    found: list[Refusal] = []
    name = kind_type(obj.get("apiVersion"), obj.get("kind"))
    if name:
        _object(obj, name, (), found)
    elif isinstance(obj.get("metadata"), dict):
        _object(obj["metadata"], _METADATA, ("metadata",), found)
    if not any(refusal.path[:1] == ("metadata",) for refusal in found):
        found += name_refusals(obj)
    for twice in keyed_twice(obj):
        message = f"has {len(twice.positions)} entries of one key ({twice.key}), which must be unique"
        found.append(Refusal((*twice.list, twice.positions[-1]), message))
    return found


def part_refusals(data: Mapping[str, Any], type_name: str) -> list[Refusal]:
    """Returns why an API server would refuse a part of an object, of a type such as `core.v1.ResourceRequirements`."""
    found: list[Refusal] = []
    _object(data, type_name, (), found)
    return found


def structure_refusals(data: Any, type_name: str, at: Path = ()) -> Iterator[Refusal]:
    """Yields the fields below `data` that the type does not have, and values of another type.

    `type_name` is one such as `core.v1.Affinity`; null is right everywhere. For parts and patches, in
    which what a whole object must have may be absent.
    """
    yield from _part(data, Field("object", type_name), at)


def _part(value: Any, field: Field, at: Path) -> Iterator[Refusal]:
    if value is None:
        return
    if field.shape == "scalar":
        complaint = _scalar(value, field.type)
        if complaint:
            yield Refusal(at, complaint)
    elif not isinstance(value, list if field.shape == "list" else dict):
        expected = "a list" if field.shape == "list" else "a map"
        yield Refusal(at, f"is {value_text(value)}: expected {expected}")
    elif field.shape == "object" and isinstance(value, dict):
        known = fields(field.type)
        for name, below in value.items():
            if name in known:
                yield from _part(below, known[name], (*at, name))
            elif name != "$patch":
                title = field.type.rpartition(".")[2]
                yield Refusal((*at, name), f"is not a field of {title}{did_you_mean(name, known)}")
    else:
        entries: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in entries:
            yield from _part(entry, field.entry, (*at, key))


def _object(data: Mapping[str, Any], name: str, at: Path, found: list[Refusal]) -> None:
    """Adds what is wrong with an object of a type; its rules are only asked where all in it is of the right type."""
    before, known = len(found), fields(name)
    for key, value in data.items():
        field = known.get(key)
        if field is None:
            found.append(Refusal((*at, key), f"is not a field of {name.rpartition('.')[2]}{did_you_mean(key, known)}"))
        elif value is not None:
            _field(value, field, (*at, key), found)
            words = WORDS.get((name, key))
            if words and (value != "" or (name, key) in NOT_EMPTY):
                _words(value, words, (*at, key), found)
    for key in _required_fields(name):
        if data.get(key) is None:
            found.append(Refusal((*at, key), "is required"))
    rule = RULES.get(name)
    if rule and len(found) == before:
        found += below(at, rule(_without_null(data, known)))


@lru_cache(maxsize=1024)
def _required_fields(name: str) -> tuple[str, ...]:
    """Returns the fields without which a server refuses an object of a type."""
    return tuple(key for key, field in fields(name).items() if field.is_required and f"{name}.{key}" not in OPTIONAL)


def _without_null(data: Mapping[str, Any], known: Mapping[str, Field]) -> Mapping[str, Any]:
    """Returns an object in which null in a list is the empty text or object that the server makes of it."""
    if not any(isinstance(value, list) and None in value for value in data.values()):
        return data
    return {
        key: [_empty(known[key].entry) if one is None else one for one in value] if isinstance(value, list) else value
        for key, value in data.items()
    }


def _empty(field: Field) -> Any:
    if field.shape != "scalar":
        return [] if field.shape == "list" else {}
    return 0 if field.type in _LIMITS or field.type == "number" else ""


def _field(value: Any, field: Field, at: Path, found: list[Refusal]) -> None:
    if field.shape == "scalar":
        complaint = _scalar(value, field.type)
        if complaint:
            found.append(Refusal(at, complaint))
    elif not isinstance(value, list if field.shape == "list" else dict):
        expected = {"list": "a list", "map": "a map", "object": "a map"}[field.shape]
        found.append(Refusal(at, f"is {value_text(value)}: expected {expected}"))
    elif field.shape == "object" and isinstance(value, dict):
        _object(value, field.type, at, found)
    else:
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            if entry is not None:
                _field(entry, field.entry, (*at, key), found)
            elif field.keys:
                found.append(Refusal((*at, key), "must not be null"))
            elif field.shape == "list" and field.entry.shape == "object":
                _object({}, field.entry.type, (*at, key), found)  # the server makes an empty one of it


def _words(value: Any, words: frozenset[str], at: Path, found: list[Refusal]) -> None:
    # Null in a list is the empty text to the server, which is no word.
    for path, word in (
        [((*at, index), one or "") for index, one in enumerate(value)] if isinstance(value, list) else [(at, value)]
    ):
        if isinstance(word, str) and word not in words:
            known = ", ".join(sorted(words))
            found.append(Refusal(path, f"is {value_text(word)}: expected one of {known}{did_you_mean(word, words)}"))


def _scalar(value: Any, kind: str) -> str | None:
    """Returns what is wrong with a plain value for a type."""
    if kind == "any":
        return None
    if kind == "boolean":
        return None if isinstance(value, bool) else f"is {value_text(value)}: expected true or false"
    if kind == "quantity":
        is_one = quantity.quantity(value) is not None
        if is_one:
            return None
        # Of bytes Kubernetes leaves out the B, and people write it.
        without = value[:-1] if isinstance(value, str) and value.endswith("B") else None
        hint = f" (did you mean {without}?)" if without and quantity.quantity(without) is not None else ""
        return f"is {value_text(value)}: expected a quantity such as 500m or 2Gi{hint}"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "number":
        return None if is_number else f"is {value_text(value)}: expected a number"
    if kind == "int-or-string" and isinstance(value, str):
        return None
    if kind in _LIMITS or kind == "int-or-string":
        limit = _LIMITS.get(kind, 1 << 31)
        if not is_number or value != int(value):
            return f"is {value_text(value)}: expected a whole number"
        return None if -limit <= value < limit else f"is {int(value)}: expected at most {limit - 1}, at least {-limit}"
    if not isinstance(value, str):
        return f"is {value_text(value)}, which is no text: write it in quotes"
    complain = _TEXTS.get(kind)
    return complain(value) if complain else None
