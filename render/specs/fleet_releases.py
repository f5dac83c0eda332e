"""What a fleet adds to what this program knows: the releases whose charts it has, and the values that these read.

A release that the program has never heard of is one that specs may name as soon as its charts are vendored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.charts.chart_folder import ChartFolder
from render.charts.values import OWN, known_names
from render.errors import InputError
from render.finding import Finding
from render.kustomize.reader import Reader
from render.messages import FieldPath, field_text
from render.specs.releases import (
    FLEET_FILE,
    Minor,
    Release,
    Releases,
    builtin_releases,
    is_alias,
    known_versions,
    minors_of,
    parse,
)
from render.yamlio.documents import parse as parse_documents
from render.yamlio.location import value_at, with_value
from render.yamlio.positions import locate

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

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
    """The releases that a fleet's specs may name, its charts, and the text of its `releases.yaml`, empty where it has
    none."""

    releases: Releases
    charts: ChartFolder | None = None
    releases_file: bytes = b""

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
        newest = next(name for name in known_versions() if is_alias(name) == is_alias(version))
        stood_in: Mapping[str, Any] = with_value(data, VERSION, newest)
        return stood_in

    def _added_version(self, data: Mapping[str, Any]) -> str | None:
        version = value_at(data, *VERSION)
        if not isinstance(version, str) or data.get("kind") not in _CHARTS or version in known_versions():
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
    text = _releases_file(reader)
    minors = {**builtin_releases().minors, **({} if text is None else _minors_of_fleet(text))}
    by_number = dict(sorted(minors.items(), key=lambda one: one[1].releases[0]))
    return Catalog(Releases(by_number, _releases(charts)), charts, text or b"")


def _releases_file(reader: Reader) -> bytes | None:
    try:
        return reader.read(FLEET_FILE)
    except InputError as error:
        if error.findings[0].code == "MR001":  # it does not exist
            return None
        raise


def _minors_of_fleet(text: bytes) -> Mapping[str, Minor]:
    """Returns the minors that a fleet's own file adds or says otherwise. `InputError` with all that is not as the
    file's schema says; the conditions in its hazards are read where hazards are looked for."""
    documents = parse_documents(text, FLEET_FILE)
    data = documents[0].data if documents else None
    mistakes = []
    for found in _validator().iter_errors(data):
        path = tuple(found.absolute_path)
        line, column = locate(text, 0, path)
        message = f"{found.message.partition(' is not valid')[0]} (docs/charts.md and docs/hazards.md have the fields)"
        at = field_text(path) or None
        mistakes.append(Finding("MR286", message, file=FLEET_FILE, line=line, column=column, field=at))
    if mistakes:
        raise InputError(mistakes)
    return minors_of(data) if isinstance(data, dict) else {}


@cache
def _validator() -> Validator:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(json.loads(Path(__file__).with_name("releases.schema.json").read_bytes()))


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
