"""A fleet on a running Argo CD: Synced from nothing, promoted, rolled back while its revision is broken, retired."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.builders import node_agent
from tests.support.cluster.api import Api
from tests.support.cluster.argocd import API, ArgoCD, apply_when_defined, argo_cd, needs_argo_cd
from tests.support.cluster.deliverer import tree_objects
from tests.support.cluster.flux import Scheduler, scheduler, seconds_until
from tests.support.cluster.keys import Keys
from tests.support.cluster.pods import take_pods
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable

pytestmark = needs_argo_cd

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
DEPLOYMENTS = "/apis/apps/v1/namespaces/istio-system/deployments"
APPLICATION = "mesh-eu"
HEALTHY, BROKEN = 60, 60  # seconds until a commit is applied, and nothing differs from it


@dataclass(frozen=True, slots=True)
class Walk:
    """The fleet, and the Argo CD that delivers its cluster `eu`."""

    repo: FleetRepo
    argo: ArgoCD
    scheduler: Scheduler

    @property
    def api(self) -> Api:
        return self.argo.api

    def deliver(self, *arguments: str, within: float = HEALTHY) -> float:
        """Change the fleet by a command (by rendering and committing what is there without one); fails where the
        Application is not soon Synced at that commit. Returns how long it took."""
        if arguments:
            self.repo.meshrev(*arguments)
        else:
            self.repo.meshrev("render")
            self.repo.commit("a change")
        return self.arrive(within)

    def arrive(self, within: float) -> float:
        self.api.claim(tree_objects(self.repo.root / "rendered/eu"))
        head = self.repo.git("rev-parse", "HEAD").strip()
        since = self.argo.refresh(APPLICATION)
        try:
            return seconds_until(lambda: self.argo.is_synced(APPLICATION, head), since, "it is Synced", within)
        except AssertionError:
            raise AssertionError(f"not Synced: {self.argo.differing(APPLICATION)}") from None

    def prod(self) -> str:
        """Returns the Service that the webhook of the tag prod calls."""
        found = self.api.get(f"{HOOKS}/istio-revision-tag-prod")
        return str(found["webhooks"][0]["clientConfig"]["service"]["name"])


@pytest.fixture(scope="module")
def walk(
    tmp_path_factory: pytest.TempPathFactory, logs: Path, kubeconfig: Path, keys: Keys, whole_cluster: Api, node: str
) -> Iterator[Walk]:
    """The fleet in its cluster, Synced from nothing, under a project that allows just what its tree holds."""
    repo = fleet_repo(tmp_path_factory.mktemp("fleet"))
    more = "automated: true, project: mesh, renderProject: true"
    promotable(repo, delivery=f"{{type: argocd, repoURL: 'file://{repo.root}', {more}}}")
    base = repo.root / "base/istio.yaml"
    repo.write("base/istio.yaml", base.read_text() + node_agent("IstioCNI", namespace="istio-system"))
    repo.meshrev("render")
    repo.commit("with a node agent")
    for name in ("istio-system", "cart", "catalog", "etl"):
        take_pods(whole_cluster, name)
    with (
        scheduler(whole_cluster, "istiod-", "istio-cni-") as pods,
        argo_cd(logs, kubeconfig, keys, whole_cluster, "eu") as argo,
    ):
        walk = Walk(repo, argo, pods)
        for file in sorted((repo.root / "rendered/delivery/argocd").glob("app*.yaml")):
            apply_when_defined(whole_cluster, yaml.safe_load(file.read_text()))
        began = time.monotonic()
        seconds_until(lambda: bool(argo.application(APPLICATION)), began, "there is an Application", 60)
        walk.arrive(120)
        yield walk
        for kind in ("applicationsets", "applications", "appprojects"):
            for one in whole_cluster.get(f"{API}/{kind}")["items"]:
                whole_cluster.delete(f"{API}/{kind}/{one['metadata']['name']}")
    whole_cluster.sweep()


def test_from_nothing_the_application_is_synced_and_carries_the_clusters_labels(walk: Walk) -> None:
    made = walk.argo.application(APPLICATION)
    assert made["metadata"]["labels"] == {"env": "prod"}
    assert made["spec"]["destination"] == {"name": "eu", "namespace": "istio-system"}
    assert walk.argo.differing(APPLICATION) == []


def test_by_argo_cds_own_difference_it_is_synced_too(walk: Walk) -> None:
    def compare(options: str | None) -> None:
        annotations: dict[str, Any] = {"argocd.argoproj.io/compare-options": options}
        walk.api.merge(
            f"{API}/applicationsets/test", {"spec": {"template": {"metadata": {"annotations": annotations}}}}
        )
        own = lambda: walk.argo.application(APPLICATION)["metadata"]["annotations"]  # noqa: E731
        key = "argocd.argoproj.io/compare-options"
        seconds_until(lambda: own().get(key) == options, time.monotonic(), "it compares otherwise", 30)

    compare(None)
    walk.argo.refresh(APPLICATION, "hard")
    walk.argo.wait_for_refresh(APPLICATION)
    assert walk.argo.differing(APPLICATION) == []
    compare("ServerSideDiff=true")


def test_a_revision_comes_in_a_tag_moves_and_goes_back(walk: Walk) -> None:
    walk.deliver("promote", "--istio", "default", "--version", "v1.24.3")
    walk.deliver("promote", "--tag", "prod", "--to", NEW)
    assert walk.prod() == f"istiod-{NEW}"
    walk.deliver("rollback")
    assert walk.prod() == f"istiod-{OLD}"


def test_a_rollback_arrives_while_its_revision_is_broken(walk: Walk) -> None:
    walk.scheduler.ready.remove("istiod-")
    for pod in walk.api.get("/api/v1/namespaces/istio-system/pods")["items"]:
        if pod["metadata"]["name"].startswith("istiod-"):
            walk.api.delete(f"/api/v1/namespaces/istio-system/pods/{pod['metadata']['name']}")
    walk.deliver("promote", "--tag", "prod", "--to", NEW, within=BROKEN)
    walk.deliver("rollback", within=BROKEN)
    assert walk.prod() == f"istiod-{OLD}"
    walk.scheduler.ready.add("istiod-")


def test_a_commit_that_touches_no_cluster_differs_in_nothing(walk: Walk) -> None:
    walk.repo.write("README", "a word\n")
    walk.repo.commit("a word")
    head = walk.repo.git("rev-parse", "HEAD").strip()
    walk.argo.refresh(APPLICATION)
    walk.argo.wait_for_refresh(APPLICATION)
    assert walk.argo.application(APPLICATION)["status"]["sync"]["revision"] == head
    assert walk.argo.differing(APPLICATION) == []


def test_a_namespace_that_leaves_the_tree_stays_and_is_no_difference(walk: Walk) -> None:
    text = (walk.repo.root / "base/namespaces.yaml").read_text()
    walk.repo.write("base/namespaces.yaml", "---".join(one for one in text.split("---") if "catalog" not in one))
    walk.deliver()
    assert walk.api.get("/api/v1/namespaces/catalog")["metadata"].get("deletionTimestamp") is None
    walk.repo.write("base/namespaces.yaml", text)
    walk.deliver()


def test_what_is_retired_goes(walk: Walk) -> None:
    for tag in ("prod", "default"):
        walk.deliver("promote", "--tag", tag, "--to", NEW)
    walk.deliver("retire", OLD, "--without-observation")
    assert walk.api.get(f"{DEPLOYMENTS}/istiod-{OLD}") is None
    assert walk.api.get(f"{HOOKS}/istio-sidecar-injector-{OLD}") is None
    assert walk.prod() == f"istiod-{NEW}"
