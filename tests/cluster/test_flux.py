"""A fleet on a running kustomize-controller with its default flags: what arrives whatever is broken, and how soon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builders import fleet_file
from tests.support.cluster.api import Api
from tests.support.cluster.flux import seconds_until
from tests.support.cluster.flux_walk import HOOKS, NEW, OLD, Walk, flux_walk
from tests.support.cluster.policies import allow_deployments, refuse_deployments
from tests.support.cluster.process import wait_until

DEPLOYMENTS = "/apis/apps/v1/namespaces/istio-system/deployments"
HEALTHY, BROKEN = 30, 60  # seconds until a rollback has arrived


@pytest.fixture(scope="module")
def walk(
    tmp_path_factory: pytest.TempPathFactory, logs: Path, kubeconfig: Path, whole_cluster: Api, node: str
) -> Iterator[Walk]:
    with flux_walk(tmp_path_factory.mktemp("fleet"), logs, kubeconfig, whole_cluster) as found:
        yield found


def test_from_nothing_each_webhook_is_there_before_the_first_label_that_asks_for_it(walk: Walk) -> None:
    (first, *_) = walk.written("patch", "/api/v1/namespaces/cart")
    assert walk.written("patch", f"{HOOKS}/istio-revision-tag-prod")[0] < first
    assert walk.written("patch", f"{HOOKS}/istio-sidecar-injector-{OLD}")[0] < first


def test_a_node_that_is_not_ready_is_no_ill_health_of_the_cluster(walk: Walk) -> None:
    wait_until(lambda: walk.flux.condition("mesh-control-plane", "Healthy") == "True", "nine nodes of ten are enough")
    wait_until(lambda: walk.flux.condition("mesh-namespaces", "Ready") == "True", "the tags and namespaces are applied")


def test_a_rollback_is_in_the_namespaces_at_once_while_all_is_healthy(walk: Walk) -> None:
    walk.repo.meshrev("promote", "--istio", "default", "--version", "v1.24.3")
    since = walk.publish()
    path = f"{DEPLOYMENTS}/istiod-{NEW}"
    seconds_until(lambda: walk.api.get(path) is not None, since, "the new revision is there", HEALTHY)
    walk.moves("promote", "--tag", "prod", "--to", NEW, to=NEW, within=HEALTHY)
    walk.moves("rollback", to=OLD, within=HEALTHY)


def test_a_rollback_arrives_while_its_revision_is_broken_health_is_looked_after_and_others_commit(walk: Walk) -> None:
    walk.moves("promote", "--tag", "prod", "--to", NEW, to=NEW, within=HEALTHY)
    walk.break_istiod()
    walk.flux.publish(walk.repo.root)
    wait_until(lambda: walk.flux.condition("mesh-control-plane", "Healthy") == "Unknown", "health is looked after")
    with walk.commits_of_others(10):
        walk.moves("rollback", to=OLD, within=BROKEN)
    walk.scheduler.ready.add("istiod-")


def test_a_rollback_of_istiods_own_settings_arrives_while_health_is_looked_after(walk: Walk) -> None:
    def replicas() -> int:
        return int(
            walk.api.get(f"{DEPLOYMENTS}/istiod-{NEW}")["spec"]["template"]["metadata"]["annotations"].get("x", 0)
        )

    walk.scheduler.ready.remove("istiod-")
    values = "values: {pilot: {podAnnotations: {x: '1'}}}"
    before = (walk.repo.root / "base/istio.yaml").read_text()
    walk.repo.write("base/istio.yaml", before.replace("version: v1.24.3", f"version: v1.24.3\n  {values}"))
    since = walk.committed()
    seconds_until(lambda: replicas() == 1, since, "the change is there", HEALTHY)
    wait_until(lambda: walk.flux.condition("mesh-control-plane", "Healthy") == "Unknown", "health is looked after")
    walk.repo.write("base/istio.yaml", before)
    since = walk.committed()
    seconds_until(lambda: replicas() == 0, since, "the change is gone", BROKEN)
    walk.scheduler.ready.add("istiod-")


def test_a_rollback_arrives_while_the_api_server_refuses_an_object_of_a_revision(walk: Walk) -> None:
    walk.moves("promote", "--tag", "prod", "--to", NEW, to=NEW, within=HEALTHY)
    refuse_deployments(walk.api)
    walk.flux.publish(walk.repo.root)
    wait_until(lambda: walk.flux.condition("mesh-control-plane", "Ready") == "False", "an object is refused")
    walk.moves("rollback", to=OLD, within=BROKEN)
    allow_deployments(walk.api)


def test_a_tag_goes_after_the_namespaces_that_followed_it(walk: Walk) -> None:
    before = {file: (walk.repo.root / file).read_text() for file in ("base/namespaces.yaml", "base/istio.yaml")}
    walk.repo.write(
        "base/namespaces.yaml", before["base/namespaces.yaml"].replace("istio.io/rev: prod", f"istio.io/rev: {OLD}")
    )
    documents = before["base/istio.yaml"].split("---\n")
    walk.repo.write("base/istio.yaml", "---\n".join(one for one in documents if "prod" not in one))
    since = walk.committed()
    seconds_until(lambda: walk.prod() is None, since, "the tag is gone", HEALTHY)
    assert walk.cart() == OLD
    (*_, moved) = walk.written("patch", "/api/v1/namespaces/cart")
    (*_, gone) = walk.written("delete", f"{HOOKS}/istio-revision-tag-prod")
    assert moved < gone
    for file, text in before.items():
        walk.repo.write(file, text)


def test_a_tag_comes_before_the_namespaces_that_follow_it(walk: Walk) -> None:
    since = walk.committed()
    seconds_until(lambda: walk.cart() == "prod", since, "cart follows prod again", BROKEN)
    (*_, moved) = walk.written("patch", "/api/v1/namespaces/cart")
    made = [at for at in walk.written("patch", f"{HOOKS}/istio-revision-tag-prod") if at < moved]
    assert made[-1] > walk.written("delete", f"{HOOKS}/istio-revision-tag-prod")[-1]


def test_going_to_one_stage_and_back_takes_nothing_away(walk: Walk) -> None:
    paths = (f"{HOOKS}/istio-revision-tag-prod", f"{DEPLOYMENTS}/istiod-{OLD}", f"{HOOKS}/istio-sidecar-injector-{OLD}")
    before = {path: walk.api.get(path)["metadata"]["uid"] for path in paths}
    for stages, owner in (("one", "mesh-all"), ("few", "mesh-namespaces")):
        walk.repo.write("meshrev.yaml", fleet_file(delivery=f"{{type: flux, stages: {stages}}}"))
        since = walk.committed()
        seconds_until(lambda owner=owner: walk.owner(paths[0]) == owner, since, f"{owner} has it", BROKEN)
        assert {path: walk.api.get(path)["metadata"]["uid"] for path in paths} == before


def test_a_namespace_that_leaves_the_tree_stays_in_the_cluster(walk: Walk) -> None:
    text = (walk.repo.root / "base/namespaces.yaml").read_text()
    walk.repo.write("base/namespaces.yaml", "---".join(one for one in text.split("---") if "cart" not in one))
    walk.committed()
    inventory = "_cart__Namespace"

    def holds() -> bool:
        found = walk.api.get(
            "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/mesh-namespaces"
        )
        return inventory in [one["id"] for one in found["status"]["inventory"]["entries"]]

    wait_until(lambda: not holds(), "Flux has let go of it")
    assert walk.api.get("/api/v1/namespaces/cart")["metadata"].get("deletionTimestamp") is None
