"""The Sail Operator's own walk-through of a revision-based upgrade, from the outside, on files alone."""

from __future__ import annotations

from typing import Any

from tests.support.builders import istio, namespace, tag
from tests.support.fleet_repo import FleetRepo


def specs(version: str, *labels: str) -> str:
    strategy = "{type: RevisionBased, inactiveRevisionDeletionGracePeriodSeconds: 30}"
    return istio(version, updateStrategy=strategy) + tag("default") + namespace("sample", *labels)


def cluster(repo: FleetRepo) -> dict[str, Any]:
    found = repo.meshrev("status", "--output", "json").json
    assert found["basis"] == "files"
    (only,) = found["clusters"]
    return dict(only)


def test_upgrading_a_revision_based_istio_behind_the_tag_default(repo: FleetRepo) -> None:
    repo.cluster("one", specs("v1.24.2"))
    repo.meshrev("render")
    repo.commit("Istio 1.24.2")
    seen = cluster(repo)
    assert seen["istios"] == [
        {
            "name": "default",
            "version": "v1.24.2",
            "activeRevisionName": "default-v1-24-2",
            "revisions": {"total": 1, "inUse": 1},
            "state": "Healthy",
        }
    ]
    assert [r["name"] for r in seen["revisions"]] == ["default-v1-24-2"]
    (tag,) = seen["tags"]
    assert (tag["istioRevision"], tag["inUse"], tag["state"]) == ("default-v1-24-2", False, "NotReferencedByAnything")

    repo.cluster("one", specs("v1.24.2", "istio-injection: enabled"))
    repo.meshrev("render")
    repo.commit("inject sample")
    seen = cluster(repo)
    (tag,) = seen["tags"]
    (revision,) = seen["revisions"]
    assert (tag["inUse"], tag["state"]) == (True, "Healthy")
    assert (revision["inUse"], revision["reason"]) == (True, "ReferencedByWorkloads")
    assert seen["namespaces"] == [{"name": "sample", "follows": "default", "revision": "default-v1-24-2"}]
    old = repo.tree("rendered/one/revisions/default-v1-24-2")

    repo.cluster("one", specs("v1.24.3", "istio-injection: enabled"))
    repo.meshrev("render")
    repo.commit("Istio 1.24.3")
    seen = cluster(repo)
    assert seen["istios"][0]["revisions"] == {"total": 2, "inUse": 1}
    assert [(r["name"], r["version"], r["inUse"], r["reason"]) for r in seen["revisions"]] == [
        ("default-v1-24-2", "v1.24.2", False, "NotReferencedByAnything"),
        ("default-v1-24-3", "v1.24.3", True, "ReferencedByWorkloads"),
    ]
    assert seen["tags"][0]["istioRevision"] == "default-v1-24-3"
    assert seen["namespaces"][0]["revision"] == "default-v1-24-3"
    assert repo.tree("rendered/one/revisions/default-v1-24-2") == old
    repo.meshrev("check")


def test_the_status_for_people_says_that_it_rests_on_files(repo: FleetRepo) -> None:
    repo.cluster("one", specs("v1.24.2", "istio-injection: enabled"))
    repo.meshrev("render")
    shown = repo.meshrev("status").out
    assert "basis: files" in shown
    assert "READY" not in shown
    heads = [line.split() for line in shown.splitlines() if line.startswith("CLUSTER")]
    assert heads[0] == ["CLUSTER", "ISTIO", "REVISIONS", "IN-USE", "ACTIVE-REVISION", "STATUS", "VERSION"]
