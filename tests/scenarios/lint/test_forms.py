"""Findings for programs, and that linting writes nothing."""

from __future__ import annotations

import json
from typing import Any

from tests.scenarios.lint.linted_fleets import TODAY, istio, shop
from tests.support.fleet_repo import FleetRepo


def outputs(repo: FleetRepo, output: str) -> str:
    repo.cluster("one", istio() + shop("istio.io/rev: nosuch"))
    return repo.meshrev("lint", *TODAY, "-o", output, code=1).out


def test_json_has_the_page_of_each_rule(repo: FleetRepo) -> None:
    found: dict[str, Any] = json.loads(outputs(repo, "json"))
    assert (found["today"], found["clusters"], found["unread"], found["waived"]) == ("2026-06-01", ["one"], [], [])
    (one,) = [finding for finding in found["findings"] if finding["code"] == "MR076"]
    assert one["page"] == "docs/rules/MR076.md"
    assert (one["file"], one["line"], one["column"]) == ("overlays/one/specs.yaml", 9, 33)
    assert one["field"] == 'metadata.labels["istio.io/rev"]'


def test_sarif_has_a_result_for_each_finding(repo: FleetRepo) -> None:
    (run,) = json.loads(outputs(repo, "sarif"))["runs"]
    assert [(one["ruleId"], one["level"]) for one in run["results"]] == [("MR133", "note"), ("MR076", "error")]


def test_github_shows_each_finding_beside_its_line(repo: FleetRepo) -> None:
    first, second = outputs(repo, "github").splitlines()
    assert first.startswith("::notice file=meshrev.yaml,line=4,col=1,title=MR133 Nobody delivers Istio's Custom")
    assert second.startswith("::error file=overlays/one/specs.yaml,line=9,col=33,title=MR076 A namespace follows a ")
    assert '::Namespace/shop: metadata.labels["istio.io/rev"]: follows nosuch' in second


def test_linting_writes_nothing(repo: FleetRepo) -> None:
    repo.cluster("one", istio())
    repo.commit("specs")
    repo.meshrev("lint", *TODAY, code=0)
    assert repo.git("status", "--porcelain", "--ignored") == ""
