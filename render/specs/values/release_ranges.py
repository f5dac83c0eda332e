"""Ranges of releases, as the files of values have them: which releases read a name, and what to say of another.

`1.28.6..1.29 1.29.2..` is from 1.28.6 on, before 1.29, and again from 1.29.2 on.
"""

from __future__ import annotations

from functools import cache

# A release as one number, 1.28.10 as 1028010: comparing these is what the check does most.
Ordinal = int
# Ranges of releases: from the first on, until before the second. In order, apart from each other.
Ranges = tuple[tuple[Ordinal, Ordinal], ...]

_FIRST, _LAST = 0, 10**9
ALWAYS: Ranges = ((_FIRST, _LAST),)
NEVER: Ranges = ()


@cache
def parse_ranges(text: str) -> Ranges:
    """Returns the ranges that a text of the files says: all releases for ``, none for `never`."""
    if text in ("", ".."):
        return ALWAYS
    if text == "never":
        return NEVER
    ends = (one.split("..") for one in text.split())
    return tuple((_number(start, _FIRST), _number(end, _LAST)) for start, end in ends)


@cache
def ordinal(major: int, minor: int, patch: int) -> Ordinal:
    return (major * 1000 + minor) * 1000 + patch


def is_read(ranges: Ranges, release: Ordinal) -> bool:
    return ranges is ALWAYS or any(start <= release < end for start, end in ranges)


def when_read(ranges: Ranges, release: Ordinal) -> str:
    """Returns which releases read a name that `release` does not read: the next ones, else the last ones before it."""
    later = [start for start, _ in ranges if start > release]
    if later:
        return f"read since {_version(min(later))}"
    if ranges:
        return f"read before {_version(ranges[-1][1])}"
    return "no release reads it"


def common_ranges(one: Ranges, other: Ranges) -> Ranges:
    if one is ALWAYS:
        return other
    if other is ALWAYS:
        return one
    both = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple(sorted(one for one in both if one[0] < one[1]))


def either_ranges(one: Ranges, other: Ranges) -> Ranges:
    if one is ALWAYS or other is ALWAYS:
        return ALWAYS
    merged: list[tuple[Ordinal, Ordinal]] = []
    for start, end in sorted((*one, *other)):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)


def _number(version: str, default: Ordinal) -> Ordinal:
    if not version:
        return default
    major, minor, patch = (*map(int, version.split(".")), 0)[:3]
    return ordinal(major, minor, patch)


def _version(number: Ordinal) -> str:
    minors, patch = divmod(number, 1000)
    major, minor = divmod(minors, 1000)
    return f"{major}.{minor}.{patch}" if patch else f"{major}.{minor}"
