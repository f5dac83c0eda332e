"""What a fleet adds to what this program knows: the releases whose charts it has, and the values that these read.

A release that the program has never heard of is one that specs may name as soon as its charts are vendored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from render.charts.chart_folder import ChartFolder
from render.charts.values import OWN, known_names
from render.kustomize.reader import Reader
from render.messages import FieldPath
from render.specs.releases import Release, Releases, builtin_releases, is_alias, parse
from render.yamlio.location import value_at, with_value

VERSION = ("spec", "version")
VALUES = ("spec", "values")
# The charts that the values of a spec are handed to.
_CHARTS = {
    "Istio": ("istiod", "base"),
    "IstioRevision": ("istiod", "base"),
    "IstioCNI": ("cni",),
    "ZTunnel": ("ztunnel",),
}


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """The releases that a fleet's specs may name, and its charts."""

    releases: Releases
    charts: ChartFolder | None = None

    def with_release(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns an object in which a version that only the fleet knows is resolved where it is an alias."""
        version = self._added_version(data)
        return with_value(data, VERSION, self.releases.resolve(version, chart=True)) if version else data

    def stand_in(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns an object in which this program's newest release stands for one that only the fleet knows, for
        schemas that list the versions."""
        version = self._added_version(data)
        if not version:
            return data
        newest = next(name for name in builtin_releases().versions() if is_alias(name) == is_alias(version))
        stood_in: Mapping[str, Any] = with_value(data, VERSION, newest)
        return stood_in

    def _added_version(self, data: Mapping[str, Any]) -> str | None:
        version = value_at(data, *VERSION)
        if not isinstance(version, str) or data.get("kind") not in _CHARTS or version in builtin_releases().versions():
            return None
        return version if version in self.releases.versions() else None

    def reads(self, data: Mapping[str, Any], path: FieldPath) -> bool:
        """Returns whether a chart of the release that an object names reads the value at a path of it."""
        if path[: len(VALUES)] != VALUES or self.charts is None:
            return False
        steps = tuple(map(str, path[len(VALUES) :]))
        version = str(value_at(self.with_release(data), *VERSION)).removeprefix("v")
        names = _CHARTS.get(str(data.get("kind")), ())
        return any(
            _has(known_names(chart), steps) or (steps[:1] == (OWN.get(name),) and _has(known_names(chart), steps[1:]))
            for name in names
            if self.charts.locked_chart(name, version)
            for chart in [self.charts.chart(name, version)]
        )


def fleet_catalog(reader: Reader, folder: str) -> Catalog:
    """Returns what a fleet adds by the charts in a folder of it. `InputError` for a lock that is broken."""
    charts = ChartFolder(reader, folder)
    return Catalog(Releases(builtin_releases().minors, _releases(charts)), charts)


def _releases(charts: ChartFolder) -> tuple[Release, ...]:
    return tuple(sorted(parse(version) for version in charts.versions("istiod")))


def _has(names: Mapping[str, Any], steps: tuple[str, ...]) -> bool:
    """Returns whether a path is one that a chart names; below a name with nothing under it everything is free."""
    level = names
    for number, step in enumerate(steps):
        if step not in level:
            return number > 0 and not level
        level = level[step]
    return True


def builtin_catalog() -> Catalog:
    """Returns what is known without a fleet."""
    return Catalog(builtin_releases())
