"""`charts.lock`: which charts are vendored, from where, and the digests that hold them to it.

One line a chart, sorted, so that git merges two branches that pull different releases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from render.charts.chart import OLDER, USUAL
from render.errors import InputError
from render.finding import Finding
from render.yamlio.documents import parse

HEAD = (
    "# Written by `meshrev chart pull`. `meshrev chart verify` holds the vendored charts to it, as every render does.\n"
)
_VERSION = re.compile(r"\d{1,9}\.\d{1,9}\.\d{1,9}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class LockedChart:
    """A vendored chart: its name, release (`1.31.0`) and source, and SHA-256 digests in hex. `archive` is that of the
    archive that it was unpacked from, None where it came from a folder; `tree` is that of its files."""

    chart: str
    version: str
    source: str
    archive: str | None
    tree: str


def parse_lock(text: bytes, file: str) -> tuple[LockedChart, ...]:
    """Returns what a lock says, in the order of its lines. `InputError` with every mistake in it; `file` is for the
    messages."""
    documents = parse(text, file)
    if not documents:
        return ()
    data = documents[0].data
    if len(documents) > 1 or not isinstance(data, list):
        raise InputError([_mistake(file, "expected a list of charts")])
    found = [_entry(entry, f"[{index}]", file) for index, entry in enumerate(data)]
    mistakes = [one for one in found if isinstance(one, Finding)]
    locked = [one for one in found if isinstance(one, LockedChart)]
    seen: set[tuple[str, str]] = set()
    for one in locked:
        if (one.chart, one.version) in seen:
            mistakes.append(_mistake(file, f"names {one.chart} {one.version} twice: keep the line that is right"))
        seen.add((one.chart, one.version))
    if mistakes:
        raise InputError(mistakes)
    return tuple(locked)


def lock_text(locked: Iterable[LockedChart]) -> bytes:
    """Returns the text of a lock, by release and chart."""
    lines = []
    for one in sorted(locked, key=lambda one: (_number(one.version), one.chart)):
        fields = (f"{name}: {_quoted_text(value)}" for name, value in asdict(one).items() if value is not None)
        lines.append(f"- {{{', '.join(fields)}}}\n")
    return "".join([HEAD, *lines]).encode()


def _quoted_text(text: str) -> str:
    """Returns a text as YAML in quotes. JSON's escape of a letter beyond U+FFFF is two halves, and none in YAML."""
    readable = text.encode(errors="replace").decode()
    quoted = json.dumps(readable, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08x}" for letter in quoted)


def _entry(entry: Any, at: str, file: str) -> LockedChart | Finding:
    if not isinstance(entry, dict):
        return _mistake(file, f"expected a chart, with its version and digests, at {at}")
    said = {name: entry.get(name) for name in ("chart", "version", "source", "archive", "tree")}
    if entry.keys() - said.keys():
        return _mistake(file, f"has a field that is not known at {at}: {min(map(str, entry.keys() - said.keys()))}")
    archive = said["archive"]
    if said["chart"] not in (*USUAL, *OLDER):
        return _mistake(file, f"names no chart of Istio's at {at}.chart (known: {', '.join((*USUAL, *OLDER))})")
    if not (isinstance(said["version"], str) and _VERSION.fullmatch(said["version"])):
        return _mistake(file, f'expected a release such as "1.31.0", in quotes, at {at}.version')
    if not isinstance(said["source"], str):
        return _mistake(file, f"expected where the chart came from at {at}.source")
    for name in ("tree", "archive"):
        if not (name == "archive" and archive is None) and not _is_digest(said[name]):
            return _mistake(file, f"expected a SHA-256 of 64 hexadecimal digits, in quotes, at {at}.{name}")
    return LockedChart(said["chart"], said["version"], said["source"], archive, str(said["tree"]))


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _mistake(file: str, message: str) -> Finding:
    return Finding("MR280", f"{message}: take this file from git", file=file)


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
