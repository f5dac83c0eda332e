"""Lengths of time as people write them: `24h`, `1h30m`, `7d`."""

from __future__ import annotations

import re

_PARTS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def seconds(text: str) -> int:
    """Returns the seconds of a duration that its schema accepts."""
    return sum(int(number) * _PARTS[unit] for number, unit in re.findall(r"([0-9]+)([dhms])", text))


def in_words(length: float) -> str:
    """Returns a length of time in its largest whole unit, as kubectl shows ages: `45s`, `12m`, `3h`, `2d`."""
    for unit, size, until in (("s", 1, 120), ("m", 60, 7200), ("h", 3600, 172800)):
        if length < until:
            return f"{int(length // size)}{unit}"
    return f"{int(length // 86400)}d"
