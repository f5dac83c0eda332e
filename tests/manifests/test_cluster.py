"""What a plan becomes: folders of objects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from render.errors import InputError
from render.manifests.bundle import Bundle
from render.manifests.cluster import bundles
from render.plan.inventory import Inventory
from render.specs.kinds import ClusterHandover, Delivery
from tests.support.builders import istio, namespace, node_agent, tag
from tests.support.cluster_plan import inventory_of, plan

CNI = node_agent(
    "IstioCNI", "v1.24.3", profile="ambient", values="{cni: {excludeNamespaces: [kube-system]}}", namespace="istio-cni"
)
ZTUNNEL = node_agent(
    "ZTunnel", "v1.24.3", targetRef="{kind: Istio, name: default}", values="{ztunnel: {logLevel: debug}}"
)


def made(text: str, delivery: Delivery = "none", **cluster: Any) -> dict[str, Bundle]:
    return {bundle.folder: bundle for bundle in bundles(plan(text, delivery=delivery, **cluster))}


def objects(bundle: Bundle) -> dict[str, Any]:
    return {f"{m.kind}/{m.name}": json.loads(m.json) for m in bundle.manifests}


def test_a_revision_carries_its_name_everywhere() -> None:
    bundle = made(istio("v1.24.3"))["revisions/default-v1-24-3"]
    deployment = objects(bundle)["Deployment/istiod-default-v1-24-3"]
    assert deployment["metadata"]["labels"]["istio.io/rev"] == "default-v1-24-3"
    assert deployment["metadata"]["labels"]["release"] == "default-v1-24-3-istiod"
    assert deployment["metadata"]["namespace"] == bundle.namespace == "istio-system"
    assert bundle.revision is not None
    assert bundle.why == "Istio/default"


def test_the_revision_default_has_names_without_a_suffix_and_serves_injection_labels() -> None:
    folders = made(istio("v1.24.3", strategy="InPlace"))
    found = objects(folders["revisions/default"])
    assert {"Deployment/istiod", "MutatingWebhookConfiguration/istio-sidecar-injector"} <= found.keys()
    validator = objects(folders["mesh"])["ValidatingWebhookConfiguration/istiod-default-validator"]
    assert validator["webhooks"][0]["clientConfig"]["service"]["name"] == "istiod"


def test_the_tag_default_makes_the_default_validator_point_at_its_revision() -> None:
    folders = made(istio("v1.24.3") + tag("default"))
    validator = objects(folders["mesh"])["ValidatingWebhookConfiguration/istiod-default-validator"]
    assert validator["webhooks"][0]["clientConfig"]["service"]["name"] == "istiod-default-v1-24-3"


def test_without_a_default_there_is_no_default_validator() -> None:
    folders = made(istio("v1.24.3") + tag("prod"))
    assert list(objects(folders["mesh"])) == ["ServiceAccount/istio-reader-service-account"]


def test_a_tag_serves_its_name_by_the_revision_that_it_resolves_to() -> None:
    folders = made(istio("v1.24.3") + tag("prod"))
    webhook = objects(folders["tags/prod"])["MutatingWebhookConfiguration/istio-revision-tag-prod"]
    assert webhook["metadata"]["labels"]["istio.io/tag"] == "prod"
    assert webhook["metadata"]["labels"]["istio.io/rev"] == "default-v1-24-3"
    assert webhook["metadata"]["labels"]["release"] == "prod-revisiontags"
    services = {entry["clientConfig"]["service"]["name"] for entry in webhook["webhooks"]}
    assert services == {"istiod-default-v1-24-3"}


def test_tags_have_services_of_their_own_from_1_28_on() -> None:
    folders = made(istio("v1.28.4") + tag("prod"))
    assert "Service/istiod-revision-tag-prod" in objects(folders["tags/prod"])


def test_a_frozen_revision_is_not_rendered_but_can_be_tagged() -> None:
    before = plan(istio("v1.24.2"))
    after = plan(istio("v1.24.3") + tag("prod", "default-v1-24-2", "IstioRevision"), inventory_of(before))
    folders = {bundle.folder: bundle for bundle in bundles(after)}
    assert "revisions/default-v1-24-2" not in folders
    webhook = objects(folders["tags/prod"])["MutatingWebhookConfiguration/istio-revision-tag-prod"]
    assert webhook["metadata"]["labels"]["istio.io/rev"] == "default-v1-24-2"
    assert webhook["metadata"]["labels"]["app.kubernetes.io/version"] == "1.24.2"


def test_the_cni_node_agent_is_rendered_with_profile_and_values() -> None:
    bundle = made(CNI)["cni"]
    found = objects(bundle)
    assert bundle.namespace == "istio-cni"
    assert "DaemonSet/istio-cni-node" in found
    config = next(obj for name, obj in found.items() if name.startswith("ConfigMap/"))
    assert config["data"]["AMBIENT_ENABLED"] == "true"
    assert config["data"]["EXCLUDED_NAMESPACES"] == "kube-system"


def test_the_cni_node_agent_takes_the_clusters_platform() -> None:
    found = objects(made(CNI, platform="openshift")["cni"])
    assert any(name.startswith("ClusterRole") for name in found)
    paths = json.dumps(found["DaemonSet/istio-cni-node"]["spec"]["template"]["spec"]["volumes"])
    assert "/var/lib/cni/bin" in paths


def test_a_platform_that_the_release_does_not_know_is_not_told_to_it() -> None:
    made(CNI + istio("v1.24.3"), platform="gke")


def test_ztunnel_takes_revision_and_mesh_from_its_target_and_its_own_values_win() -> None:
    bundle = made(istio("v1.24.3", values="{global: {hub: corp.example/istio}}") + ZTUNNEL, mesh_id="mesh1")["ztunnel"]
    daemon = objects(bundle)["DaemonSet/ztunnel"]
    container = daemon["spec"]["template"]["spec"]["containers"][0]
    env = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert env["RUST_LOG"] == "debug"
    assert env["XDS_ADDRESS"] == "istiod-default-v1-24-3.istio-system.svc:15012"
    assert env["ISTIO_META_CLUSTER_ID"] == "c"
    assert container["image"].startswith("corp.example/istio/ztunnel:1.24.3")
    assert bundle.namespace == "ztunnel"


def test_a_ztunnel_whose_target_is_nowhere_is_an_error() -> None:
    (problem,) = plan(ZTUNNEL).problems
    assert (problem.code, problem.path) == ("MR072", ("spec", "targetRef", "name"))


def test_an_agents_alias_keeps_what_it_meant_until_it_is_changed() -> None:
    alias = node_agent("IstioCNI", "v1.24-latest")
    (bundle,) = bundles(plan(alias))
    assert bundle.why == "IstioCNI/default v1.24-latest v1.24.6"
    before = Inventory(reasons={"cni/daemonset-istio-cni-node.yaml": "IstioCNI/default v1.24-latest v1.24.4"})
    (bundle,) = bundles(plan(alias, before))
    assert bundle.why == "IstioCNI/default v1.24-latest v1.24.4"
    assert "1.24.4" in bundle.manifests[0].json


def test_what_is_passed_through_keeps_every_field() -> None:
    text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {k: "v\\n"}\n'
    bundle = made(text, "argocd")["extra"]
    assert objects(bundle)["ConfigMap/a"]["data"] == {"k": "v\n"}
    assert bundle.manifests[0].annotations == (("argocd.argoproj.io/sync-wave", "20"),)


def test_flux_fills_nothing_into_an_object_that_holds_what_looks_like_a_variable() -> None:
    text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: b}\ndata: {k: "%s"}\n---\n'
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: n, annotations: {a: '${X:=y}'}}\n"
    text = text % ("a", "$HOME {}") + text % ("b", "x${HOME}") + text % ("d", "kill $$") + namespace
    whole = {"handover": ClusterHandover(namespaces="manifest")}
    found = {m.name: dict(m.annotations) for b in made(text, "flux", **whole).values() for m in b.manifests}
    verbatim = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
    assert found == {
        "a": {},
        "b": verbatim,
        "d": verbatim,
        "n": {"kustomize.toolkit.fluxcd.io/prune": "disabled", **verbatim},
    }
    assert all(verbatim.items().isdisjoint(m.annotations) for b in made(text, "argocd").values() for m in b.manifests)


WAVES = [
    ("revisions/default-v1-24-3", "MutatingWebhookConfiguration", "-10"),
    ("revisions/default-v1-24-3", "Deployment", "20"),
    ("revisions/default-v1-24-3", "HorizontalPodAutoscaler", "20"),
    ("cni", "ServiceAccount", "-10"),
    ("cni", "DaemonSet", "20"),
    ("ztunnel", "DaemonSet", "20"),
    ("mesh", "ServiceAccount", "-10"),
    ("mesh", "ValidatingWebhookConfiguration", None),
    ("tags/default", "MutatingWebhookConfiguration", None),
    ("namespaces", "Namespace", "10"),
]


@pytest.mark.parametrize(("folder", "kind", "wave"), WAVES)
def test_argo_cd_is_told_the_order_by_waves(folder: str, kind: str, wave: str | None) -> None:
    text = istio("v1.24.3") + tag("default") + CNI + ZTUNNEL + namespace("shop", "istio-injection: enabled")
    found = [m for m in made(text, "argocd")[folder].manifests if m.kind == kind]
    assert found
    assert {dict(manifest.annotations).get("argocd.argoproj.io/sync-wave") for manifest in found} == {wave}


@pytest.mark.parametrize("profile", ["default", "ambient", "demo", "empty", "openshift", "openshift-ambient", "stable"])
def test_every_profile_of_sails_api_renders(profile: str) -> None:
    text = istio("v1.24.3", profile=profile)
    assert "revisions/default-v1-24-3" in made(text)


def test_the_profile_remote_renders_no_control_plane() -> None:
    text = istio("v1.24.3", profile="remote")
    kinds = {name.partition("/")[0] for name in objects(made(text)["revisions/default-v1-24-3"])}
    assert "Deployment" not in kinds
    assert "MutatingWebhookConfiguration" in kinds


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        (istio("v1.23.5", values="{global: {remotePilotAddress: 1.2.3.4}}"), "Istio/default"),  # base has no `pilot`
        (istio("v1.24.3") + node_agent("IstioCNI", "v1.24.3", values="{cni: {env: x}}"), "IstioCNI/default"),
    ],
)
def test_what_a_component_refuses_is_said_of_the_spec_that_asked_for_it(text: str, spec: str) -> None:
    with pytest.raises(InputError) as caught:
        made(text)
    assert {(one.file, one.object) for one in caught.value.findings} == {("specs.yaml", spec)}
