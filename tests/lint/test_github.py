"""Workflow commands as GitHub Actions reads them."""

from __future__ import annotations

from render.finding import Finding
from render.lint.github import workflow_commands
from render.lint.waivers import ClusterFinding


def line(finding: Finding, *clusters: str) -> str:
    (found,) = workflow_commands([ClusterFinding(finding, clusters)])
    return found


def test_a_finding_is_shown_beside_its_line() -> None:
    found = Finding("MR104", "means disabled", "warning", "base/ns.yaml", 7, 3, "Namespace/shop", "metadata.labels")
    assert line(found, "eu") == (
        "::warning file=base/ns.yaml,line=7,col=3,title=MR104 A label whose value injects nothing"
        "::Namespace/shop: metadata.labels: means disabled"
    )


def test_what_is_not_known_is_left_out_and_clusters_are_counted() -> None:
    assert line(Finding("MR072", "is wrong"), "eu", "us") == (
        "::error title=MR072 A tag or ztunnel that refers to nothing::is wrong (in 2 clusters)"
    )
    assert line(Finding("MR103", "no label", "info")).startswith("::notice title=MR103")


def test_what_would_end_a_line_or_a_property_is_escaped() -> None:
    found = Finding("MR001", "50%: a\r\nb, \x1b[31mc\u202e", file="a,b:c%d\n.yaml", line=1)
    assert line(found) == (
        "::error file=a%2Cb%3Ac%25d%0A.yaml,line=1,title=MR001 No file or folder where one is read"
        r"::50%25: a\r\nb, \x1b[31mc\u202e"
    )
