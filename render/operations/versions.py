"""Which releases meshrev renders, as data: aliases, support windows, Kubernetes ranges."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from render.errors import wrong
from render.messages import value_text
from render.specs.releases import Minor, minors


def versions(today: str | None = None) -> dict[str, Any]:
    """`{"today", "minors": [...]}`, newest first, and the releases of each newest first too.

    `checked` is the last release of a minor whose charts the builtin manifests were compared with.

    Days are ISO dates; `ended` is null where Istio has not said the day. `supported` answers for the day `today`
    (`2026-08-22`) and is null without one: nothing here looks at a clock. `InputError` for what is not such a day.
    """
    day = None if today is None else _day(today)
    return {"today": day, "minors": [_minor(minor, day) for minor in reversed(tuple(minors().values()))]}


def _minor(minor: Minor, day: str | None) -> dict[str, Any]:
    oldest, newest = minor.kubernetes
    return {
        "minor": minor.name,
        "alias": minor.alias,
        "latest": str(minor.releases[-1]),
        "releases": [str(release) for release in reversed(minor.releases)],
        "checked": minor.checked,
        "released": minor.released,
        "ended": minor.ended,
        "kubernetes": {"oldest": oldest, "newest": newest},
        "supported": None if day is None else _is_supported(minor, day),
    }


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
