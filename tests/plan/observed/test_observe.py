"""Counting what a cluster holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from render.plan.observed.observation import UNSEEN, Observation, ObservedNamespace, Owner
from render.plan.observed.observe import ObservationCounter
from tests.support.cluster_objects import namespace, pod

AT = datetime(2026, 8, 22, 10, tzinfo=UTC)


def observed(*objects: dict[str, Any]) -> Observation:
    observing = ObservationCounter()
    for one in objects:
        observing.add(one)
    return observing.observation("one", AT)


def shop(*pods: dict[str, Any], labels: dict[str, str] | None = None) -> ObservedNamespace:
    return observed(namespace("shop", labels), *pods).namespaces["shop"]


def test_pods_are_counted_by_the_revision_that_injected_them() -> None:
    seen = shop(pod("shop", "v1"), pod("shop", "v1"), pod("shop", "v2"), pod("shop"))
    assert (seen.pods, seen.revisions) == (4, {"v1": 2, "v2": 1})


@pytest.mark.parametrize(
    ("status", "revision"),
    [
        (json.dumps({"initContainers": ["istio-init"], "revision": "v1"}), "v1"),
        (json.dumps({"revision": ""}), "default"),
        (json.dumps({"version": "1.5.0"}), UNSEEN),
        ("not JSON", UNSEEN),
    ],
)
def test_an_old_pod_says_its_revision_in_its_status(status: str, revision: str) -> None:
    assert shop(pod("shop", annotations={"sidecar.istio.io/status": status})).revisions == {revision: 1}


def test_a_pod_that_ended_uses_nothing_and_one_that_failed_is_told_of() -> None:
    seen = shop(pod("shop", "v1", phase="Succeeded"), pod("shop", "v2", phase="Failed"))
    assert (seen.pods, seen.failed, seen.revisions) == (1, 1, {})


def test_pods_are_counted_by_what_their_own_labels_refer_to() -> None:
    inject = {"sidecar.istio.io/inject": "true"}
    pods = [{"istio.io/rev": "canary"}, inject, inject | {"istio.io/rev": "canary"}]
    pods += [{"istio.io/rev": "canary", "sidecar.istio.io/inject": "false"}, {"app": "cart"}]
    assert shop(*(pod("shop", labels=labels) for labels in pods)).references == {"canary": 2, "default": 1}


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("docker.io/istio/proxyv2:1.24.2", "1.24.2"),
        ("registry:5000/istio/proxyv2:1.24.2-distroless", "1.24.2"),
        ("proxyv2:1.24.2-asm.3", "1.24.2-asm.3"),
        ("docker.io/istio/proxyv2:1.24.2@sha256:" + "a" * 64, "1.24.2"),
        ("docker.io/istio/proxyv2@sha256:" + "a" * 64, "sha256:" + "a" * 12),
        ("registry:5000/istio/proxyv2", UNSEEN),
    ],
)
@pytest.mark.parametrize("native", [False, True])
def test_proxies_are_counted_by_version_also_as_native_sidecars(image: str, version: str, native: bool) -> None:
    assert shop(pod("shop", "v1", image, native=native)).proxies == {"v1": {version: 1}}


def test_a_managed_channel_shows_two_versions_under_one_revision() -> None:
    old, new = (pod("shop", "asm-managed", f"gcr.io/asm/proxyv2:1.2{minor}.0-asm.1") for minor in (3, 4))
    assert observed(old, new, new).proxies == {("asm-managed", "1.23.0-asm.1"): 1, ("asm-managed", "1.24.0-asm.1"): 2}


def test_node_proxies_are_kept_apart_from_those_of_pods() -> None:
    node = pod("ztunnel", labels={"istio.io/dataplane-mode": "none"})
    node["spec"]["containers"] = [{"name": "istio-proxy", "image": "docker.io/istio/ztunnel:1.24.2-distroless"}]
    seen = observed(namespace("ztunnel"), node).namespaces["ztunnel"]
    assert (seen.nodes, seen.proxies, seen.revisions) == ({"1.24.2": 1}, {}, {})


def test_ambient_counts_pods_that_the_namespace_or_the_pod_brings_in() -> None:
    mode = "istio.io/dataplane-mode"
    outside = [pod("shop", labels={mode: "none"}), pod("shop", "v1"), pod("shop", hostNetwork=True)]
    assert shop(pod("shop"), pod("shop", labels={mode: "ambient"}), *outside, labels={mode: "ambient"}).ambient == 2
    assert shop(pod("shop"), pod("shop", labels={mode: "ambient"})).ambient == 1


def test_of_a_namespaces_labels_only_those_that_decide_injection_are_kept() -> None:
    labels = {"istio.io/rev": "prod", "istio-injection": "disabled", "istio.io/dataplane-mode": "ambient"}
    assert shop(labels=labels | {"team": "checkout", "pager": "+1555"}).labels == labels


def test_the_order_of_objects_makes_no_difference() -> None:
    objects = [pod("shop"), pod("shop", "v1"), namespace("shop", {"istio.io/dataplane-mode": "ambient"}), pod("b", "v")]
    assert observed(*objects) == observed(*reversed(objects))


def managed(manager: str, operation: str, *labels: str) -> dict[str, Any]:
    fields = {"f:metadata": {"f:labels": {".": {}, **{f"f:{label}": {} for label in labels}}}}
    return {"manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields}


def test_managed_fields_say_who_owns_a_label() -> None:
    fields = [
        managed("argocd-controller", "Apply", "istio-injection"),
        managed("kubectl-label", "Update", "istio-injection", "team"),
        {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {"f:status": {}}},
    ]
    labels = {"istio-injection": "enabled", "istio.io/rev": "prod"}
    seen = observed(namespace("shop", labels, managedFields=fields)).namespaces["shop"]
    owners = (Owner("argocd-controller", "Apply"), Owner("kubectl-label", "Update"))
    assert seen.owners == {"istio-injection": owners, "istio.io/rev": ()}
    assert shop(labels=labels).owners is None


def test_a_cluster_is_known_by_its_system_namespace_and_by_what_its_proxies_call_it() -> None:
    observing = ObservationCounter()
    observing.add(namespace("kube-system", uid="0a1b"))
    observing.add(pod("shop", "v1"))
    assert (observing.observation("one", AT).uid, observing.cluster_ids) == ("0a1b", {"Kubernetes"})


def test_the_newest_time_of_any_object_is_known() -> None:
    observing = ObservationCounter()
    late = pod("shop")
    late["status"]["conditions"].append({"type": "Ready", "lastTransitionTime": "2026-08-21T00:00:00Z"})
    for one in (namespace("shop"), late, pod("shop")):
        observing.add(one)
    assert observing.newest == "2026-08-21T00:00:00Z"


# Who makes pods later


def template(kind: str, api: str = "apps/v1", *, path: tuple[str, ...] = ("spec", "template"), **more: Any) -> Any:
    made: Any = {"metadata": {"labels": {"istio.io/rev": "old"}}}
    for key in reversed(path):
        made = {key: made}
    metadata = {"name": "job", "namespace": "etl", **more.pop("metadata", {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **made, **more}


CRON = template("CronJob", "batch/v1", path=("spec", "jobTemplate", "spec", "template"))
CONTROLLED = {"ownerReferences": [{"kind": "CronJob", "name": "job", "controller": True}]}


def templates(item: Any) -> dict[str, int]:
    counting = ObservationCounter()
    counting.add(item)
    found = counting.observation("one", datetime(2026, 8, 22, tzinfo=UTC)).namespaces.get("etl")
    return dict(found.templates) if found else {}


@pytest.mark.parametrize(
    "item",
    [
        CRON,
        template("Deployment"),
        template("StatefulSet"),
        template("DaemonSet"),
        template("Rollout", "argoproj.io/v1alpha1"),
        template("Job", "batch/v1", status={"conditions": [{"type": "Suspended", "status": "True"}]}),
    ],
    ids=lambda item: item["kind"],
)
def test_a_workload_that_has_no_pod_now_refers_to_what_its_template_names(item: Any) -> None:
    assert templates(item) == {"old": 1}


@pytest.mark.parametrize(
    "item",
    [
        template("Job", "batch/v1", metadata=CONTROLLED),
        template("ReplicaSet", metadata=CONTROLLED),
        template("Job", "batch/v1", status={"conditions": [{"type": "Complete", "status": "True"}]}),
        template("Job", "batch/v1", status={"conditions": [{"type": "Failed", "status": "True"}]}),
        template("Deployment", "example.com/v1"),
        template("Deployment", path=("spec", "other")),
    ],
    ids=["job of a cronjob", "replica set", "complete", "failed", "another group", "no template"],
)
def test_what_ended_or_goes_by_another_object_refers_to_nothing(item: Any) -> None:
    assert templates(item) == {}


def test_a_tags_webhook_is_seen_with_the_service_that_it_calls_and_a_revisions_is_not() -> None:
    def webhook(name: str, labels: dict[str, str]) -> dict[str, Any]:
        called = {"clientConfig": {"service": {"namespace": "istio-system", "name": "istiod-v1"}}}
        elsewhere = {"clientConfig": {"url": "https://istiod.example.com"}}
        metadata = {"name": name, "labels": labels}
        return {"kind": "MutatingWebhookConfiguration", "metadata": metadata, "webhooks": [called, called, elsewhere]}

    tags = webhook("istio-revision-tag-prod", {"istio.io/tag": "prod"})
    seen = observed(tags, webhook("istio-sidecar-injector-v1", {"istio.io/rev": "v1"}))
    assert seen.webhooks == {"istio-revision-tag-prod": ("istio-system/istiod-v1",)}
