"""Findings as workflow commands of GitHub Actions, which it shows beside the lines of a pull request.

Commands, properties and what must be escaped in them: GitHub's documentation of workflow commands, and its toolkit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from render.codes import CODES, Severity
from render.lint.waivers import ClusterFinding
from render.messages import one_line

COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def workflow_commands(found: Iterable[ClusterFinding]) -> Iterator[str]:
    """Yields one line for each finding: `::error file=a.yaml,line=1,col=2,title=MR101 ...::Kind/name: field:
    message`."""
    for said in found:
        finding = said.finding
        places = {"file": finding.file, "line": finding.line, "col": finding.column}
        properties = {**places, "title": f"{finding.code} {CODES[finding.code].title}"}
        given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None)
        text = ": ".join(part for part in (finding.object, finding.field, finding.message) if part)
        if len(said.clusters) > 1:
            text += f" (in {len(said.clusters)} clusters)"
        yield f"::{COMMANDS[finding.severity]} {given}::{_data(one_line(text))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
