"""What templates may call besides the text functions: on maps and lists of values, and on tables of facts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any, NoReturn

from render.manifests.builtin.go_text import plain, quoted, text, within_quotes

__all__ = [
    "address_family",
    "contains",
    "each",
    "enabled_by_default",
    "eq",
    "extended",
    "filled",
    "first_given",
    "is_list",
    "json_text",
    "merged",
    "name_list",
    "picked",
    "plain_list",
    "quoted_list",
    "quoted_map",
    "rbac_rules",
    "refuse",
    "sorted_items",
    "texts_only",
    "whole",
    "within",
    "within_quotes_map",
    "without_empty",
    "without_templates",
]


# Characters that Go's JSON writes as escapes and Python's does not.
_GO_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


class ChartRefusal(Exception):
    """What the chart refuses by itself, in words for a person."""


def refuse(message: str) -> NoReturn:
    """Stop with a message for a person."""
    raise ChartRefusal(message)


def eq(value: Any, other: str | bool) -> bool:
    """Go's `eq` with a text or a boolean: nothing is unequal, a value of another type is an error."""
    if value is None:
        return False
    if type(value) is not type(other):
        raise ChartRefusal(f"{text(value)!r} stands where a {'text' if type(other) is str else 'boolean'} is expected")
    return bool(value == other)


def is_list(value: Any) -> bool:
    """Returns whether a name can be looked up in the value: a list, or nothing."""
    return value is None or isinstance(value, list)


def contains(value: Any, part: str) -> bool:
    """Returns whether a text has the part; anything but a text is an error, as sprig's `contains` makes it."""
    if type(value) is not str:
        raise ChartRefusal(f"{text(value)!r} stands where a text is expected")
    return part in value


def whole(value: Any) -> int:
    """Returns the whole number that sprig's `int` makes of a value, 0 where there is none in it."""
    if isinstance(value, bool | int | float):
        return int(value)
    return int(value) if type(value) is str and re.fullmatch(r"[+-]?[0-9]+", value) else 0


def address_family(address: Any, families: Mapping[str, str]) -> str:
    """Returns the family whose pattern an address fits, nothing for a host name."""
    if type(address) is not str:
        raise ChartRefusal(f"{text(address)!r} stands where an address is expected")
    return next((family for family, pattern in families.items() if re.fullmatch(pattern, address)), "")


def within(value: Any, *path: str) -> Any:
    """Returns what lies under a path of keys, nothing where a step is missing."""
    for name in path:
        if value is None:
            return None
        if type(value) is not dict:
            raise ChartRefusal(f"{name} cannot be taken from {text(value)!r}, which is not a map")
        value = value.get(name)
    return value


def enabled_by_default(values: Mapping[str, Any], name: str) -> bool:
    """Returns whether a choice holds, also where the values do not name it at all; null is no."""
    return bool(values.get(name, True))


