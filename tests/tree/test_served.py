"""Reading back from a tree who serves whom."""

from __future__ import annotations

import json

import pytest

from render.plan.config_objects import ConfigObject
from render.plan.inventory import EMPTY
from render.plan.usage import Pod
from render.tree.files import cluster_files
from render.tree.served import NamespaceLabels, TagTarget, agent_versions, fact, serving, tells
from tests.support.tree_example import OLD, namespaces, revision, tag


def test_what_was_written_is_read_back() -> None:
    files = cluster_files("one", [revision(), tag("prod"), namespaces("shop")], EMPTY).files
    found = serving(fact(path, text.data) for path, text in files.items() if tells(path))
    assert found.revisions[OLD].version == "v1.24.2"
    assert found.revisions[OLD].values == {"replicas": 1}
    assert found.namespaces == {"shop": {}}


def said(path: str, data: object) -> object:
    assert tells(path)
    return fact(path, json.dumps(data).encode())


def test_a_tag_says_which_revision_it_points_at() -> None:
    labels = {"istio.io/tag": "prod", "istio.io/rev": OLD}
    assert said("tags/prod/a.yaml", {"kind": "X", "metadata": {"labels": labels}}) == TagTarget("prod", OLD)


def test_of_a_namespace_only_the_injection_labels_count() -> None:
    metadata = {"name": "shop", "labels": {"istio.io/rev": "prod", "team": "shop"}}
    assert said("namespaces/shop.yaml", {"metadata": metadata}) == NamespaceLabels("shop", {"istio.io/rev": "prod"})


@pytest.mark.parametrize("file", ["deployment-web.yaml", "%44eployment.apps-web_shop.yaml"])
@pytest.mark.parametrize("folder", ["extra", "gateways/ingress"])
def test_a_workload_says_what_labels_its_pods_get(folder: str, file: str) -> None:
    template = {"metadata": {"labels": {"istio.io/rev": "prod", "n": 1}}}
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"template": template},
    }
    assert said(f"{folder}/{file}", workload) == Pod("Deployment/web", "shop", {"istio.io/rev": "prod"}, {})


@pytest.mark.parametrize("file", ["gateway-public.yaml", "gateway.gateway.networking.k8s.io-public_shop.yaml"])
def test_a_gateway_that_istiod_deploys_says_which_revision_it_names(file: str) -> None:
    gateway = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "public", "namespace": "shop", "labels": {"istio.io/rev": "prod"}},
        "spec": {"gatewayClassName": "istio"},
    }
    assert said(f"extra/{file}", gateway) == ConfigObject("Gateway", "public", "shop", {"istio.io/rev": "prod"}, True)
    assert said(f"extra/{file}", gateway | {"apiVersion": "networking.istio.io/v1"}) is None


def test_a_workload_says_what_keeps_it_out() -> None:
    annotations = {"sidecar.istio.io/inject": "false", "istio.io/rev": "x", "other": "y"}
    workload = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agent", "namespace": "shop"},
        "spec": {"template": {"metadata": {"annotations": annotations}, "spec": {"hostNetwork": True}}},
    }
    kept = {"sidecar.istio.io/inject": "false"}
    assert said("extra/daemonset-agent.yaml", workload) == Pod("DaemonSet/agent", "shop", {}, kept, host_network=True)


@pytest.mark.parametrize(
    "path",
    [
        "inventory.jsonl",
        "kustomization.yaml",
        "mesh/serviceaccount-a.yaml",
        "revisions/a/deployment-istiod.yaml",
        "extra/service-web.yaml",
        "cni/daemonset-a.yaml",
    ],
)
def test_other_files_are_not_asked(path: str) -> None:
    assert not tells(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("extra/deployment-a.yaml", "a: [\n"),
        ("extra/deployment-a.yaml", "- a\n"),
        ("extra/deployment-a.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: broken\n"),
        ("extra/deployment-a.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: a\n"),
        ("tags/a/b.yaml", "kind: X\nmetadata: {labels: [a]}\n"),
        ("namespaces/a.yaml", "<<<<<<< ours\n"),
        ("revisions/a/inventory.jsonl", "<<<<<<< ours\n"),
        ("revisions/a/inventory.jsonl", '{"revision": 1}\n'),
    ],
)
def test_a_broken_file_says_nothing(path: str, text: str) -> None:
    assert fact(path, text.encode()) is None


def test_a_record_is_read_through_a_merge_conflict_below_it() -> None:
    head = '{"revision": {"name": "a", "version": "v1.24.2", "requested": "v1.24.2", "namespace": "x", "source": "s",'
    head += ' "program": "1", "istio": null, "profile": null, "platform": null, "values": {}}}\n'
    text = head + '<<<<<<< ours\n{"file": "a", "for": "b", "sha256": "c"}\n=======\n>>>>>>> theirs\n'
    found = fact("revisions/a/inventory.jsonl", text.encode())
    assert serving([found]).revisions["a"].version == "v1.24.2"


IMAGE = """
spec: {template: {spec: {containers: [{image: "docker.io/istio/install-cni:1.23.2-distroless"}]}}}
"""
LABEL = IMAGE + 'metadata: {labels: {app.kubernetes.io/version: "1.24.3"}}\n'
CNI, ZTUNNEL = "cni/daemonset-istio-cni-node.yaml", "ztunnel/daemonset-ztunnel.yaml"


@pytest.mark.parametrize(("text", "version"), [(IMAGE, "v1.23.2"), (LABEL, "v1.24.3")])
def test_the_release_of_a_rendered_node_agent_is_its_label_or_its_image(text: str, version: str) -> None:
    files = {CNI: text.encode(), ZTUNNEL: LABEL.encode(), "extra/daemonset-other.yaml": IMAGE.encode()}
    assert agent_versions(files, files.__getitem__) == {"cni": version, "ztunnel": "v1.24.3"}


@pytest.mark.parametrize("text", ["", "metadata: {}", "{", "- a", "spec: {template: {spec: {containers: [text]}}}"])
def test_a_node_agent_that_does_not_say_its_release_has_none(text: str) -> None:
    assert agent_versions([CNI], lambda _: text.encode()) == {}
