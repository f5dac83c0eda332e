"""The lines of an `inventory.jsonl`, one JSON object each, and what they say.

`{"file": ..., "for": ..., "sha256": ...}` is a file, why it is there, and the SHA-256 of its bytes;
`{"revision": {...}}` heads the inventory of a revision's folder. Sorted, without counts, times or a digest of
it all, so that git can merge two branches that render different things.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from typing import Any

from render.finding import Finding
from render.plan.inventory import RevisionRecord
from render.tree.layout import INVENTORY

# A file listed: its path, why it is there, its SHA-256 in hex.
Entry = tuple[str, str, str]

_MARKER = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?: |$)")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TEXTS = ("name", "version", "requested", "namespace", "source", "program")
_TEXTS_OR_NULL = ("istio", "profile", "platform")


@dataclass(frozen=True, slots=True)
class InventoryContent:
    """What an inventory says. `files` has all digests that a path is listed with: two after a merge, maybe.

    `reasons` says why each is there. `conflict` is the line of the first conflict marker; what stands on either
    side of one is in here.
    """

    files: Mapping[str, tuple[str, ...]]
    reasons: Mapping[str, str]
    records: tuple[RevisionRecord, ...] = ()
    conflict: int | None = None


def inventory_text(entries: Iterable[Entry], record: RevisionRecord | None = None) -> bytes:
    """Returns the inventory of these files, headed by the record where it is that of a revision's folder."""
    lines = sorted(
        f'{{"file": {encode_basestring_ascii(path)}, "for": {encode_basestring_ascii(why)}, "sha256": "{digest}"}}\n'
        for path, why, digest in entries
    )
    return "".join((_header(record), *lines) if record else lines).encode()


def parse_inventory(text: str, file: str, findings: list[Finding], *, in_revision: bool = False) -> InventoryContent:
    """Returns what the lines of `text` say; what is wrong with them is added to `findings`, under the name `file`.

    Paths that lead out of the folder are refused: this list is what `render` may overwrite and remove.
    """
    files: dict[str, tuple[str, ...]] = {}
    reasons: dict[str, str] = {}
    records: list[RevisionRecord] = []
    conflict = None
    for number, line in _both_sides(text):
        if line is None:
            conflict = conflict or number
            continue
        said = _parse_line(line, in_revision)
        if isinstance(said, str):
            findings.append(Finding("MR091", f"{said}: take this file from git", file=file, line=number))
        elif isinstance(said, RevisionRecord):
            records.append(said)
        else:
            path, why, digest = said
            reasons[path] = why
            if digest not in files.get(path, ()):
                files[path] = (*files.get(path, ()), digest)
    return InventoryContent(files, reasons, tuple(records), conflict)


def _header(record: RevisionRecord) -> str:
    fields: dict[str, Any] = {name: getattr(record, name) for name in (*_TEXTS, *_TEXTS_OR_NULL, "values")}
    if record.chart:
        fields["chart"] = record.chart
    if record.operator:
        fields["operator"] = True
    return json.dumps({"revision": fields}, sort_keys=True) + "\n"


def _both_sides(text: str) -> Iterator[tuple[int, str | None]]:
    """Yields each line that either side of a conflict has, with its number from 1; None for a marker. What both sides
    started from (between `|||||||` and `=======`) is left out."""
    in_base = False
    for number, line in enumerate(text.split("\n"), 1):
        if marker := _MARKER.match(line):
            in_base = marker[1][0] == "|"
            yield number, None
        elif line and not in_base:
            yield number, line


def _parse_line(line: str, in_revision: bool) -> Entry | RevisionRecord | str:
    """Returns a file that is listed, a record, or (a plain string) what is wrong with the line."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return "not a line of JSON"
    if not isinstance(data, dict):
        return "not a JSON object"
    if in_revision and "revision" in data:
        return _record(data["revision"])
    path, why, digest = data.get("file"), data.get("for"), data.get("sha256")
    if not (isinstance(path, str) and isinstance(why, str) and isinstance(digest, str) and _SHA256.fullmatch(digest)):
        return 'expected "file", "for" and "sha256"'
    # No part with a dot in front: neither `..` nor what is hidden (.git) is ever meshrev's.
    if "\0" in path or path == INVENTORY or any(not part or part.startswith(".") for part in path.split("/")):
        return f"{path!r} is no file that meshrev writes"
    if in_revision and "/" in path:
        return f"{path!r} is not in this folder"
    return path, why, digest


def _record(data: object) -> RevisionRecord | str:
    if not isinstance(data, dict) or not isinstance(data.get("values"), dict):
        return 'expected "revision" to be an object with "values"'
    for field in _TEXTS:
        if not isinstance(data.get(field), str):
            return f'expected "revision" to have the text "{field}"'
    for field in _TEXTS_OR_NULL:
        if not isinstance(data.get(field), str | None):
            return f'expected "{field}" of "revision" to be a text or null'
    if not isinstance(data.get("chart"), str | None):
        return 'expected "chart" of "revision" to be a text'
    if not isinstance(data.get("operator", False), bool):
        return 'expected "operator" of "revision" to be true or false'
    said: dict[str, Any] = {field: data.get(field) for field in (*_TEXTS, *_TEXTS_OR_NULL, "values", "chart")}
    return RevisionRecord(**said, operator=data.get("operator", False))
