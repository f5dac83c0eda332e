"""Files that hide the output from Flux."""

from __future__ import annotations

import pytest

from tests.scenarios.lint.linted_fleets import istio
from tests.support.builders import fleet_file, namespace
from tests.support.fleet_repo import FleetRepo


@pytest.fixture
def delivered(repo: FleetRepo) -> FleetRepo:
    """Two clusters of Flux, committed."""
    repo.write("meshrev.yaml", fleet_file(delivery="{type: flux}"))
    for name in ("one", "two"):
        repo.cluster(name, istio() + namespace("shop", "istio-injection: enabled"))
    repo.meshrev("render")
    repo.commit("delivered")
    return repo


def hidden(repo: FleetRepo, patterns: str, file: str = ".sourceignore") -> list[tuple[str, str]]:
    repo.write(file, patterns)
    found = repo.meshrev("lint", "-o", "json", code=None).json["findings"]
    return [(one["severity"], one["file"]) for one in found if one["code"] == "MR188"]


def test_a_sourceignore_that_hides_the_output_from_flux_is_an_error(delivered: FleetRepo) -> None:
    assert hidden(delivered, "*.md\n/base/\ninventory.jsonl\n") == []
    assert hidden(delivered, "/*\n!/rendered/\n") == []
    found = {(severity, file.split("/")[1]) for severity, file in hidden(delivered, "/rendered/\n")}
    assert found == {("error", "one"), ("error", "two")}


def test_a_sourceignore_counts_in_every_folder(delivered: FleetRepo) -> None:
    found = hidden(delivered, "namespaces/\n", "rendered/one/.sourceignore")
    assert found == [("error", "rendered/one/namespaces/kustomization.yaml")]


def test_a_sourceignore_is_nothing_to_a_fleet_without_flux(delivered: FleetRepo) -> None:
    delivered.write("meshrev.yaml", fleet_file(delivery="{type: none}"))
    assert hidden(delivered, "/rendered/\n") == []
