"""What `meshrev diff` says of what changes: moves, restarts, objects, parts."""

from __future__ import annotations

import shutil

import pytest

from tests.scenarios.diff.upgrades import MESH, WORKLOADS, istio, rendered, workload
from tests.support import builders
from tests.support.builders import namespace, tag
from tests.support.fleet_repo import FleetRepo


def test_a_setting_of_the_proxy_needs_a_restart_and_one_of_istiod_does_not(repo: FleetRepo) -> None:
    rendered(repo, "before", one=istio() + MESH + WORKLOADS)
    repo.cluster("one", istio(log="/other") + MESH + WORKLOADS)
    repo.meshrev("render")
    out = repo.meshrev("diff").out
    assert "~ data.mesh.accessLogFile: /a -> /other" in out
    assert "Restart: nothing has to be restarted" in out
    repo.cluster("one", istio(cpu="2") + MESH + WORKLOADS)
    repo.meshrev("render")
    out = repo.meshrev("diff").out
    assert "~ data.values.global.proxy.resources.limits.cpu: 1 -> 2" in out
    assert "Blast radius: no namespace or workload" in out
    assert "# same revision and version, other settings of the proxy:" in out
    assert "kubectl --context one -n shop rollout restart" in out
    assert "kubectl --context one -n plain rollout restart statefulset/job" in out


def test_an_upgrade_in_place_is_told_as_the_versions_before_and_after(repo: FleetRepo) -> None:
    shop = namespace("shop", "istio-injection: enabled")
    rendered(repo, "before", one=istio(strategy="InPlace") + shop)
    rendered(repo, "after", one=istio("v1.25.1", strategy="InPlace") + shop)
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "~ default (v1.24.2) -> default (v1.25.1)" in out
    assert "~ revision default (v1.24.2 -> v1.25.1)" in out
    assert "in one: Deployment/istio-system/istiod" in out.split("Kubernetes itself replaces the pods of")[1]


def scaled(*values: str, version: str = "v1.24.2", strategy: str = "InPlace") -> str:
    return builders.istio(version, strategy=strategy, values=f"{{pilot: {{{', '.join(values)}}}}}")


FIXED = ("autoscaleEnabled: false", "replicaCount: 3")


def test_autoscaling_that_is_switched_on_in_place_is_told_to_drop_the_replicas(repo: FleetRepo) -> None:
    rendered(repo, "before", one=scaled(*FIXED))
    rendered(repo, "after", one=scaled("autoscaleMin: 3"))
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "Replicas fall to 1, the API server's default, until an autoscaler raises them\n" in out
    assert "\n  in one: Deployment/istio-system/istiod: 3 -> 1\n" in out
    told = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", "markdown").out
    assert "- in one: `Deployment/istio-system/istiod: 3 -> 1`\n" in told
    (drop,) = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json["replicas"]
    assert drop == {"clusters": ["one"], "object": "Deployment/istio-system/istiod", "before": 3, "after": 1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (scaled("autoscaleMin: 3"), scaled(*FIXED)),
        (scaled(*FIXED), scaled("autoscaleEnabled: false", "replicaCount: 2")),
        (scaled("autoscaleEnabled: false", "replicaCount: 1"), scaled("autoscaleMin: 3")),
        (
            scaled(*FIXED, strategy="RevisionBased"),
            scaled("autoscaleMin: 3", version="v1.24.3", strategy="RevisionBased"),
        ),
    ],
    ids=["switched off", "another number", "one before", "a new revision"],
)
def test_replicas_that_no_default_takes_the_place_of_do_not_drop(repo: FleetRepo, before: str, after: str) -> None:
    rendered(repo, "before", one=before)
    rendered(repo, "after", one=after)
    assert "Replicas fall" not in repo.meshrev("diff", "HEAD~1", "HEAD").out


def test_a_tag_that_moves_is_one_line(repo: FleetRepo) -> None:
    old = tag("prod", "default-v1-24-2", "IstioRevision") + namespace("cart", "istio.io/rev: prod")
    rendered(repo, "first", one=istio() + old)
    rendered(repo, "before", one=istio("v1.24.3") + old)
    rendered(repo, "after", one=istio("v1.24.3") + tag("prod") + namespace("cart", "istio.io/rev: prod"))
    assert "moves" not in (first := repo.meshrev("diff", "HEAD~2", "HEAD~1").out)
    assert "revision default-v1-24-2 -> default-v1-24-3 (v1.24.2 -> v1.24.3)" in first
    assert "Blast radius: no namespace or workload" in first
    second = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "~ tag prod: default-v1-24-2 -> default-v1-24-3 (v1.24.2 -> v1.24.3)" in second
    assert "1 namespace: cart" in second
    assert "clientConfig" not in second


def test_a_namespace_that_changes_its_label_moves(repo: FleetRepo) -> None:
    tags = tag("prod", "default-v1-24-2", "IstioRevision") + tag("next")
    rendered(repo, "first", one=istio() + tags)
    rendered(repo, "before", one=istio("v1.24.3") + tags + namespace("cart", "istio.io/rev: prod"))
    rendered(repo, "after", one=istio("v1.24.3") + tags + namespace("cart", "istio.io/rev: next"))
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "~ metadata.labels[istio.io/rev]: prod -> next" in out
    assert "~ default-v1-24-2 (v1.24.2) -> default-v1-24-3 (v1.24.3)" in out


def test_objects_that_pass_through_are_told_one_by_one(repo: FleetRepo) -> None:
    rendered(repo, "before", one=istio() + MESH + workload("web", "shop") + workload("old", "shop"))
    rendered(repo, "after", one=istio() + MESH + workload("web", "shop", image="2") + workload("new", "shop"))
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "    + Deployment/shop/new\n" in out
    assert "    - Deployment/shop/old\n" in out
    assert "    ~ Deployment/shop/web\n      ~ spec.template.spec.containers[main].image: web:1 -> web:2\n" in out
    assert "Kubernetes itself replaces the pods of\n  in one: Deployment/shop/web\n" in out
    assert "Restart: nothing has to be restarted" in out


def test_clusters_that_come_and_go_are_told(repo: FleetRepo) -> None:
    rendered(repo, "before", one=istio() + MESH, two=istio() + MESH)
    shutil.rmtree(repo.root / "rendered/two")
    shutil.rmtree(repo.root / "overlays/two")
    rendered(repo, "after", three=istio() + MESH)
    found = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json
    assert [(cluster["name"], cluster["how"]) for cluster in found["clusters"]] == [
        ("one", "unchanged"),
        ("three", "added"),
        ("two", "removed"),
    ]
    assert {restart["clusters"][0] for restart in found["restarts"]} == {"three"}
    out = repo.meshrev("diff", "HEAD~1", "HEAD").out
    assert "Changes only in three" in out
    assert "+ revision default-v1-24-2 (v1.24.2)" in out
    assert "    - Deployment/istio-system/istiod-default-v1-24-2\n" in out.split("Changes only in two")[1]
