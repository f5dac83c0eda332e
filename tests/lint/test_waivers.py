"""What is left of findings by the fleet's severities and waivers."""

from __future__ import annotations

from typing import Any

import pytest

from render.codes import Severity
from render.finding import Finding
from render.lint.waivers import ClusterFinding, Judgement, judge
from render.messages import field_text
from tests.support.cluster_plan import fleet

DAY = "2026-11-21"


def finding(code: str = "MR101", severity: Severity = "warning", object: str = "Namespace/shop") -> Finding:
    return Finding(code, "is wrong", severity, object=object)


def judged(*findings: Finding, today: str | None = DAY, whole: bool = True, **spec: Any) -> Judgement:
    return judge([ClusterFinding(one, ("eu",)) for one in findings], fleet(**spec), today, whole=whole)


def left(found: Judgement) -> list[tuple[str, str]]:
    return [(said.finding.code, said.finding.severity) for said in found.left]


def about(found: Judgement) -> list[tuple[str, str]]:
    return [(one.code, field_text(one.path)) for one in found.about]


def waiver(code: str = "MR101", **fields: str) -> dict[str, str]:
    return {"code": code, "reason": "it is known", **fields}


# Severities


def test_a_finding_keeps_its_own_severity_where_the_fleet_says_none() -> None:
    assert left(judged(finding(), finding("MR133", "info"))) == [("MR101", "warning"), ("MR133", "info")]


def test_a_namespace_that_follows_nobody_is_an_error_here() -> None:
    assert left(judged(finding("MR076"))) == [("MR076", "error")]
    assert left(judged(finding("MR079"))) == [("MR079", "warning")]


@pytest.mark.parametrize("level", ["error", "warning", "info"])
def test_the_fleet_sets_the_severity_of_a_code(level: str) -> None:
    lint = {"severity": {"MR101": level, "MR076": level, "MR180": level}}
    found = judged(finding(), finding("MR076"), finding("MR180", "error"), lint=lint)
    assert left(found) == [("MR101", level), ("MR076", level), ("MR180", level)]


def test_a_code_that_is_off_is_left_out() -> None:
    assert left(judged(finding(), finding("MR103", "info"), lint={"severity": {"MR101": "off"}})) == [("MR103", "info")]


def test_an_error_that_stops_rendering_stays_one() -> None:
    assert left(judged(finding("MR072", "error"), lint={"severity": {"MR072": "off"}})) == [("MR072", "error")]


def test_a_severity_of_a_code_that_no_rule_has_is_told_of() -> None:
    found = judged(lint={"severity": {"MR199": "off", "MR051": "info", "MR101": "info"}})
    assert about(found) == [("MR192", "spec.lint.severity.MR199")]


# Waivers


def test_a_waiver_accepts_its_code_and_object_only() -> None:
    other = finding(object="Namespace/other")
    found = judged(finding(), other, finding("MR104"), waivers=[waiver(object="Namespace/shop")])
    assert left(found) == [("MR101", "warning"), ("MR104", "warning")]
    assert [(said.finding.object, said.clusters, one.reason) for said, one in found.waived] == [
        ("Namespace/shop", ("eu",), "it is known")
    ]
    assert found.about == ()


def test_a_waiver_without_an_object_accepts_the_code() -> None:
    assert left(judged(finding(), finding(object="Namespace/other"), waivers=[waiver()])) == []


@pytest.mark.parametrize(("until", "counts"), [("2026-11-20", False), ("2026-11-21", True), ("2026-11-22", True)])
def test_a_waiver_counts_until_its_last_day(until: str, counts: bool) -> None:
    found = judged(finding(), waivers=[waiver(until=until)])
    assert left(found) == ([] if counts else [("MR101", "warning")])
    assert about(found) == ([] if counts else [("MR190", "spec.waivers[0].until")])


def test_an_expired_waiver_says_what_to_do() -> None:
    (again,) = judged(finding(), waivers=[waiver(until="2026-01-01")]).about
    assert again.message == (
        "the waiver of MR101 ended on 2026-01-01, before 2026-11-21: what it accepted is reported again "
        "(its reason: it is known)"
    )
    (gone,) = judged(waivers=[waiver(until="2026-01-01", object="Namespace/shop")]).about
    assert "the waiver of MR101 of Namespace/shop ended" in gone.message
    assert "it matches nothing any more: remove it" in gone.message
    assert (again.severity, gone.severity) == ("warning", "warning")


def test_without_a_day_no_waiver_expires() -> None:
    found = judged(finding(), waivers=[waiver(until="2000-01-01")], today=None)
    assert (left(found), about(found)) == ([], [])


def test_a_waiver_beside_an_expired_one_still_accepts() -> None:
    found = judged(finding(), waivers=[waiver(until="2026-01-01"), waiver(object="Namespace/shop")])
    assert left(found) == []
    assert about(found) == [("MR190", "spec.waivers[0].until")]


def test_a_waiver_that_matches_nothing_is_noted_where_all_was_looked_at() -> None:
    waivers = [waiver("MR104"), waiver(object="Namespace/gone")]
    found = judged(finding(), waivers=waivers)
    assert about(found) == [("MR191", "spec.waivers[0]"), ("MR191", "spec.waivers[1]")]
    assert {one.severity for one in found.about} == {"info"}
    assert about(judged(finding(), waivers=waivers, whole=False)) == []


def test_an_error_that_stops_rendering_cannot_be_waived() -> None:
    found = judged(finding("MR072", "error"), waivers=[waiver("MR072")])
    assert left(found) == [("MR072", "error")]
    assert about(found) == [("MR191", "spec.waivers[0]")]


def test_a_secret_and_a_namespace_that_follows_nobody_can_be_waived() -> None:
    secret, follower = finding("MR060", "error", "Secret/a/b"), finding("MR076")
    assert left(judged(secret, follower, waivers=[waiver("MR060"), waiver("MR076")])) == []
    assert left(judged(secret, waivers=[waiver("MR060", until="2026-01-01")])) == [("MR060", "error")]
