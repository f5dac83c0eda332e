"""From an InPlace Istio to revisions and back, from the outside."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.support.builders import cluster_file, document, istio, kustomization, namespace, tag
from tests.support.fleet_repo import FleetRepo, fleet_repo

SHOP = namespace("shop", "istio-injection: enabled")
NEW = "default-v1-24-2"
TO_REVISIONS = ("promote", "--istio", "default", "--strategy", "RevisionBased")
TO_IN_PLACE = ("promote", "--istio", "default", "--strategy", "InPlace")


def committed(repo: FleetRepo) -> FleetRepo:
    repo.meshrev("render")
    repo.commit("first")
    return repo


@pytest.fixture
def in_place(tmp_path: Path) -> FleetRepo:
    repo = fleet_repo(tmp_path)
    repo.cluster("one", istio(strategy="InPlace") + SHOP)
    return committed(repo)


def serves(repo: FleetRepo) -> dict[str, str]:
    """By webhook configuration of the tree the Service that it asks."""
    found = {}
    for file in (repo.root / "rendered").rglob("mutatingwebhookconfiguration-*"):
        data = yaml.safe_load(file.read_text())
        found[data["metadata"]["name"]] = data["webhooks"][0]["clientConfig"]["service"]["name"]
    return found


def explained(repo: FleetRepo) -> tuple[str, str]:
    answer = repo.meshrev("explain", "--cluster", "one", "-n", "shop", "-o", "json").json
    return answer["webhooks"][0]["configuration"], answer["revision"]["name"]


def test_the_walk_to_revisions_and_back_keeps_one_webhook_configuration(in_place: FleetRepo) -> None:
    own = {f"istio-sidecar-injector-{NEW}": f"istiod-{NEW}"}
    done = in_place.meshrev(*TO_REVISIONS)
    assert "no namespace or workload gets another proxy" in done.out
    assert "step 1 of 2" in done.out
    assert serves(in_place) == {"istio-sidecar-injector": "istiod"}
    done = in_place.meshrev(*TO_REVISIONS)
    assert f"`meshrev promote --tag default --to {NEW}` moves who follows" in done.out
    assert serves(in_place) == {"istio-sidecar-injector": "istiod", **own}
    assert explained(in_place) == ("istio-sidecar-injector", "default")
    assert "nothing to do" in in_place.meshrev(*TO_REVISIONS).out
    done = in_place.meshrev("promote", "--tag", "default", "--to", NEW)
    assert "1 namespace gets another proxy" in done.out
    assert serves(in_place) == {"istio-sidecar-injector": f"istiod-{NEW}", **own}
    assert explained(in_place) == ("istio-sidecar-injector", NEW)
    in_place.meshrev("check", "--base", "HEAD~3")
    in_place.meshrev(*TO_IN_PLACE)
    assert serves(in_place) == {"istio-sidecar-injector": f"istiod-{NEW}", **own}
    assert "1 namespace gets another proxy" in in_place.meshrev("promote", "--tag", "default", "--to", "default").out
    assert serves(in_place) == {"istio-sidecar-injector": "istiod", **own}
    in_place.meshrev("check")
    in_place.meshrev("lint")


def test_the_old_revision_is_free_once_nobody_runs_it(in_place: FleetRepo) -> None:
    for _ in range(2):
        in_place.meshrev(*TO_REVISIONS)
    refused = in_place.meshrev("retire", "default", "--without-observation", code=2).err
    assert "default is in use by IstioRevisionTag/default" in refused
    in_place.meshrev("promote", "--tag", "default", "--to", NEW)
    (revision,) = [
        one
        for one in in_place.meshrev("status", "-o", "json").json["clusters"][0]["revisions"]
        if one["name"] == "default"
    ]
    assert revision["inUse"] is False
    assert "its grace period" in in_place.meshrev("retire", "default", "--without-observation", code=2).err


def test_each_step_is_taken_back(in_place: FleetRepo) -> None:
    first = in_place.tree()
    for _ in range(2):
        in_place.meshrev(*TO_REVISIONS)
    in_place.meshrev("rollback")
    assert serves(in_place)["istio-sidecar-injector"] == "istiod"
    in_place.meshrev("check")
    log = in_place.meshrev("log", "-o", "json").json["operations"]
    in_place.meshrev("rollback", "--operation", log[-1]["id"])
    assert not (in_place.root / "overlays/one/promoted.yaml").exists()
    kept = {path: text for path, text in in_place.tree().items() if f"/{NEW}/" not in path}
    changed = {path for path in first if kept.get(path) != first[path]}
    assert changed == {"rendered/one/inventory.jsonl", "rendered/one/kustomization.yaml"}  # they list the new revision


def test_a_fleet_that_began_with_revisions_goes_in_place_by_its_tags_own_webhook(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.cluster("one", istio() + tag("default") + SHOP)
    committed(repo)
    repo.meshrev(*TO_IN_PLACE)
    text = (repo.root / "overlays/one/specs.yaml").read_text()
    assert "meshrev.io/injector: istio-revision-tag-default" in text
    repo.meshrev("promote", "--tag", "default", "--to", "default")
    assert serves(repo)["istio-revision-tag-default"] == "istiod"
    assert "istio-sidecar-injector" not in serves(repo)


def test_without_a_tag_the_revision_that_comes_in_injects_by_itself(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.cluster("one", istio())
    committed(repo)
    repo.meshrev(*TO_IN_PLACE)
    assert serves(repo)["istio-sidecar-injector"] == "istiod"


def test_an_istio_of_another_name_keeps_that_name_for_those_who_follow_it(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.cluster("one", istio("v1.24.2", "mesh", "InPlace") + namespace("shop", "istio.io/rev: mesh"))
    committed(repo)
    for _ in range(2):
        repo.meshrev("promote", "--istio", "mesh", "--strategy", "RevisionBased")
    repo.meshrev("promote", "--tag", "mesh", "--to", "mesh-v1-24-2")
    assert serves(repo)["istio-sidecar-injector-mesh"] == "istiod-mesh-v1-24-2"


def test_clusters_are_taken_one_by_one_and_share_a_base(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.write("base/kustomization.yaml", kustomization("istio.yaml"))
    repo.write("base/istio.yaml", istio(strategy="InPlace") + SHOP)
    for name in ("one", "two"):
        repo.write(f"overlays/{name}/cluster.yaml", cluster_file(name))
        repo.write(f"overlays/{name}/kustomization.yaml", kustomization("../../base"))
    committed(repo)
    for _ in range(2):
        repo.meshrev(*TO_REVISIONS, "--cluster", "one")
    assert not (repo.root / "overlays/two/promoted.yaml").exists()
    done = repo.meshrev(*TO_REVISIONS)
    assert "step 1 of 2" in done.out
    assert (repo.root / "overlays/two/promoted.yaml").exists()
    repo.meshrev(*TO_REVISIONS)
    assert all(
        one["istios"][0]["activeRevisionName"] == NEW for one in repo.meshrev("status", "-o", "json").json["clusters"]
    )
    repo.meshrev("check")


def test_a_kustomization_that_would_change_the_tag_is_refused(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.cluster("one", istio(strategy="InPlace"))
    repo.write("overlays/one/kustomization.yaml", kustomization("specs.yaml", commonLabels="{team: mesh}"))
    committed(repo)
    before = repo.tree("overlays")
    wrong = repo.meshrev(*TO_REVISIONS, code=2).err
    assert wrong.startswith("overlays/one/kustomization.yaml")
    assert repo.tree("overlays") == before


def test_a_file_that_is_not_listed_is_left_alone(in_place: FleetRepo) -> None:
    in_place.write("overlays/one/promoted.yaml", document("v1", "ConfigMap", "mine", namespace="x"))
    in_place.commit("mine")
    wrong = in_place.meshrev(*TO_REVISIONS, code=2).err
    assert wrong.startswith("overlays/one/promoted.yaml: is not listed under resources")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--strategy", "InPlace", "--tag", "x", "--to", "y"), "--strategy goes with --istio"),
        (("--istio", "default", "--strategy", "InPlace", "--version", "v1.24.3"), "do not go together"),
        (("--istio", "default", "--strategy", "InPlace", "--to", "x"), "--to does not go with --istio"),
        (("--istio", "defalt", "--strategy", "InPlace"), "--istio: there is no Istio defalt in one"),
    ],
)
def test_what_does_not_go_together_is_said(in_place: FleetRepo, arguments: tuple[str, ...], says: str) -> None:
    assert says in in_place.meshrev("promote", *arguments, code=2).err


# The names of webhook configurations


def injector(name: str) -> str:
    return tag("default", annotations=f"{{meshrev.io/injector: {name}}}")


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (istio(strategy="InPlace") + injector("other") + SHOP, "MR331", "istio-sidecar-injector keeps the object"),
        (istio(strategy="InPlace") + injector("Not_a_name") + SHOP, "MR045", "is not the name of an object"),
        (istio(strategy="InPlace") + tag("default") + SHOP, "MR074", "--strategy RevisionBased"),
    ],
)
def test_a_tag_that_would_inject_by_another_object_is_refused(
    in_place: FleetRepo, text: str, code: str, says: str
) -> None:
    in_place.cluster("one", text)
    before = in_place.tree()
    assert says in in_place.meshrev("render", code=2).err
    assert code in {one["code"] for one in in_place.meshrev("lint", "-o", "json", code=None).json["findings"]}
    assert in_place.tree() == before


def test_a_tag_cannot_have_the_webhook_of_a_revision(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    repo.cluster("one", istio() + injector(f"istio-sidecar-injector-{NEW}"))
    wrong = repo.meshrev("render", code=2).err
    assert wrong.startswith("overlays/one/specs.yaml:")
    assert "and so has another tag or revision of this cluster" in wrong


def test_under_flux_a_tag_that_took_over_stays(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path, delivery="{type: flux}")
    repo.cluster("one", istio(strategy="InPlace") + injector("istio-sidecar-injector") + SHOP)
    committed(repo)
    repo.cluster("one", istio(strategy="InPlace") + SHOP)
    assert "Keep the tag, which does no harm" in repo.meshrev("render", code=2).err


def test_a_revision_that_is_frozen_with_its_own_injector_is_led_back(in_place: FleetRepo) -> None:
    in_place.cluster("one", istio() + SHOP)
    in_place.meshrev("render")
    in_place.cluster("one", istio() + SHOP + injector("istio-sidecar-injector"))
    assert "Make Istio default InPlace at v1.24.2, render and commit" in in_place.meshrev("render", code=2).err


def test_a_tag_that_moves_to_a_revision_of_another_namespace_keeps_its_webhook(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    two = istio() + istio("v1.24.3", "other", namespace="mesh-system")
    repo.cluster("one", two + tag("prod") + namespace("shop", "istio.io/rev: prod"))
    committed(repo)
    repo.meshrev("promote", "--tag", "prod", "--to", "other-v1-24-3")
    assert serves(repo)["istio-revision-tag-prod"] == "istiod-other-v1-24-3"
    repo.meshrev("check")


def test_a_tag_that_is_moved_by_hand_to_another_namespace_keeps_its_webhook(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    two = istio() + istio("v1.24.3", "other", namespace="mesh-system") + namespace("shop", "istio.io/rev: prod")
    repo.cluster("one", two + tag("prod"))
    committed(repo)
    repo.cluster("one", two + tag("prod", "other"))
    repo.meshrev("render")
    assert serves(repo)["istio-revision-tag-prod"] == "istiod-other-v1-24-3"
    assert "unchanged" in repo.meshrev("render").out