def merged(*maps: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns the maps in one, the last to name a key winning, as the repeated key of a YAML map does."""
    result: dict[str, Any] = {}
    for each_map in maps:
        if each_map:
            if not isinstance(each_map, Mapping):
                raise ChartRefusal(f"{text(each_map)!r} stands where a map is expected")
            result.update(each_map)
    return result


def extended(first: list[Any], more: Any) -> list[Any]:
    """Returns two lists in one; anything but a list has no place there."""
    if not more:
        return first
    if not isinstance(more, list):
        raise ChartRefusal(f"{text(more)!r} stands where a list is expected")
    return first + more


def each(value: Any) -> list[Any]:
    """Returns what Go's `range` goes through: a list's items, or a map's values by key; nothing else can be."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [item for _, item in sorted(value.items())]
    if value is None:
        return []
    raise ChartRefusal(f"{text(value)!r} stands where a list is expected")


def sorted_items(value: Any) -> list[tuple[str, Any]]:
    """Key and value, by key: the order in which Go's templates go through a map."""
    if value is None or value == []:
        return []
    if not isinstance(value, Mapping):
        raise ChartRefusal(f"{text(value)!r} stands where a map is expected")
    return sorted(value.items())


def picked(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Returns those of the names that the values have; anything but a map has none, and is an error."""
    if not isinstance(values, Mapping):
        raise ChartRefusal(f"{text(values)!r} stands where a map is expected")
    return {name: values[name] for name in names if name in values}


def without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what is not empty."""
    return {name: value for name, value in values.items() if value}


def json_text(value: Any) -> str:
    """Returns the value as Go's indented JSON, for the text fields of a ConfigMap: keys sorted, `<`, `>` and `&`
    escaped."""
    return _indented(value, "\n").translate(_GO_ESCAPES)


def texts_only(values: Any) -> dict[str, Any]:
    """Returns annotations of an object: Helm reads them as a map of texts before anything else, and refuses others."""
    for name, value in sorted_items(values):
        if value is not None and type(value) is not str:
            raise ChartRefusal(f"the annotation {name} must be a text, not {text(value)}")
    return dict(values)


def first_given(values: Mapping[str, Any], paths: Iterable[str]) -> str:
    """Returns the first of the paths under which the values print anything, nothing where there is none."""
    return next((path for path in paths if text(within(values, *path.split(".")))), "")


def name_list(names: Any) -> list[dict[str, Any]]:
    """Returns references by name, as `imagePullSecrets` holds them."""
    return [{"name": plain(name)} for name in each(names)]


def plain_list(values: Any) -> list[Any]:
    """Returns each value as it reads where it stands without quotes."""
    return [plain(value) for value in each(values)]


def quoted_list(values: Any) -> list[Any] | None:
    """Returns each value quoted, null where there is none (a YAML key without items)."""
    return [quoted(value) for value in each(values)] or None


def within_quotes_map(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns each value printed between quotes, under its key printed without."""
    return {_key_text(plain(name)): within_quotes(value) for name, value in sorted_items(values)}


def quoted_map(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns each value quoted, under its key between quotes."""
    return {_key_text(within_quotes(name)): quoted(value) for name, value in sorted_items(values)}


def _key_text(key: Any) -> str:
    """Returns a key of a map as JSON can have it."""
    return key if type(key) is str else text(key)


def without_templates(value: Any) -> Any:
    """Returns the value, refused where a text in it is itself a Helm template: nothing here evaluates those."""
    if type(value) is str and "{{" in value:
        raise ChartRefusal(f"{value!r} is a Helm template within a value, which only the chart source evaluates")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        without_templates(inner)
    return value


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """Returns a table of facts with its variables, texts that begin with `$`, filled in."""
    if type(value) is str:
        return variables[value] if value.startswith("$") else value
    if isinstance(value, dict):
        return {name: filled(inner, variables) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, variables) for inner in value]
    return value


def rbac_rules(
    rules: Mapping[str, dict[str, Any]], choices: Mapping[str, Any], variables: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Returns the rules of a role in order: those that `choices` want, each where its `after` says."""
    names: list[str] = []
    for name, rule in rules.items():
        names.insert(names.index(rule["after"]) + 1 if "after" in rule else len(names), name)
    wanted = (rules[name] for name in names if "when" not in rules[name] or choices[rules[name]["when"]])
    return [
        {
            field: filled(rule[field], variables)
            for field in ("apiGroups", "resources", "resourceNames", "verbs")
            if field in rule
        }
        for rule in wanted
    ]


def _indented(value: Any, line: str) -> str:
    """JSON in lines that begin with `line`. (The standard library indents several times slower.)"""
    inner = line + "  "
    if isinstance(value, dict) and value:
        entries = [f"{inner}{encode_basestring(name)}: {_indented(value[name], inner)}" for name in sorted(value)]
        return "{" + ",".join(entries) + line + "}"
    if isinstance(value, list) and value:
        return "[" + ",".join([inner + _indented(each_value, inner) for each_value in value]) + line + "]"
    return encode_basestring(value) if type(value) is str else json.dumps(value)
