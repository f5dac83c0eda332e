"""`meshrev diff`: what changes in the clusters, between two revisions of the repository."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from render.cli.options.common import clusters_option, observed_option
from render.cli.options.fleet import fleet_root, from_root

if TYPE_CHECKING:
    from render.operations.diff.model import Diff
    from render.specs.kinds import SourceType

COLOURS = {"+": "green", "-": "red", "~": "yellow"}


@click.command("diff")
@click.argument("before", metavar="[A", required=False)
@click.argument("after", metavar="[B]]", required=False)
@click.option(
    "--source",
    type=click.Choice(["builtin", "chart"]),
    help="Compare with what the specs render when the clusters' manifests come from there; without A and B.",
)
@clusters_option
@observed_option
@click.option(
    "--output",
    "-o",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="For a person, for a pull request, or for a program.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1000),
    default=60_000,
    show_default=True,
    metavar="BYTES",
    help="The most that markdown may have; what is cut off is counted.",
)
def command(
    before: str | None,
    after: str | None,
    source: SourceType | None,
    clusters: tuple[str, ...],
    observed: str | None,
    output: str,
    limit: int,
) -> None:
    """Show what changes in the clusters from A to B.

    That is: which objects, who gets another proxy, what to restart, and which known hazards an upgrade meets.

    A and B are git revisions, B the working tree where it is left out; without both it is HEAD and the working
    tree. The committed trees are compared, so `meshrev render` comes first.

    With --source the specs of the working tree are rendered twice, by the source of now and by that one.
    """
    if source and before is not None:
        raise click.UsageError("--source compares what the specs render: it goes without A and B")
    from render.cli.output import StyledText, as_data, print_findings, print_json, print_line, print_lines

    root = fleet_root()
    comparison = _comparison(root, before, after, source, clusters, from_root(root, observed))
    print_findings(comparison.findings)
    if output == "json":
        from render.operations.diff.report.as_json import data

        findings = [as_data(finding) for finding in comparison.findings]
        print_json({**data(comparison), "findings": findings})
    elif output == "markdown":
        from render.operations.diff.report.as_markdown import markdown

        print_lines(markdown(comparison, limit).removesuffix("\n").split("\n"))
    else:
        from render.operations.diff.report.as_text import lines, text

        for line in lines(comparison):
            head = line.text and not line.text.startswith("(") and not line.depth and not line.mark
            print_line(StyledText(text(line), COLOURS.get(line.mark), bold=True if head else None))


def _comparison(
    root: Path,
    before: str | None,
    after: str | None,
    source: SourceType | None,
    clusters: tuple[str, ...],
    observed: str | None,
) -> Diff:
    if source:
        from render.operations.diff.source import diff_source

        return diff_source(root, source, clusters, observed)
    from render.operations.diff.run import diff

    return diff(root, "HEAD" if before is None else before, after, clusters, observed)
