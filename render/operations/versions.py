"""Which releases meshrev renders, as data: aliases, support windows, Kubernetes ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from render.errors import wrong
from render.messages import value_text
from render.operations.render.fleet import open_fleet
from render.specs.fleet_releases import fleet_catalog
from render.specs.releases import Minor, Releases, builtin_releases


@dataclass(frozen=True, slots=True)
class SupportedMinor:
    """A minor, and whether Istio supports it on the day that was asked for; None without one."""

    minor: Minor
    supported: bool | None


@dataclass(frozen=True, slots=True)
class Versions:
    """Minors, the newest first. `today` is the day that was asked for, as an ISO date; `vendored` are the releases
    whose charts the fleet has, the newest first."""

    today: str | None
    minors: tuple[SupportedMinor, ...]
    vendored: tuple[str, ...] = ()


def versions(today: str | None = None, root: Path | None = None) -> Versions:
    """Returns what meshrev renders, and what of it is supported on the day `today` (`2026-08-22`): nothing here looks
    at a clock. With the `root` of a fleet also what that adds, by its charts and its `releases.yaml`. `InputError` for
    what is not such a day."""
    day = None if today is None else _day(today)
    known = _of_fleet(root) if root else builtin_releases()
    newest_first = reversed(tuple(known.minors.values()))
    return Versions(
        day,
        tuple(SupportedMinor(minor, None if day is None else _is_supported(minor, day)) for minor in newest_first),
        tuple(map(str, reversed(known.vendored))),
    )


def _of_fleet(root: Path) -> Releases:
    opened = open_fleet(root)
    return fleet_catalog(opened.reader, opened.fleet.source.folder).releases


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
