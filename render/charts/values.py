"""What the templates of a chart read: the values that are given, over the layers of Istio's charts.

Istio's charts keep their defaults under a key of their own and lay a profile, a compatibility version and a platform
between them and what is given (`templates/zzz_profile.yaml` of each chart). Helm does that when it renders; here it
tells the program what a revision will be given, and which names the chart knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from render.charts.chart import Chart
from render.yamlio.documents import parse
from render.yamlio.location import merge_maps

DEFAULTS = ("_internal_defaults_do_not_set", "defaults")  # from 1.25 on and before
_LAYERS = {"profile": "profile", "compatibilityVersion": "compatibility-version", "platform": "platform"}
OWN = {"istiod": "pilot", "cni": "cni", "ztunnel": "ztunnel"}  # the level at which older releases had these values
_READ = re.compile(r"\.Values((?:\.[A-Za-z_]\w*)+)")


def computed_values(chart: Chart, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `values` over all layers of the chart. The component's own stand under its key as well (`pilot` for
    istiod). Layers that the chart does not have are left out: it refuses them itself."""
    shared = values.get("global")
    in_global = shared if isinstance(shared, Mapping) else {}
    result: Mapping[str, Any] = chart_defaults(chart)
    for key, file in _LAYERS.items():
        name = values.get(key) or in_global.get(key)
        if name:
            result = merge_maps(result, _layer(chart, f"files/profile-{_file_part(file)}{name}.yaml"))
    result = merge_maps(result, values)
    own = OWN.get(chart.name)
    if own is None:
        return result
    below = result.get(own)
    return {**result, own: merge_maps(result, below if isinstance(below, Mapping) else {})}


def _file_part(layer: str) -> str:
    return "" if layer == "profile" else f"{layer}-"


def platforms(chart: Chart) -> tuple[str, ...]:
    """Returns the platforms that a chart has values for."""
    names = (re.fullmatch(r"files/profile-platform-(.+)\.yaml", path) for path in chart.files)
    return tuple(sorted(name[1] for name in names if name))


@lru_cache(maxsize=64)
def chart_defaults(chart: Chart) -> Mapping[str, Any]:
    """Returns the defaults of a chart at the level where they are read. They must not be changed."""
    data = _layer(chart, "values.yaml")
    inner = [data[key] for key in DEFAULTS if isinstance(data.get(key), Mapping)]
    return inner[0] if inner else data


def chart_values(chart: Chart, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns `values` over the chart's own file of values, as Helm hands them to templates: null deletes a default."""
    return _coalesce(_layer(chart, "values.yaml"), values)


@lru_cache(maxsize=64)
def known_names(chart: Chart) -> Mapping[str, Any]:
    """Returns the names of values that a chart has in its defaults and layers or reads in a template, as a map of
    maps; a name with nothing below it is free there. It must not be changed."""
    names: dict[str, Any] = {}
    _add(names, chart_defaults(chart))
    for path in chart.files:
        if path.startswith("files/profile-"):
            _add(names, _layer(chart, path))
    for steps in _read_paths(chart):
        level = names
        for step in steps:
            level = level.setdefault(step, {})
    return names


def _read_paths(chart: Chart) -> Iterator[list[str]]:
    for path, data in chart.files.items():
        if path.startswith("templates/"):
            for found in _READ.findall(data.decode(errors="replace")):
                yield found[1:].split(".")


def _add(names: dict[str, Any], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        below = names.setdefault(name, {})
        if isinstance(value, Mapping):
            _add(below, value)


@lru_cache(maxsize=512)
def _layer(chart: Chart, path: str) -> Mapping[str, Any]:
    """Returns the values in a file of a chart, empty where it has no such file. `InputError` for broken YAML."""
    if path not in chart.files:
        return {}
    documents = parse(chart.files[path], f"{chart.title}/{path}")
    data = documents[0].data if documents else None
    return data if isinstance(data, dict) else {}


def _coalesce(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(lower)
    for name, value in upper.items():
        before = result.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            result[name] = _coalesce(before if isinstance(before, Mapping) else {}, value)
        else:
            result[name] = value
    return result
