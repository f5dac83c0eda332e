"""Which releases meshrev renders, as data: aliases, support windows, Kubernetes ranges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from render.errors import wrong
from render.messages import value_text
from render.operations.render.fleet import OpenFleet, open_fleet
from render.specs.clusters import cluster_alone
from render.specs.fleet import matching_folders
from render.specs.fleet_releases import fleet_catalog
from render.specs.releases import Minor, builtin_releases


@dataclass(frozen=True, slots=True)
class SupportedMinor:
    """A minor, and whether Istio supports it on the day that was asked for; None without one."""

    minor: Minor
    supported: bool | None


@dataclass(frozen=True, slots=True)
class ClusterKubernetes:
    """A cluster that says its Kubernetes, and the minors that support that, the newest first."""

    cluster: str
    version: str
    minors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Versions:
    """Minors, the newest first. `today` is the day that was asked for, as an ISO date; `vendored` are the releases
    whose charts the fleet has, the newest first; `clusters` are those of the fleet that say their Kubernetes."""

    today: str | None
    minors: tuple[SupportedMinor, ...]
    vendored: tuple[str, ...] = ()
    clusters: tuple[ClusterKubernetes, ...] = ()


def versions(today: str | None = None, root: Path | None = None) -> Versions:
    """Returns what meshrev renders, and what of it is supported on the day `today` (`2026-08-22`): nothing here looks
    at a clock. With the `root` of a fleet also what that adds, by its charts and its `releases.yaml`. `InputError` for
    what is not such a day."""
    day = None if today is None else _day(today)
    opened = open_fleet(root) if root else None
    known = fleet_catalog(opened.reader, opened.fleet.source.folder).releases if opened else builtin_releases()
    newest_first = tuple(reversed(tuple(known.minors.values())))
    return Versions(
        day,
        tuple(SupportedMinor(minor, None if day is None else _is_supported(minor, day)) for minor in newest_first),
        tuple(map(str, reversed(known.vendored))),
        tuple(_clusters(opened, newest_first)) if opened else (),
    )


def _clusters(opened: OpenFleet, minors: tuple[Minor, ...]) -> Iterator[ClusterKubernetes]:
    """Yields the clusters that say their Kubernetes; of overlays that cannot be read other commands tell."""
    for folder in matching_folders(opened.reader, opened.fleet):
        cluster = cluster_alone(opened.reader, folder, opened.cache)
        if cluster and cluster.kubernetes:
            fitting = (one.name for one in minors if one.supports(cluster.kubernetes.release))
            yield ClusterKubernetes(cluster.name, cluster.kubernetes.version, tuple(fitting))


def _is_supported(minor: Minor, day: str) -> bool:
    """From its release until the day before its support ended: Istio's announcements say `ended` of that day."""
    return minor.released <= day and (minor.ended is None or day < minor.ended)


def _day(text: str) -> str:
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise ValueError(text)
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise wrong("MR067", f"{value_text(text)} is not a day: write it as 2026-08-22", file="--today") from None
