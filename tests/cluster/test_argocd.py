"""A fleet on a running Argo CD: Synced from nothing, promoted, rolled back while its revision is broken, retired."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cluster.api import Api
from tests.support.cluster.argocd import API, needs_argo_cd
from tests.support.cluster.argocd_walk import APPLICATION, BROKEN, HOOKS, NEW, OLD, Walk, argo_walk
from tests.support.cluster.flux import seconds_until
from tests.support.cluster.keys import Keys

pytestmark = needs_argo_cd

DEPLOYMENTS = "/apis/apps/v1/namespaces/istio-system/deployments"


@pytest.fixture(scope="module")
def walk(
    tmp_path_factory: pytest.TempPathFactory, logs: Path, kubeconfig: Path, keys: Keys, whole_cluster: Api, node: str
) -> Iterator[Walk]:
    with argo_walk(tmp_path_factory.mktemp("fleet"), logs, kubeconfig, keys, whole_cluster) as found:
        yield found


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
    walk.break_istiod()
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
