"""Pods are injected after each object of each sync: by the revision that they had, or by the one that they get."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.builders import istio, namespace
from tests.support.cluster.api import Api
from tests.support.cluster.deliverer import Deliverer, tree_objects
from tests.support.cluster.pods import pod, take_pods
from tests.support.cluster.webhook_server import WebhookServer
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable, served

SPACES = ("cart", "catalog", "etl")
OLD, NEW = "default-v1-24-2", "default-v1-24-3"


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    return promotable(fleet_repo(tmp_path), delivery="{type: argocd}")


@dataclass(frozen=True, slots=True)
class Walk:
    """The fleet, who delivers its cluster `eu`, and the server that every webhook there calls."""

    repo: FleetRepo
    deliverer: Deliverer
    webhooks: WebhookServer

    def injectors(self) -> dict[str, list[str]]:
        """Returns the revisions that a pod of each namespace is sent to."""
        pods = {name: self.deliverer.api.create(pod(name), dry_run=True) for name in SPACES}
        return {
            name: [call.service.removeprefix("istiod").removeprefix("-") or "default" for call in called]
            for name, called in ((name, self.webhooks.called(created)) for name, created in pods.items())
        }

    def wanted(self) -> dict[str, list[str]]:
        """Returns what `status` says of the same."""
        found = served(self.repo, "eu")
        return {name: [revision] if (revision := found[name]) else [] for name in SPACES}

    def sync(self) -> list[str]:
        """Sync, and ask with pods after each object; returns the paths of the objects.

        Fails where a pod gets neither the injector of before nor that of after, or goes back to the former.
        """
        before, after = self.injectors(), self.wanted()
        moved: set[str] = set()
        paths = []
        for path in self.deliverer.sync(tree(self.repo)):
            paths.append(path)
            self.webhooks.settle(self.deliverer.api)
            now = self.injectors()
            assert [name for name in SPACES if now[name] not in (before[name], after[name])] == [], (path, now)
            assert [name for name in moved if now[name] != after[name]] == [], (path, now)
            moved |= {name for name in SPACES if now[name] == after[name] != before[name]}
        assert self.injectors() == after
        return paths


@pytest.fixture
def empty(repo: FleetRepo, cluster: Api, webhooks: WebhookServer) -> Walk:
    """The cluster with nothing but namespaces."""
    for name in ("istio-system", *SPACES):
        take_pods(cluster, name)
    return Walk(repo, Deliverer(cluster, webhooks.redirected), webhooks)


@pytest.fixture
def delivered(empty: Walk) -> Walk:
    """The cluster with the tree as it is at first."""
    for _ in empty.deliverer.sync(tree(empty.repo)):
        pass
    empty.webhooks.settle(empty.deliverer.api)
    assert empty.injectors() == empty.wanted() == {"cart": [OLD], "catalog": [OLD], "etl": []}
    return empty


def tree(repo: FleetRepo) -> Path:
    return repo.root / "rendered/eu"


def test_no_pod_is_without_its_injector_from_the_introduction_of_a_revision_to_the_retirement_of_the_old(
    delivered: Walk,
) -> None:
    def step(*arguments: str) -> dict[str, list[str]]:
        delivered.repo.meshrev(*arguments)
        assert delivered.sync()
        return delivered.injectors()

    everywhere = {"cart": [NEW], "catalog": [NEW], "etl": []}
    introduced = step("promote", "--istio", "default", "--version", "v1.24.3")
    assert introduced == {"cart": [OLD], "catalog": [OLD], "etl": []}
    assert step("promote", "--tag", "prod", "--to", NEW) == {"cart": [NEW], "catalog": [OLD], "etl": []}
    assert step("promote", "--tag", "default", "--to", NEW) == everywhere
    assert step("rollback") == {"cart": [NEW], "catalog": [OLD], "etl": []}
    assert step("promote", "--tag", "default", "--to", NEW) == everywhere
    assert step("retire", OLD, "--without-observation") == everywhere
    hooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
    left = delivered.deliverer.api.get(hooks)["items"]
    assert [item["metadata"]["name"] for item in left if OLD in str(item["webhooks"])] == []


@pytest.fixture
def in_place(tmp_path: Path, cluster: Api, webhooks: WebhookServer) -> Walk:
    """The cluster with an InPlace Istio, whose istiod is called just that, and namespaces that ask for injection."""
    for name in ("istio-system", *SPACES):
        take_pods(cluster, name)
    repo = fleet_repo(tmp_path, delivery="{type: argocd}")
    strategy = "{type: InPlace, inactiveRevisionDeletionGracePeriodSeconds: 0}"
    spaces = namespace("cart", "istio-injection: enabled") + namespace("catalog", "istio-injection: enabled")
    repo.cluster("eu", istio(updateStrategy=strategy) + spaces + namespace("etl"))
    repo.meshrev("render")
    repo.commit("in place")
    walk = Walk(repo, Deliverer(cluster, webhooks.redirected), webhooks)
    for _ in walk.deliverer.sync(tree(repo)):
        pass
    webhooks.settle(cluster)
    return walk


def test_from_in_place_to_revisions_and_back_no_pod_is_without_its_one_injector(in_place: Walk) -> None:
    def step(*arguments: str) -> list[str]:
        in_place.repo.meshrev(*arguments)
        in_place.sync()
        return in_place.injectors()["cart"]

    assert in_place.injectors() == {"cart": ["default"], "catalog": ["default"], "etl": []}
    to_revisions = ("promote", "--istio", "default", "--strategy", "RevisionBased")
    assert step(*to_revisions) == ["default"]
    assert step(*to_revisions) == ["default"]
    assert step("promote", "--tag", "default", "--to", OLD) == [OLD]
    assert step("rollback") == ["default"]
    assert step("promote", "--tag", "default", "--to", OLD) == [OLD]
    assert step("retire", "default", "--without-observation") == [OLD]
    assert step("promote", "--istio", "default", "--strategy", "InPlace") == [OLD]
    assert step("promote", "--tag", "default", "--to", "default") == ["default"]
    assert step("retire", OLD, "--without-observation") == ["default"]


def test_a_tag_goes_after_the_namespaces_that_followed_it(delivered: Walk) -> None:
    repo = delivered.repo
    for file, text in {
        "base/namespaces.yaml": ("istio.io/rev: prod", f"istio.io/rev: {OLD}"),
        "base/istio.yaml": ((repo.root / "base/istio.yaml").read_text().rpartition("---\n")[2], ""),
    }.items():
        repo.write(file, (repo.root / file).read_text().replace(*text))
    repo.meshrev("render")
    names = [path.rpartition("/")[2] for path in delivered.sync()]
    assert names.index("cart") < names.index("istio-revision-tag-prod")


def test_what_another_manager_made_is_taken_over_as_it_is(empty: Walk) -> None:
    api = empty.deliverer.api
    made = {}
    for item in tree_objects(tree(empty.repo)):
        is_hook = item["kind"].endswith("WebhookConfiguration")
        answer = api.apply(empty.webhooks.redirected(item) if is_hook else item, manager="helm")
        made[api.path(item)] = answer["metadata"]["uid"]
    empty.webhooks.settle(api)
    assert empty.injectors() == {"cart": [OLD], "catalog": [OLD], "etl": []}
    assert {*empty.sync()} == {*made}
    assert {path: api.get(path)["metadata"]["uid"] for path in made} == made
