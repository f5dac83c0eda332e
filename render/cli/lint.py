"""`meshrev lint`: what is wrong or risky, with a code and a page for each."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import allow_unknown_values_option, clusters_option, observed_option
from render.cli.options.fleet import fleet_root, from_root
from render.cli.output import Line, StyledText, print_json, print_lines
from render.messages import count, few

if TYPE_CHECKING:
    from render.codes import Severity
    from render.lint.waivers import ClusterFinding
    from render.operations.lint.run import LintResult

COLOURS = {"error": "red", "warning": "yellow", "info": None}
NAMED = 5  # clusters that are named for one finding; JSON has all


@click.command("lint")
@clusters_option
@click.option(
    "--output",
    "-o",
    type=click.Choice(["text", "json", "sarif", "github"]),
    default="text",
    show_default=True,
    help="For a person, a program, code scanning, or beside the lines of a pull request on GitHub.",
)
@click.option(
    "--base", metavar="REV", help="Compare with the tree of this git revision. [default: the tree as it lies]"
)
@click.option(
    "--today", metavar="DATE", help="The day by which waivers and support are judged. [default: HEAD's author date]"
)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@observed_option
@allow_unknown_values_option
def command(
    clusters: tuple[str, ...],
    output: str,
    base: str | None,
    today: str | None,
    strict: bool,
    observed: str | None,
    allow_unknown_values: bool,
) -> None:
    """Say what is wrong or risky: in specs, in who serves whom, in what an upgrade skips or meets.

    Each finding has a code with a page in docs/rules. meshrev.yaml can set the severity of a code, and waive a
    finding with a reason and a last day. In a pull request that commits the rendered tree too, --base names what it
    is compared with, such as origin/main; a frozen revision has to be as that has it. Exit code 1 when an error is
    left, 2 when specs cannot be read or a frozen revision was changed.
    """
    from render.cli.output import progress_line
    from render.operations.lint.run import lint

    root = fleet_root()
    result = lint(
        root,
        clusters,
        today=today,
        base=base,
        observed=from_root(root, observed),
        allow_unknown_values=allow_unknown_values,
        progress=progress_line(),
    )
    if output == "json":
        print_json(as_json(result))
    elif output == "sarif":
        from render.lint.sarif import sarif

        print_json(sarif(result.said))
    elif output == "github":
        from render.lint.github import workflow_commands

        print_lines(workflow_commands(result.said))
    else:
        print_lines(as_text(result))
    severities = {said.finding.severity for said in result.said}
    if result.unread:
        sys.exit(2)
    if "error" in severities or (strict and "warning" in severities):
        sys.exit(1)


def as_json(result: LintResult) -> dict[str, Any]:
    """`{"today", "clusters", "unread", "findings": [...], "waived": [...]}`; each finding with its clusters and its
    page, each waived one with the waiver's reason and last day."""
    return {
        "today": result.today,
        "clusters": list(result.clusters),
        "unread": list(result.unread),
        "findings": [_finding(said) for said in result.said],
        "waived": [
            {**_finding(said), "reason": waiver.reason, "until": waiver.until} for said, waiver in result.waived
        ],
    }


def as_text(result: LintResult) -> Iterator[Line]:
    """Yields findings below their file, each with its line, severity and code; then how many there are."""
    file: str | None = ""
    for said in result.said:
        finding = said.finding
        if finding.file != file:
            file = finding.file
            yield StyledText(file or "(no file)", bold=True)
        place = f"{finding.line or 1}:{finding.column or 1}"
        severity = StyledText(f"{finding.severity:7}", COLOURS[finding.severity])
        text = ": ".join(part for part in (finding.object, finding.field, finding.message) if part)
        yield f"  {place:8} ", severity, f" {finding.code}  {text}{_clusters(said, result)}"
    yield from _summary(result)


def _clusters(said: ClusterFinding, result: LintResult) -> str:
    """Returns which clusters a finding is of, where that is not plain: nothing for all of the only one."""
    if not said.clusters or len(result.clusters) == 1:
        return ""
    if len(said.clusters) == len(result.clusters):
        return f" (all {len(result.clusters)} clusters)"
    names = few(said.clusters, NAMED)
    return f" ({len(said.clusters)} clusters: {names})" if len(said.clusters) > 1 else f" (cluster {names})"


def _summary(result: LintResult) -> Iterator[str]:
    severities = Counter(said.finding.severity for said in result.said)
    words: tuple[tuple[Severity, str], ...] = (("error", "error"), ("warning", "warning"), ("info", "note"))
    counts = [count(number, word) for severity, word in words if (number := severities[severity])]
    of = count(len(result.clusters), "cluster")
    waived = f"; {len(result.waived)} waived" if result.waived else ""
    yield f"{', '.join(counts) or 'nothing is wrong'} in {of}{waived}"
    if result.unread:
        yield f"not looked at, because their specs cannot be read: {', '.join(result.unread)}"
    if result.today is None:
        yield "(no commit says a date, so neither waivers nor support were judged by one: --today does)"


def _finding(said: ClusterFinding) -> dict[str, Any]:
    from render.cli.output import as_data
    from render.codes import CODES

    about = {"page": found} if (found := CODES[said.finding.code].page) else {}
    return {**as_data(said.finding), "clusters": list(said.clusters), **about}
