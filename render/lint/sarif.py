"""Findings as SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure reads (OASIS, SARIF 2.1.0)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from render.codes import CODES, Severity
from render.finding import Finding
from render.lint.registry import BY_CODE
from render.lint.waivers import ClusterFinding
from render.messages import one_line
from render.specs.fleet import FILE
from render.version import VERSION

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def sarif(found: Iterable[ClusterFinding]) -> dict[str, Any]:
    """Returns one log with one run. Its rules are those that found something, by code."""
    said = list(found)
    codes = sorted({one.finding.code for one in said})
    driver = {
        "name": "meshrev",
        "version": VERSION,
        "semanticVersion": VERSION,
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": list(_results(said, codes)),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    about = CODES[code]
    found: dict[str, Any] = {"id": code, "shortDescription": {"text": about.title}}
    if about.page:
        why = BY_CODE[code].why
        found["fullDescription"] = {"text": why}
        found["help"] = {"text": f"{why} More in meshrev's {about.page}."}
        found["defaultConfiguration"] = {"level": LEVELS[about.severity]}
        found["properties"] = {"tags": [about.family]}
    return found


def _results(said: list[ClusterFinding], codes: list[str]) -> Iterator[dict[str, Any]]:
    index = {code: number for number, code in enumerate(codes)}
    times: Counter[str] = Counter()
    for one in said:
        finding = one.finding
        print_ = _fingerprint(finding)
        times[print_] += 1
        yield {
            "ruleId": finding.code,
            "ruleIndex": index[finding.code],
            "level": LEVELS[finding.severity],
            "message": {"text": _message(one)},
            "locations": [_location(finding)],
            # The only fingerprint that GitHub goes by; the number tells apart what is the same in all but words.
            "partialFingerprints": {"primaryLocationLineHash": f"{print_}:{times[print_]}"},
            "properties": {"clusters": list(one.clusters)},
        }


def _message(said: ClusterFinding) -> str:
    """Returns one line without a link, which `[text](place)` would be (SARIF 2.1.0, 3.11.6)."""
    finding = said.finding
    text = one_line(": ".join(part for part in (finding.object, finding.field, finding.message) if part))
    text = text.replace("](", "] (")
    return f"{text} (in {len(said.clusters)} clusters)" if len(said.clusters) > 1 else text


def _location(finding: Finding) -> dict[str, Any]:
    """GitHub shows no result without a file: what is of none is shown at the fleet's own."""
    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(finding.file or FILE, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": finding.line or 1, "startColumn": finding.column or 1},
    }
    location: dict[str, Any] = {"physicalLocation": place}
    name = one_line(": ".join(part for part in (finding.object, finding.field) if part))
    if name:
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
    return location


def _fingerprint(finding: Finding) -> str:
    """Returns the same for a finding that stays, whatever lines move and however the message is worded."""
    parts = (finding.code, finding.file or "", finding.object or "", finding.field or "")
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:32]
