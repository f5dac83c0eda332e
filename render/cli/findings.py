"""Warnings and notes on standard error, so that standard output stays a program's to read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from render.finding import Finding

COLOURS = {"error": "red", "warning": "yellow", "info": None}


def print_findings(findings: Iterable[Finding]) -> None:
    """One line each, the severity first; in colour on a terminal only."""
    for finding in findings:
        severity = click.style(finding.severity, fg=COLOURS[finding.severity])
        click.echo(f"{severity}: {finding.text()}", err=True)


def as_data(finding: Finding) -> dict[str, Any]:
    """For `--output json`: the fields that are known."""
    fields = ("code", "severity", "message", "file", "line", "column", "object", "field")
    return {name: value for name in fields if (value := getattr(finding, name)) is not None}
