"""What a fleet adds to the releases that the program knows: by its charts, and by a file of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builders import istio, node_agent
from tests.support.charts import chart_fleet, needs_library
from tests.support.fleet_repo import FleetRepo

pytestmark = needs_library
MINOR = """\
- {minor: "1.98", last: 1, released: "2030-01-01", ended: "2031-01-01", kubernetes: {oldest: "1.5", newest: "1.6"}}"""


@pytest.fixture
def fleet(tmp_path: Path) -> FleetRepo:
    repo = chart_fleet(tmp_path / "fleet", "1.98.0")
    repo.cluster("eu", istio("v1.98-latest"))
    return repo


def test_versions_shows_what_is_vendored_and_what_the_file_says(fleet: FleetRepo) -> None:
    assert fleet.meshrev("versions", "-o", "json").json["vendored"] == ["v1.98.0"]
    fleet.write("releases.yaml", f"minors:\n{MINOR}\n")
    newest = fleet.meshrev("versions", "--today", "2030-06-01", "-o", "json").json["minors"][0]
    assert (newest["minor"], newest["latest"], newest["supported"]) == ("1.98", "v1.98.1", True)
    assert "charts vendored here: v1.98.0" in fleet.meshrev("versions").out


def test_an_alias_means_the_last_release_that_is_vendored(fleet: FleetRepo) -> None:
    fleet.write("releases.yaml", f"minors:\n{MINOR}\n")
    fleet.meshrev("render")
    assert "default-v1-98-0" in fleet.meshrev("status").out


def test_support_is_judged_by_the_file(fleet: FleetRepo) -> None:
    assert "MR125" not in fleet.meshrev("lint", "--today", "2031-06-01").out
    fleet.write("releases.yaml", f"minors:\n{MINOR}\n")
    assert "support of 1.98 ended on 2031-01-01" in fleet.meshrev("lint", "--today", "2031-06-01").out


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("minors:\n- {minor: 1.98}\n", "releases.yaml:2:4: minors[0].minor: 1.98"),
        ("minors:\n- {minor: '1.98', lost: 1}\n", "releases.yaml:2:3: minors[0]: "),
        ("other: 1\n", "releases.yaml:1:1: "),
    ],
)
def test_a_mistake_in_the_file_has_its_place(fleet: FleetRepo, text: str, place: str) -> None:
    fleet.write("releases.yaml", text)
    assert place in fleet.meshrev("render", code=2).err
    assert not (fleet.root / "rendered/eu").exists()


def test_a_release_of_the_file_that_is_not_vendored_says_how_to_pull_it(fleet: FleetRepo) -> None:
    fleet.write("releases.yaml", f"minors:\n{MINOR}\n")
    fleet.cluster("eu", istio("v1.98.1"))
    error = fleet.meshrev("render", code=2).err
    assert "overlays/eu/specs.yaml:5:8: Istio/default: spec.version: " in error
    assert "the chart istiod 1.98.1 is not vendored (did you mean 1.98.0?): run `meshrev chart pull 1.98.1`" in error


def test_a_release_without_a_source_is_refused_where_it_is_named(fleet: FleetRepo) -> None:
    fleet.cluster("eu", istio("v1.98.0"), source="{type: builtin}")
    error = fleet.meshrev("render", code=2).err
    assert "spec.version: v1.98.0 is not a release that this program's own templates know: its charts are here" in error
    fleet.write("releases.yaml", f"minors:\n{MINOR}\n")
    fleet.cluster("eu", istio("v1.98.1"), source="{type: builtin}")
    assert "take it from its charts (`meshrev chart pull 1.98.1`, and" in fleet.meshrev("render", code=2).err


def test_one_istio_may_have_another_source_than_its_cluster(fleet: FleetRepo) -> None:
    fleet.cluster(
        "eu", istio("v1.24.3").replace("{name: default}", "{name: default, annotations: {meshrev.io/source: builtin}}")
    )
    fleet.meshrev("render")
    (header, *_) = fleet.tree()["rendered/eu/revisions/default-v1-24-3/inventory.jsonl"].splitlines()
    assert b'"source": "builtin"' in header
    fleet.cluster(
        "eu", istio("v1.24.3").replace("{name: default}", "{name: default, annotations: {meshrev.io/source: chrt}}")
    )
    assert "chrt is not one of builtin, chart (did you mean chart?)" in fleet.meshrev("render", code=2).err


def test_a_value_that_only_the_chart_knows_is_right_and_another_is_not(fleet: FleetRepo) -> None:
    fleet.cluster("eu", istio("v1.98.0", values="{newInThisRelease: {depth: 4}}"))
    fleet.meshrev("render")
    deployment = "rendered/eu/revisions/default-v1-98-0/deployment-istiod-default-v1-98-0.yaml"
    assert '- "4"' in fleet.tree()[deployment].decode()
    fleet.cluster("eu", istio("v1.98.0", values="{pilot: {autoscaleMinn: 4}}"))
    assert "did you mean autoscaleMin?" in fleet.meshrev("render", code=2).err


def test_a_chart_that_was_edited_is_not_rendered(fleet: FleetRepo) -> None:
    fleet.write("charts/1.98.0/istiod/values.yaml", "mine: true\n")
    error = fleet.meshrev("render", code=2).err
    assert "charts/1.98.0/istiod: Istio/default: is not the chart that charts.lock names" in error
    assert "charts/1.98.0/istiod: " in fleet.meshrev("chart", "verify", code=1).err


def test_what_the_program_does_not_know_of_a_release_is_told_once(fleet: FleetRepo) -> None:
    fleet.cluster("eu", istio("v1.98.0") + node_agent("IstioCNI", "v1.98.0"))
    told = [one for one in fleet.meshrev("lint", "-o", "json").json["findings"] if one["code"] == "MR127"]
    assert [one["object"] for one in told] == ["Istio/default"]
    assert "nothing is said of its known hazards, skew, support and versions of Kubernetes" in told[0]["message"]
