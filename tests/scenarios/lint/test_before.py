"""What lint knows of the tree and the cluster as they were."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.scenarios.lint.linted_fleets import SHOP, TODAY, fleet, istio, linted, shop
from tests.support.builders import node_agent, tag
from tests.support.fleet_repo import FleetRepo

ARGOCD = "  delivery: {type: argocd, repoURL: https://git.example.com/mesh.git}\n"


def upgraded(repo: FleetRepo, before: str, after: str) -> None:
    """A tree that was rendered and committed, and specs that changed since."""
    fleet(repo, ARGOCD)
    repo.cluster("one", before)
    repo.meshrev("render")
    repo.commit("before")
    repo.cluster("one", after)


SKIPPED = (istio("v1.28.3"), istio("v1.30.1"))
RELABELLED = (istio() + shop("istio-injection: enabled"), istio() + shop("istio.io/rev: default"))


@pytest.mark.parametrize(
    ("change", "found"),
    [(SKIPPED, ("error", "MR120", "Istio/default")), (RELABELLED, ("error", "MR102", SHOP))],
)
def test_a_move_is_seen_from_the_tree_and_after_rendering_from_a_revision_of_it(
    repo: FleetRepo, change: tuple[str, str], found: tuple[str, str, str]
) -> None:
    upgraded(repo, *change)
    assert found in linted(repo)
    repo.meshrev("render")
    assert found not in linted(repo)
    assert found in linted(repo, "--base", "HEAD")
    repo.commit("after")
    assert found in linted(repo, "--base", "HEAD~1")
    assert found not in linted(repo, "--base", "HEAD")


def test_a_node_agent_of_the_tree_before_is_known(repo: FleetRepo) -> None:
    before, after = (istio(version) + node_agent("IstioCNI", version) for version in ("v1.28.3", "v1.30.1"))
    upgraded(repo, before, after)
    assert ("error", "MR120", "IstioCNI/default") in linted(repo)
    repo.meshrev("render")
    assert ("error", "MR120", "IstioCNI/default") in linted(repo, "--base", "HEAD")


def test_a_cluster_that_is_new_has_nothing_before(repo: FleetRepo) -> None:
    upgraded(repo, istio(), istio())
    repo.cluster("new", istio())
    repo.meshrev("render")
    assert linted(repo, "--base", "HEAD", code=0) == []


def test_a_revision_that_git_does_not_know_is_refused(repo: FleetRepo) -> None:
    upgraded(repo, istio(), istio())
    assert "nosuch names no commit" in repo.meshrev("lint", "--base", "nosuch", code=2).err


def test_a_revision_that_is_kept_still_has_its_service_and_its_webhooks(repo: FleetRepo) -> None:
    rest = tag("default", "default-v1-29-2", "IstioRevision") + shop("istio.io/rev: default-v1-29-2")
    upgraded(repo, istio("v1.29.2", "RevisionBased") + rest, istio("v1.30.1", "RevisionBased") + rest)
    for _ in range(2):
        found = [code for _, code, _ in linted(repo)]
        assert "MR112" in found
        assert not {"MR078", "MR079", "MR140"} & set(found)
        repo.meshrev("render")


def test_hazards_of_an_upgrade_that_the_fleet_meets_are_findings(repo: FleetRepo) -> None:
    upgraded(repo, istio("v1.24.3", "RevisionBased"), istio("v1.26.0", "RevisionBased"))
    found = repo.meshrev("lint", *TODAY, "-o", "json", code=1).json["findings"]
    hazards = [one for one in found if one["code"] == "MR180"]
    assert {one["severity"] for one in hazards} == {"error", "info"}
    errors = [one["message"] for one in hazards if one["severity"] == "error"]
    assert errors
    assert all("(outage)" in message or "(security)" in message for message in errors)
    repo.cluster("one", istio("v1.26.0", "RevisionBased", "fresh"))
    shutil.rmtree(repo.root / "rendered")
    assert "MR180" not in [code for _, code, _ in linted(repo)]


def test_what_was_seen_in_the_cluster_counts(repo: FleetRepo) -> None:
    fleet(repo, ARGOCD)
    repo.cluster("one", istio() + shop("istio.io/rev: default"))
    metadata = {"name": "shop", "labels": {"istio-injection": "enabled"}}
    live = {"kind": "List", "items": [{"kind": "Namespace", "apiVersion": "v1", "metadata": metadata}]}
    repo.meshrev("observe", "--cluster", "one", stdin=json.dumps(live))
    assert ("error", "MR102", SHOP) in linted(repo)
    (repo.root / "observed").rename(repo.root / "seen")
    assert ("error", "MR102", SHOP) not in linted(repo)
    assert ("error", "MR102", SHOP) in linted(repo, "--observed", "seen")
