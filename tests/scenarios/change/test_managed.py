"""Revisions that somebody else runs, from the outside: who follows them, and moves there and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builders import cluster_file, document, istio, kustomization, namespace, tag
from tests.support.fleet_repo import FleetRepo, fleet_repo

OWN = "default-v1-24-2"
MANAGED = "[{name: asm-managed}, {name: other, injectionURL: https://mesh.example.com/inject}]"
SHOP = namespace("shop", "istio.io/rev: asm-managed")


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    repo = fleet_repo(tmp_path, managedRevisions=MANAGED)
    repo.cluster("one", istio() + SHOP + tag("prod") + namespace("cart", "istio.io/rev: prod"))
    repo.meshrev("render")
    repo.commit("first")
    return repo


def revisions(repo: FleetRepo) -> dict[str, tuple[str, bool]]:
    found = repo.meshrev("status", "-o", "json").json["clusters"][0]["revisions"]
    return {one["name"]: (one["type"], one["inUse"]) for one in found}


def explained(repo: FleetRepo, name: str) -> tuple[bool, str]:
    answer = repo.meshrev("explain", "--cluster", "one", "-n", name, "-o", "json").json
    return answer["injected"], answer["revision"]["name"]


def codes(repo: FleetRepo) -> set[str]:
    return {one["code"] for one in repo.meshrev("lint", "-o", "json", code=None).json["findings"]}


def test_nothing_is_rendered_for_a_managed_revision_and_it_counts_as_served(repo: FleetRepo) -> None:
    assert sorted(path.name for path in (repo.root / "rendered/one/revisions").iterdir()) == [OWN]
    assert revisions(repo) == {
        OWN: ("Local", True),
        "asm-managed": ("Managed", True),
        "other": ("Managed", False),
    }
    assert explained(repo, "shop") == (True, "asm-managed")
    found = codes(repo)
    assert "MR335" in found
    assert not {"MR076", "MR079", "MR078"} & found
    repo.meshrev("check")
    assert "unchanged" in repo.meshrev("render").out


def test_a_namespace_moves_to_a_revision_of_the_repo_and_back(repo: FleetRepo) -> None:
    done = repo.meshrev("promote", "-n", "shop", "--to", OWN)
    assert "1 namespace gets another proxy" in done.out
    assert f"asm-managed -> {OWN} (v1.24.2)" in repo.git("log", "-1", "--format=%B")
    assert revisions(repo)["asm-managed"] == ("Managed", False)
    done = repo.meshrev("rollback")
    assert f"{OWN} (v1.24.2) -> asm-managed" in repo.git("log", "-1", "--format=%B")
    assert explained(repo, "shop") == (True, "asm-managed")
    repo.meshrev("promote", "-n", "cart", "--to", "asm-managed")
    assert explained(repo, "cart") == (True, "asm-managed")
    repo.meshrev("check")


def test_a_tag_moves_to_a_managed_revision_that_says_what_to_call_and_back(repo: FleetRepo) -> None:
    assert "1 namespace gets another proxy" in repo.meshrev("promote", "--tag", "prod", "--to", "other").out
    (webhook,) = (repo.root / "rendered/one/tags/prod").glob("mutating*")
    assert "url: https://mesh.example.com/inject" in webhook.read_text()
    assert "istio.io/rev: other" in webhook.read_text()
    assert [path.name for path in webhook.parent.glob("service*")] == []
    assert explained(repo, "cart") == (True, "other")
    repo.meshrev("lint")
    repo.meshrev("promote", "--tag", "prod", "--to", OWN)
    assert explained(repo, "cart") == (True, OWN)
    repo.meshrev("check")


def test_a_tag_on_a_managed_revision_that_does_not_say_it_is_refused(repo: FleetRepo) -> None:
    before = repo.git("rev-parse", "HEAD")
    wrong = repo.meshrev("promote", "--tag", "prod", "--to", "asm-managed", code=2).err
    assert "give its injectionURL under managedRevisions" in wrong
    assert repo.git("rev-parse", "HEAD") == before


@pytest.mark.parametrize("name", [OWN, "prod"])
def test_a_name_that_is_there_already_is_refused_where_it_is_written(tmp_path: Path, name: str) -> None:
    repo = fleet_repo(tmp_path, managedRevisions=f"[{{name: {name}}}]")
    repo.cluster("one", istio() + tag("prod"))
    wrong = repo.meshrev("render", code=2).err
    assert wrong.startswith("meshrev.yaml:4:")
    assert f"{name} is a revision or tag of this cluster too" in wrong


def test_a_cluster_says_its_own_instead_of_the_fleets(repo: FleetRepo) -> None:
    repo.write("overlays/two/cluster.yaml", cluster_file("two", managedRevisions="[]"))
    repo.write("overlays/two/kustomization.yaml", kustomization("specs.yaml"))
    repo.write("overlays/two/specs.yaml", istio() + SHOP)
    assert "MR076" in codes(repo)
    assert not (repo.root / "rendered/two/managed-revisions.txt").exists()


@pytest.mark.parametrize(
    ("value", "place"),
    [("[{}]", "name"), ("[{name: A}]", "name"), ("[{name: a, injectionURL: 'http://x'}]", "injectionURL")],
)
def test_what_cannot_be_a_managed_revision_is_refused(tmp_path: Path, value: str, place: str) -> None:
    repo = fleet_repo(tmp_path, managedRevisions=value)
    repo.cluster("one", istio())
    wrong = repo.meshrev("render", code=2).err
    assert wrong.startswith("meshrev.yaml:")
    assert place in wrong


def test_a_managed_default_serves_what_is_enabled(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path, managedRevisions="[{name: default}]")
    gateway = document(
        "gateway.networking.k8s.io/v1", "Gateway", "in", namespace="shop", spec="{gatewayClassName: istio}"
    )
    repo.cluster("one", istio() + namespace("shop", "istio-injection: enabled") + gateway)
    repo.meshrev("render")
    assert explained(repo, "shop") == (True, "default")
    assert "MR111" not in codes(repo)
    assert revisions(repo)["default"] == ("Managed", True)


def test_it_is_no_revision_that_can_be_retired(repo: FleetRepo) -> None:
    assert "no cluster has a revision asm-managed" in repo.meshrev("retire", "asm-managed", code=2).err
