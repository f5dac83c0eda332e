"""What `verify` printed of a cluster, kept beside the observations: lint and status read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.one_cluster import MESH

FILE = "observed/east.verified.json"
HELM = {"manager": "helm", "operation": "Update"}
REPORT: dict[str, Any] = {
    "cluster": "east",
    "verifiedAt": "2026-11-30T21:14:00Z",
    "context": "east",
    "manager": "kubectl",
    "objects": 3,
    "new": [],
    "refused": [{"object": "Service/istio-system/istiod", "file": "rendered/east/x.yaml", "message": "not so"}],
    "conflicts": [{"object": "Namespace/cart", "file": "f", "field": ".metadata.labels.a", "manager": "kubectl-label"}],
    "leftFields": [{"object": "Deployment/istio-system/istiod", "field": ".spec.replicas", "owners": [HELM]}],
    "leftObjects": [{"object": "ConfigMap/istio-system/old", "owners": []}],
}


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    repo = fleet_repo(tmp_path)
    repo.cluster("east", MESH)
    return repo


def keep(repo: FleetRepo, **changed: Any) -> None:
    repo.write(FILE, json.dumps(REPORT | changed))


def test_lint_tells_each_answer_with_its_time(repo: FleetRepo) -> None:
    keep(repo)
    found = json.loads(repo.meshrev("lint", "--output", "json").out)["findings"]
    asked = "as the server said at 2026-11-30 21:14 UTC, "
    assert sorted(one["message"] for one in found if one["code"] == "MR136") == sorted(
        [
            f"{asked}Service/istio-system/istiod is refused: not so",
            f"{asked}Namespace/cart has another value in .metadata.labels.a, which kubectl-label (Apply) set",
            f"{asked}Deployment/istio-system/istiod has .spec.replicas, which the tree does not say: delivering leaves "
            "it, of helm (Update)",
            f"{asked}ConfigMap/istio-system/old is there and not in the tree: delivering leaves it, of nobody",
        ]
    )


def test_status_counts_the_answers(repo: FleetRepo) -> None:
    assert "VERIFIED" not in repo.meshrev("status").out
    keep(repo)
    assert "east      2026-11-30 21:14 UTC   1         1           2\n" in repo.meshrev("status").out
    (cluster,) = json.loads(repo.meshrev("status", "--output", "json").out)["clusters"]
    assert cluster["verification"] == {"verifiedAt": "2026-11-30T21:14:00Z", "refused": 1, "conflicts": 1, "left": 2}


def test_a_report_is_looked_for_where_observations_are(repo: FleetRepo) -> None:
    repo.write("elsewhere/east.verified.json", json.dumps(REPORT))
    assert "VERIFIED" in repo.meshrev("status", "--observed", "elsewhere").out


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"cluster": "west"}, "is of cluster west: was the file renamed?"),
        ({"verifiedAt": "yesterday"}, "a time such as 2026-08-22T10:00:00Z expected, found yesterday"),
        ({"refused": None}, "a list expected, found nothing"),
        ({"leftObjects": [{"object": 1}]}, "text expected, found the number 1"),
        ({"leftObjects": [{"object": "a", "owners": {}}]}, "a list expected, found an object"),
    ],
)
def test_a_file_that_is_no_report_is_refused(repo: FleetRepo, changed: dict[str, Any], message: str) -> None:
    keep(repo, **changed)
    said = repo.meshrev("status", code=2).err
    assert said.startswith(f"{FILE}: ")
    assert f"{message} (run `meshrev verify --output json` again)" in said
