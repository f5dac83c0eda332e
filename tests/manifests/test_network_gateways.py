"""What the gateway of a topology exposes: which istiod is behind which name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.plan.topology.test_values import CONFIG, external
from tests.support.builders import istio, tag
from tests.support.fleets.mesh import member, mesh_plans, objects


def routes(made: dict[str, Any], name: str) -> list[tuple[int, list[str], str, int]]:
    """Returns the routes of a VirtualService that passes TLS through: port, names, and where it leads."""
    found = []
    for one in made[f"VirtualService/{name}"]["spec"]["tls"]:
        (match,), (route,) = one["match"], one["route"]
        there = route["destination"]
        found.append((match["port"], match["sniHosts"], there["host"], there["port"]["number"]))
    return found


def test_one_istiod_is_behind_every_name(tmp_path: Path) -> None:
    plan = mesh_plans(tmp_path, one=member(topology="{address: 203.0.113.7}"))["one"]
    host = "istiod.istio-system.svc.cluster.local"
    made = objects(plan)
    assert routes(made, "istiod-vs") == [(15012, ["*"], host, 15012), (15017, ["*"], host, 443)]
    servers = made["Gateway/istiod-gateway"]["spec"]["servers"]
    assert [(one["port"]["number"], one["tls"]["mode"]) for one in servers] == [
        (15012, "PASSTHROUGH"),
        (15017, "PASSTHROUGH"),
    ]


def test_of_several_istiods_each_is_behind_its_own_name_and_the_default_behind_all_others(tmp_path: Path) -> None:
    text = istio("v1.30.3", name="a") + istio("v1.29.6", name="b") + tag("default", "b")
    plan = mesh_plans(tmp_path, one=member(text, topology="{address: 203.0.113.7}"))["one"]
    a, b = "istiod-a-v1-30-3.istio-system.svc", "istiod-b-v1-29-6.istio-system.svc"
    assert routes(objects(plan), "istiod-vs") == [
        (15012, [a], f"{a}.cluster.local", 15012),
        (15012, ["*"], f"{b}.cluster.local", 15012),
        (15017, [a], f"{a}.cluster.local", 443),
        (15017, ["*"], f"{b}.cluster.local", 443),
    ]


def test_a_domain_of_the_cluster_is_that_of_the_values(tmp_path: Path) -> None:
    text = istio("v1.30.3", strategy="InPlace", values="{global: {proxy: {clusterDomain: example.local}}}")
    plan = mesh_plans(tmp_path, one=member(text, topology="{address: 203.0.113.7}"))["one"]
    assert {host for _, _, host, _ in routes(objects(plan), "istiod-vs")} == {"istiod.istio-system.svc.example.local"}


def test_with_a_certificate_the_gateway_serves_tls_for_the_address_alone(tmp_path: Path) -> None:
    made = objects(mesh_plans(tmp_path, ext=external("myhost.example.com", "myhost-tls"), cfg=CONFIG)["ext"])
    for server in made["Gateway/external-istiod-gw"]["spec"]["servers"]:
        assert server["tls"] == {"mode": "SIMPLE", "credentialName": "myhost-tls"}
        assert server["hosts"] == ["myhost.example.com"]
    service = made["VirtualService/external-istiod-vs"]["spec"]
    host = "istiod-external-istiod.external-istiod.svc.cluster.local"
    assert (service["hosts"], service["gateways"]) == (["myhost.example.com"], ["external-istiod-gw"])
    assert [(one["match"][0]["port"], one["route"][0]["destination"]) for one in service["http"]] == [
        (15012, {"host": host, "port": {"number": 15012}}),
        (15017, {"host": host, "port": {"number": 443}}),
    ]
    rule = made["DestinationRule/external-istiod-dr"]["spec"]
    assert rule["host"] == host
    settings = rule["trafficPolicy"]["portLevelSettings"]
    assert [(one["port"]["number"], one["tls"]["mode"]) for one in settings] == [(15012, "SIMPLE"), (443, "SIMPLE")]
    assert settings[0]["connectionPool"] == {"http": {"h2UpgradePolicy": "UPGRADE"}}


def test_two_external_istiods_have_an_address_each(tmp_path: Path) -> None:
    serves = (
        "serves: [{istio: external-istiod, configCluster: cfg},"
        " {istio: other, configCluster: cfg, address: other.example.com, certificate: other-tls}]"
    )
    text = external().specs + istio("v1.30.3", "other", "InPlace", namespace="other")
    topology = f"{{role: external, address: a.example.com, {serves}}}"
    made = objects(mesh_plans(tmp_path, ext=member(text, topology=topology), cfg=CONFIG)["ext"])
    assert made["Gateway/other-gw"]["spec"]["servers"][0]["hosts"] == ["other.example.com"]
    assert made["Gateway/external-istiod-gw"]["spec"]["servers"][0]["tls"] == {"mode": "PASSTHROUGH"}
    assert "Deployment/istio-ingressgateway" not in made
