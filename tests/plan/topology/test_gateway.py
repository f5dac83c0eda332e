"""The gateway by which other clusters reach a cluster: its values, who injects it, whom it uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from render.messages import field_text
from tests.plan.topology.test_values import CONFIG, external
from tests.support.builders import istio, namespace, tag
from tests.support.fleets.mesh import IN_PLACE, member, mesh_plans, objects

ADDRESS = "address: 203.0.113.7"


def ports(made: dict[str, object], name: str) -> list[int]:
    service = made[f"Service/{name}"]
    assert isinstance(service, dict)
    return sorted(one["port"] for one in service["spec"]["ports"])


def test_an_east_west_gateway_is_the_guides(tmp_path: Path) -> None:
    plans = mesh_plans(tmp_path, one=member(network="network1", topology="{gateway: {}}"))
    made = objects(plans["one"])
    assert ports(made, "istio-eastwestgateway") == [15012, 15017, 15021, 15443]
    service = made["Service/istio-eastwestgateway"]
    assert service["metadata"]["namespace"] == "istio-system"
    assert service["metadata"]["labels"]["topology.istio.io/network"] == "network1"
    assert (service["spec"]["type"], service["spec"]["selector"]["istio"]) == ("LoadBalancer", "eastwestgateway")
    template = made["Deployment/istio-eastwestgateway"]["spec"]["template"]
    assert template["metadata"]["annotations"]["inject.istio.io/templates"] == "gateway"
    assert template["metadata"]["labels"]["istio"] == "eastwestgateway"
    view = {"name": "ISTIO_META_REQUESTED_NETWORK_VIEW", "value": "network1"}
    assert view in template["spec"]["containers"][0]["env"]
    cross = made["Gateway/cross-network-gateway"]["spec"]
    assert cross["selector"] == {"istio": "eastwestgateway"}
    (server,) = cross["servers"]
    assert (server["port"]["number"], server["tls"], server["hosts"]) == (
        15443,
        {"mode": "AUTO_PASSTHROUGH"},
        ["*.local"],
    )
    assert "Gateway/istiod-gateway" not in made


def test_a_gateway_of_a_remote_is_configured_where_its_control_plane_is(tmp_path: Path) -> None:
    plans = mesh_plans(
        tmp_path,
        one=member(network="network1", topology=f"{{{ADDRESS}}}"),
        two=member(network="network2", topology="{role: remote, controlPlane: one, gateway: {}}"),
    )
    made = objects(plans["two"])
    assert "Service/istio-eastwestgateway" in made
    assert [one for one in made if one.startswith(("Gateway/", "VirtualService/"))] == []


def test_one_that_exposes_no_services_opens_no_port_for_them(tmp_path: Path) -> None:
    topology = f"{{{ADDRESS}, gateway: {{services: false}}}}"
    made = objects(mesh_plans(tmp_path, one=member(network="network1", topology=topology))["one"])
    assert ports(made, "istio-eastwestgateway") == [15012, 15017, 15021]
    assert "Gateway/cross-network-gateway" not in made
    assert "Gateway/istiod-gateway" in made


def test_the_gateway_of_an_external_control_plane_is_the_guides(tmp_path: Path) -> None:
    both = external().specs + IN_PLACE
    topology = external().spec["topology"].removesuffix("}") + ", gateway: {}}"
    made = objects(mesh_plans(tmp_path, ext=member(both, topology=topology), cfg=CONFIG)["ext"])
    assert ports(made, "istio-ingressgateway") == [15012, 15017, 15021]
    assert made["Deployment/istio-ingressgateway"]["metadata"]["namespace"] == "istio-system"
    assert made["Gateway/external-istiod-gw"]["spec"]["selector"] == {"istio": "ingressgateway"}


def test_values_of_a_person_win_and_are_those_of_the_gateway_chart(tmp_path: Path) -> None:
    values = "{service: {annotations: {a: b}}, autoscaling: {enabled: false}, labels: {istio: ew}}"
    topology = f"{{{ADDRESS}, gateway: {{name: ew-gateway, values: {values}}}}}"
    made = objects(mesh_plans(tmp_path, one=member(network="n1", topology=topology))["one"])
    assert made["Service/ew-gateway"]["metadata"]["annotations"] == {"a": "b"}
    assert "HorizontalPodAutoscaler/ew-gateway" not in made
    assert made["Gateway/istiod-gateway"]["spec"]["selector"] == {"istio": "ew"}


def test_an_unknown_value_is_told_at_its_place(tmp_path: Path) -> None:
    plan = mesh_plans(tmp_path, one=member(topology="{gateway: {values: {replicas: 2}}}"))["one"]
    assert [(one.code, field_text(one.path)) for one in plan.problems] == [
        ("MR052", "spec.topology.gateway.values.replicas")
    ]


@pytest.mark.parametrize("follows", ["default", "prod"])
def test_a_revision_that_injects_the_gateway_is_in_use(tmp_path: Path, follows: str) -> None:
    text = istio("v1.30.3", name="mesh") + tag("default", "mesh") + tag("prod", "mesh")
    gateway = "{}" if follows == "default" else f"{{revision: {follows}}}"
    plan = mesh_plans(tmp_path, one=member(text, topology=f"{{gateway: {gateway}}}"))["one"]
    used = {one.name: one.usage.by for one in plan.tags if one.usage.status == "True"}
    assert used == {follows: ("Deployment/istio-eastwestgateway",)}
    template = objects(plan)["Deployment/istio-eastwestgateway"]["spec"]["template"]
    assert template["metadata"]["labels"].get("istio.io/rev") == (None if follows == "default" else follows)


@pytest.mark.parametrize(
    ("text", "gateway", "path", "message"),
    [
        (istio("v1.30.3"), "{}", "spec.topology.gateway", "no revision or tag here is called default"),
        (IN_PLACE, "{revision: prod}", "spec.topology.gateway.revision", "no revision or tag here is called prod"),
        (
            IN_PLACE + namespace("istio-system", "istio-injection: disabled"),
            "{}",
            "metadata.labels.istio-injection",
            "decides about the gateway istio-eastwestgateway of Cluster/one",
        ),
        (
            istio("v1.30.3")
            + IN_PLACE.replace("name: default", "name: a")
            + namespace("istio-system", "istio.io/rev: a"),
            "{revision: default-v1-30-3}",
            'metadata.labels["istio.io/rev"]',
            "decides about the gateway istio-eastwestgateway of Cluster/one",
        ),
    ],
)
def test_a_gateway_that_nobody_injects_is_an_error(
    tmp_path: Path, text: str, gateway: str, path: str, message: str
) -> None:
    plan = mesh_plans(tmp_path, one=member(text, topology=f"{{gateway: {gateway}}}"))["one"]
    found = [one for one in plan.problems if one.code == "MR312"]
    assert [field_text(one.path) for one in found] == [path]
    assert message in found[0].message


def test_a_gateway_of_an_istiod_that_serves_another_cluster_is_an_error(tmp_path: Path) -> None:
    topology = external().spec["topology"].removesuffix("}") + ", gateway: {revision: external-istiod}}"
    plan = mesh_plans(tmp_path, ext=member(external().specs, topology=topology), cfg=CONFIG)["ext"]
    assert [one.code for one in plan.problems] == ["MR312"]
