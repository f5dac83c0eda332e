"""The node agent, ztunnel and gateways: what patch releases changed, and rules that no single case shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from render.errors import InputError
from render.manifests.builtin import render_component

CHANGES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("patch_changes.yaml").read_text())
OF_1_31: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("minor_changes.yaml").read_text())
CONTAINERS = ["DaemonSet", "spec", "template", "spec", "containers"]


def objects(component: str, version: str, values: dict[str, Any], **place: str) -> dict[str, dict[str, Any]]:
    """The objects by kind, or by kind and name where a kind comes more than once."""
    made = render_component(component, version, place.get("release", component), place.get("namespace", "mesh"), values)
    kinds = [each["kind"] for each in made]
    return {
        each["kind"] if kinds.count(each["kind"]) == 1 else f"{each['kind']}/{each['metadata']['name']}": each
        for each in made
    }


def field(found: Any, path: list[str | int]) -> Any:
    """What lies under a path of keys and of names or numbers of list items, None where a step is missing."""
    for step in path:
        if isinstance(step, int):
            found = found[step]
            continue
        if isinstance(found, list):
            found = {each["name"]: each for each in found}
        found = (found or {}).get(step)
    return found


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change['component']}-{change['release']}")
def test_a_patch_release_changes_what_is_rendered_from_itself_on(change: dict[str, Any]) -> None:
    line, _, patch = change["release"].rpartition(".")
    rendered = {
        version: field(objects(change["component"], version, change.get("values", {})), change["field"])
        for version in (f"{line}.{int(patch) - 1}", change["release"])
    }
    assert list(rendered.values()) == [change["before"], change["after"]]


@pytest.mark.parametrize("change", OF_1_31, ids=lambda change: f"{change['component']}-{change['field'][-1]}")
def test_a_value_that_1_31_reads_does_nothing_before_it(change: dict[str, Any]) -> None:
    rendered = [
        field(objects(change["component"], version, change["values"]), change["field"])
        for version in ("1.30.3", "1.31.0")
    ]
    assert rendered == [change["before"], change["after"]]


@pytest.mark.parametrize(
    "resources", [None, {}, [], {"requests": None}, {"requests": {"cpu": 0}}, {"limits": {"memory": "1Gi"}}]
)
def test_ztunnel_has_no_variable_for_a_cpu_that_resources_do_not_set(resources: Any) -> None:
    values = {"resources": resources}
    if isinstance(resources, dict):
        values = {"resources": {"requests": {"cpu": None}} | resources}
    env = field(objects("ztunnel", "1.31.0", values), [*CONTAINERS, "istio-proxy", "env"])
    assert [each["name"] for each in env if "RESOURCE_CPU" in each["name"]] == []


@pytest.mark.parametrize("component", ["istiod", "base"])
def test_a_reader_that_is_null_is_refused_where_anybody_reads(component: str) -> None:
    reader = {"readerServiceAccount": None}
    with pytest.raises(InputError, match=r"global\.readerServiceAccount must be a map with a name"):
        objects(component, "1.31.0", {"global": reader})
    assert objects(component, "1.31.0", {"global": reader | {"enableReaderRBAC": False}})


@pytest.mark.parametrize("version", ["1.24.0", "1.26.3", "1.30.1"])
def test_values_of_the_node_agent_count_at_the_root_and_more_under_their_own_key(version: str) -> None:
    root, own = {"cniConfFileName": "root.conf"}, {"cniConfFileName": "own.conf"}
    names = [
        field(objects("cni", version, values), ["ConfigMap", "data", "CNI_CONF_NAME"])
        for values in (root, {"cni": own}, root | {"cni": own})
    ]
    assert names == ["root.conf", "own.conf", "own.conf"]


def test_the_oldest_node_agent_reads_values_only_under_its_own_key() -> None:
    assert objects("cni", "1.23.6", {"cniConfFileName": "root.conf"}) == objects("cni", "1.23.6", {})


@pytest.mark.parametrize(
    ("version", "name"), [("1.24.6", "ztunnel"), ("1.25.0", "nodes"), ("1.25.5", "nodes"), ("1.26.0", "ztunnel")]
)
def test_ztunnel_is_named_by_its_release_in_one_minor_only(version: str, name: str) -> None:
    assert objects("ztunnel", version, {}, release="nodes")["DaemonSet"]["metadata"]["name"] == name


def test_globals_count_at_the_root_of_ztunnel_unless_the_root_says_otherwise() -> None:
    values = {"global": {"hub": "example.com/global", "tag": "t"}, "hub": "example.com/root"}
    image = field(objects("ztunnel", "1.30.3", values), ["DaemonSet", "spec", "template", "spec", "containers"])[0]
    assert image["image"] == "example.com/root/ztunnel:t"


@pytest.mark.parametrize("component", ["cni", "ztunnel"])
@pytest.mark.parametrize(("scope", "kinds"), [("cluster", {"ClusterRole", "ClusterRoleBinding"}), ("other", set())])
def test_a_resource_scope_leaves_out_the_objects_of_the_other(component: str, scope: str, kinds: set[str]) -> None:
    values = {"resourceScope": scope, "global": {"resourceScope": scope, "platform": "openshift"}}
    made = render_component(component, "1.30.3", component, "mesh", values)
    assert {each["kind"] for each in made} == kinds


@pytest.mark.parametrize(
    ("release", "name", "istio"),
    [
        ("istio-ingressgateway", "istio-ingressgateway", "ingressgateway"),
        ("edge", "edge", "edge"),
        ("RELEASE-NAME", "istio-ingressgateway", "ingressgateway"),
    ],
)
def test_a_gateway_is_named_and_selected_by_its_release(release: str, name: str, istio: str) -> None:
    made = objects("gateway", "1.30.3", {}, release=release)
    assert made["Deployment"]["metadata"]["name"] == name
    assert made["Service"]["spec"]["selector"] == {"app": name, "istio": istio}


@pytest.mark.parametrize(
    ("values", "budget"),
    [
        ({}, False),
        ({"autoscaling": {"minReplicas": 2}}, True),
        ({"autoscaling": {"minReplicas": 1}, "replicaCount": 3}, False),
        ({"autoscaling": {"enabled": False}, "replicaCount": 3}, True),
        ({"autoscaling": {"enabled": False, "minReplicas": 3}}, False),
    ],
)
def test_a_disruption_budget_needs_more_than_one_pod_to_keep(values: dict[str, Any], budget: bool) -> None:
    given = values | {"podDisruptionBudget": {"minAvailable": 1}}
    assert ("PodDisruptionBudget" in objects("gateway", "1.28.0", given)) is budget
    assert "PodDisruptionBudget" in objects("gateway", "1.27.9", given)


def test_a_network_gateway_listens_where_its_values_say() -> None:
    values = {"networkGateway": "network1", "networkGatewayPorts": {"tls": {"port": 443}}}
    ports = {port["name"]: port for port in objects("gateway", "1.30.0", values)["Service"]["spec"]["ports"]}
    assert ports["tls"] == {"name": "tls", "port": 443, "targetPort": 15443, "protocol": "TCP"}
    older = {port["name"]: port for port in objects("gateway", "1.29.6", values)["Service"]["spec"]["ports"]}
    assert older["tls"] == {"name": "tls", "port": 15443, "targetPort": 15443}


@pytest.mark.parametrize(
    ("component", "values"),
    [
        ("gateway", {"service": {"ports": []}}),
        ("gateway", {"networkGateway": "n", "networkGatewayPorts": {"tls": None}}),
        ("gateway", {"service": None}),
        ("gateway", {"annotations": {"a": 1}}),
        ("cni", {"ambient": None}),
        ("cni", {"image": 7}),
        ("cni", {"provider": True}),
        ("cni", {"excludeNamespaces": "kube-system"}),
        ("ztunnel", {"env": {"ENABLE_CLUSTER_TRUST_BUNDLE_API": "true"}}),
        ("ztunnel", {"platform": "nosuch"}),
        ("ingress", {"gateways": {"istio-ingressgateway": {"podAntiAffinityLabelSelector": [{"values": ["a"]}]}}}),
        ("egress", {"profile": "nosuch"}),
    ],
)
def test_values_that_the_chart_refuses_are_refused(component: str, values: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"1\.30\.3"):
        render_component(component, "1.30.3", component, "mesh", values)


@pytest.mark.parametrize("component", ["ingress", "egress"])
@pytest.mark.parametrize("version", ["1.23.0", "1.27.4", "1.30.3"])
def test_an_injected_gateway_has_no_proxy_of_its_own(component: str, version: str) -> None:
    values = {"gateways": {f"istio-{component}gateway": {"injectionTemplate": "gateway"}}}
    template = objects(component, version, values)["Deployment"]["spec"]["template"]
    assert template["metadata"]["annotations"]["inject.istio.io/templates"] == "gateway"
    assert template["spec"]["containers"][0]["image"] == "auto"


def test_pods_of_the_older_gateways_carry_an_older_installers_labels_in_istio_system_only() -> None:
    labels = [
        objects("ingress", "1.30.3", {}, namespace=namespace)["Deployment"]["spec"]["template"]["metadata"]["labels"]
        for namespace in ("istio-system", "mesh")
    ]
    assert ["heritage" in each for each in labels] == [True, False]


def test_the_version_label_of_an_older_gateway_is_its_canonical_revision() -> None:
    values = {
        "revision": "r",
        "gateways": {"istio-egressgateway": {"labels": {"app.kubernetes.io/version": "v2"}}},
    }
    path = ["Deployment", "spec", "template", "metadata", "labels", "service.istio.io/canonical-revision"]
    assert field(objects("egress", "1.24.0", values), path) == "v2"
