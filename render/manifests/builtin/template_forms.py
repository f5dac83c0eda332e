"""Forms that several of Istio's charts print in the same way: container resources, environment variables, lists.

Source: what the charts of 1.23 to 1.31 render for such values, one value at a time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from render.manifests.builtin.go_text import plain, quoted, text, within_quotes
from render.manifests.builtin.template_functions import ChartRefusal

_PARTS = ("limits", "requests")


def quantities(resources: Any) -> dict[str, dict[str, Any]] | None:
    """Container resources as the newer charts print them: limits and requests only, without empty quantities.

    A quantity stands unquoted, so that `"1"` becomes the number 1. Nothing left is null.
    """
    found: dict[str, dict[str, Any]] = {}
    for part in _PARTS:
        if kept := {name: plain(quantity) for name, quantity in _entries(_map(resources).get(part)) if quantity}:
            found[part] = kept
    return found or None


def image(hub: Any, name: Any, tag: Any, variant: Any, usual: str) -> Any:
    """Returns a container image: its name where that already is a path, else put together (an empty name is the usual
    one)."""
    if type(name) is not str:
        raise ChartRefusal(f"the image {text(name)!r} is not a text")
    if "/" in name:
        return within_quotes(name)
    return within_quotes(hub, "/", name or usual, ":", tag, *(("-", variant) if variant else ()))


def variables(values: Any) -> list[dict[str, Any]]:
    """Environment variables by name, their values between quotes."""
    return [{"name": plain(name), "value": within_quotes(value)} for name, value in _entries(values)]


def quoted_variables(values: Any) -> list[dict[str, Any]]:
    """Environment variables by name, their values quoted, null where there is none."""
    return [{"name": plain(name), "value": quoted(value)} for name, value in _entries(values)]


def variable_texts(values: Any) -> dict[str, Any]:
    """Returns the same variables as the entries of a ConfigMap."""
    return {name: within_quotes(value) for name, value in _entries(values)}


def completed(values: Any, more: Any) -> dict[str, Any]:
    """Returns the values, and what else `more` has: an empty value counts as none, as in sprig's `merge`."""
    result = dict(_map(values))
    for name, value in _map(more).items():
        before = result.get(name)
        if type(before) is dict and type(value) is dict:
            result[name] = completed(before, value)
        elif value is not None and not before:
            result[name] = value
    return result


def without(values: Any, *names: str) -> dict[str, Any]:
    """Returns the values but for some names."""
    return {name: value for name, value in _map(values).items() if name not in names}


def plain_map(values: Any) -> dict[str, Any]:
    """Returns the values by name, each as it reads where it stands without quotes."""
    return {name: plain(value) for name, value in _entries(values)}


def utilization_metrics(targets: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Returns what an autoscaler measures: a percentage of each resource that has one, null for none."""
    return [
        {
            "type": "Resource",
            "resource": {"name": name, "target": {"type": "Utilization", "averageUtilization": plain(each)}},
        }
        for name, each in targets.items()
        if each
    ] or None


def joined(items: Any, separator: str) -> Any:
    """Returns a list's items between one pair of quotes, or nothing for null."""
    if items is not None and type(items) is not list:
        raise ChartRefusal(f"{text(items)!r} stands where a list is expected")
    return within_quotes(separator.join(text(item) for item in items or ()))


def yaml_text(value: Any) -> str:
    """Returns the value as block YAML in the way of Go's writer, for the text fields of a ConfigMap.

    Keys by name, lists at the indentation of their key, text that reads as something else in double quotes.
    """
    written: str = yaml.dump(value, Dumper=_Writer, default_flow_style=False, allow_unicode=True, width=80)
    return written.removesuffix("\n").removesuffix("\n...")


def _entries(value: Any) -> list[tuple[str, Any]]:
    """Returns what a chart goes through by key: a map by its keys, a list by its places."""
    if type(value) is list:
        return [(str(place), item) for place, item in enumerate(value)]
    return sorted(_map(value).items())


def _map(value: Any) -> Mapping[str, Any]:
    if value and type(value) is not dict:
        raise ChartRefusal(f"{text(value)!r} stands where a map is expected")
    return value or {}


class _Writer(yaml.CSafeDumper):
    """Differs from PyYAML's own in the quotes that it chooses for text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the dumper's contract
        return True


_READS_OTHERWISE = re.compile(
    r"~?|null|Null|NULL|[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|\d{4}-\d\d?-\d\d?([Tt ].*)?"
    r"|[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(:[0-5]?[0-9])+)"
    r"|[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"
)


def _text_node(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    if "\n" in value:
        style = "|"
    elif _READS_OTHERWISE.fullmatch(value):
        style = '"'
    else:
        style = None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Writer.add_representer(str, _text_node)
