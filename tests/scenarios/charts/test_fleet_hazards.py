"""Hazards that a fleet's own `releases.yaml` says, of a release that the program has never heard of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.builders import istio, tag
from tests.support.charts import chart_fleet, needs_library
from tests.support.fleet_repo import Done, FleetRepo

pytestmark = needs_library
OLD, NEW = "v1.97.2", "v1.98.0"
TITLE = "Networks are told apart no more"
HAZARD = f"""\
hazards:
- id: networks-lost
  title: {TITLE}
  severity: outage
  introduced: 1.98.0
  applies: crossing
  sign: {{where: values, path_or_kind: global.network, when: it is set}}
  effect: Traffic between networks stops.
  avoid: Wait for 1.98.1.
  source: our own tests
  detect:
  - if: {{path: controlPlane.values.global.network, exists: true}}
"""
SPECS = istio(OLD, values="{global: {network: north}}") + tag("prod", "default-v1-97-2", "IstioRevision")


@pytest.fixture
def fleet(tmp_path: Path) -> FleetRepo:
    """A fleet whose next step is a release with a hazard."""
    repo = chart_fleet(tmp_path / "fleet", OLD[1:], NEW[1:])
    repo.write("releases.yaml", HAZARD)
    repo.cluster("eu", SPECS)
    repo.meshrev("render")
    repo.commit("as it was")
    repo.cluster("eu", SPECS.replace(OLD, NEW))
    return repo


def test_lint_stops_an_upgrade_that_meets_one(fleet: FleetRepo) -> None:
    findings = fleet.meshrev("lint", "-o", "json", code=1).json["findings"]
    (found,) = [one for one in findings if "networks-lost" in one["message"]]
    assert (found["severity"], found["file"], found["field"]) == (
        "error",
        "overlays/eu/specs.yaml",
        "spec.values.global.network",
    )
    assert found["message"].startswith(f"{OLD} -> {NEW} comes with networks-lost (outage): {TITLE}")


def test_a_comparison_and_the_list_of_a_fleet_show_it(fleet: FleetRepo) -> None:
    assert f"outage networks-lost: {TITLE}" in fleet.meshrev("hazards").out
    fleet.meshrev("render")
    assert f"outage networks-lost: {TITLE}" in fleet.meshrev("diff").out


def test_a_move_between_two_releases_lists_it(fleet: FleetRepo) -> None:
    found = fleet.meshrev("hazards", "--from", OLD, "--to", NEW, "-o", "json").json["hazards"]
    assert "networks-lost" in [one["id"] for one in found]
    assert "networks-lost" not in fleet.meshrev("hazards", "--from", "1.24.2", "--to", "1.24.3").out


def test_one_with_a_known_id_takes_that_ones_place(fleet: FleetRepo) -> None:
    known = fleet.meshrev("hazards", "--from", "1.24.2", "--to", "1.26.4", "-o", "json").json["hazards"][0]["id"]
    fleet.write("releases.yaml", HAZARD.replace("networks-lost", known).replace("1.98.0", "1.25.0"))
    found = fleet.meshrev("hazards", "--from", "1.24.2", "--to", "1.26.4", "-o", "json").json["hazards"]
    assert [one["title"] for one in found if one["id"] == known] == [TITLE]


def test_its_conditions_may_use_the_programs_terms_and_those_of_the_file(fleet: FleetRepo) -> None:
    looks = "{all: [networked, {none: [ambient]}]}"
    own = HAZARD.replace("{path: controlPlane.values.global.network, exists: true}", looks)
    term = "terms:\n  networked: {path: controlPlane.values.global.network, exists: true}\n"
    fleet.write("releases.yaml", term + own)
    assert "networks-lost" in fleet.meshrev("lint", code=1).out


def _one_line_each(done: Done) -> str:
    """What a command said of the file, also where it prints the findings of a file below its name."""
    code = re.compile(r"^releases.yaml\n  (\S+) +error +MR286  ", re.MULTILINE)
    return code.sub(r"releases.yaml:\1: ", done.out + done.err)


# A schema knows these, and these only who reads conditions.
OF_THE_SCHEMA = (
    ("severity: outage", "severity: bad", "releases.yaml:4:3: hazards[0].severity: 'bad'"),
    ("introduced: 1.98.0", "introduced: 1.98", "releases.yaml:5:3: hazards[0].introduced: 1.98"),
    ("  source: our own tests\n", "", "releases.yaml:2:3: hazards[0]: 'source' is a required property"),
)
OF_CONDITIONS = (
    ("exists: true", "is: true", "releases.yaml:2:3: hazards[0]: networks-lost: "),
    ("{path: controlPlane.values.global.network, exists: true}", "north", "networks-lost: there is no term north"),
)


@pytest.mark.parametrize(("old", "new", "place"), OF_THE_SCHEMA)
def test_a_field_that_the_schema_refuses_is_told_with_its_place(
    fleet: FleetRepo, old: str, new: str, place: str
) -> None:
    fleet.write("releases.yaml", HAZARD.replace(old, new))
    for verb in (("lint",), ("render",), ("hazards",), ("hazards", "--from", OLD, "--to", NEW)):
        done = fleet.meshrev(*verb, code=2)
        assert place in _one_line_each(done)


@pytest.mark.parametrize(("old", "new", "place"), OF_CONDITIONS)
def test_a_condition_that_cannot_be_read_is_told_with_its_place(
    fleet: FleetRepo, old: str, new: str, place: str
) -> None:
    fleet.meshrev("render")
    fleet.write("releases.yaml", HAZARD.replace(old, new))
    for verb in (("lint",), ("diff",), ("hazards",), ("hazards", "--from", OLD, "--to", NEW)):
        done = fleet.meshrev(*verb, code=2)
        assert place in _one_line_each(done)
