"""What the fleet says of its findings: severities, waivers and their days."""

from __future__ import annotations

import pytest

from tests.scenarios.lint.linted_fleets import SHOP, TODAY, fleet, istio, linted, shop
from tests.support.builders import document, namespace
from tests.support.fleet_repo import FleetRepo

SECRET = document("v1", "Secret", "s", namespace="shop", data="{a: Yg==}")


def waived(*waivers: str) -> str:
    return "  waivers:\n" + "".join(f"  - {{{waiver}, reason: it is known}}\n" for waiver in waivers)


def test_the_fleet_decides_how_serious_a_code_is(repo: FleetRepo) -> None:
    repo.cluster("one", istio() + shop('istio-injection: "on"') + namespace("plain"))
    fleet(repo, "  lint: {severity: {MR104: error, MR103: off, MR199: info}}\n")
    assert linted(repo, code=1) == [("warning", "MR192", "Fleet/test"), ("error", "MR104", SHOP)]


def test_a_severity_that_is_none_is_refused(repo: FleetRepo) -> None:
    repo.cluster("one", istio())
    fleet(repo, "  lint: {severity: {MR104: fatal}}\n")
    done = repo.meshrev("lint", code=2)
    assert "spec.lint.severity.MR104: fatal is not one of error, warning, info, off" in done.err


def test_a_waiver_is_judged_by_the_day_of_the_commit(repo: FleetRepo) -> None:
    repo.cluster("one", istio() + shop('istio-injection: "on"'))
    fleet(repo, waived(f"code: MR104, object: {SHOP}, until: 2026-05-31"))
    repo.commit("waive it")
    for day, found in (("2026-05-31T23:30:00+00:00", []), ("2026-06-01T00:30:00+00:00", ["MR190", "MR104"])):
        repo.git("commit", "--amend", "-q", "--no-edit", "--date", day)
        result = repo.meshrev("lint", "-o", "json", code=0).json
        assert result["today"] == day[:10]
        assert [one["code"] for one in result["findings"] if one["code"] != "MR133"] == found
        assert [(one["code"], one["reason"], one["until"]) for one in result["waived"]] == (
            [] if found else [("MR104", "it is known", "2026-05-31")]
        )


def test_a_waiver_that_accepts_nothing_is_noted(repo: FleetRepo) -> None:
    repo.cluster("one", istio() + shop('istio-injection: "on"'))
    fleet(repo, waived("code: MR104", "code: MR104, object: Namespace/gone", "code: MR051"))
    done = repo.meshrev("lint", *TODAY, code=0)
    assert [line[11:25] for line in done.out.splitlines() if "MR191" in line] == ["info    MR191 "] * 2
    assert done.out.endswith("3 notes in 1 cluster; 1 waived\n")
    assert linted(repo, "--cluster", "one") == []


def test_a_waiver_of_what_reading_the_specs_says_matches_too(repo: FleetRepo) -> None:
    repo.cluster("one", istio(values="{revision: x}") + SECRET)
    fleet(repo, waived("code: MR051, object: Istio/default", "code: MR060, until: 2026-12-31"))
    assert linted(repo, code=0) == []
    assert linted(repo, "--today", "2027-01-01", code=1) == [
        ("warning", "MR190", "Fleet/test"),
        ("error", "MR060", "Secret/shop/s"),
    ]


def test_without_a_commit_and_a_day_nothing_is_judged_by_one(repo: FleetRepo) -> None:
    repo.cluster("one", istio("v1.24.3") + shop('istio-injection: "on"'))
    fleet(repo, waived("code: MR104, until: 2000-01-01"))
    done = repo.meshrev("lint", code=0)
    assert "MR125" not in done.out
    assert "MR104" not in done.out
    assert done.out.endswith(
        "(no commit says a date, so neither waivers nor support were judged by one: --today does)\n"
    )


@pytest.mark.parametrize("day", ["2026-13-01", "tomorrow", "20260101"])
def test_a_day_that_is_none_is_refused(repo: FleetRepo, day: str) -> None:
    assert "is not a day: write it as 2026-08-22" in repo.meshrev("lint", "--today", day, code=2).err
