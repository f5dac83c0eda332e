"""The wiring of a cluster from its objects: each end of what a ztunnel asks is found or missing."""

from __future__ import annotations

from typing import Any

import pytest

from render.plan.wiring import Wiring, cluster_wiring

ADDRESS = "istiod.istio-system.svc:15012"


def workload(kind: str, namespace: str, argument: str, *env: dict[str, Any]) -> dict[str, Any]:
    container = {"args": ["proxy", argument] if kind == "DaemonSet" else [argument], "env": list(env)}
    pod = {"serviceAccountName": argument, "containers": [{"name": "first"}, container]}
    template = {"metadata": {"labels": {"app": argument}}, "spec": pod}
    return {"kind": kind, "metadata": {"name": argument, "namespace": namespace}, "spec": {"template": template}}


def istiod(*env: dict[str, Any]) -> dict[str, Any]:
    return workload("Deployment", "istio-system", "discovery", *env)


def ztunnel(address: str = ADDRESS, *env: dict[str, Any]) -> dict[str, Any]:
    return workload("DaemonSet", "ztunnel", "ztunnel", said("CA_ADDRESS", address), *env)


def service(**spec: Any) -> dict[str, Any]:
    return {"kind": "Service", "metadata": {"name": "istiod", "namespace": "istio-system"}, "spec": spec}


def said(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": value}


FOUND = service(selector={"app": "discovery"})


def asked(*objects: dict[str, Any]) -> tuple[bool, int]:
    """Whether the Service that the ztunnel asks is there, and how many istiods are behind it."""
    (proxy,) = cluster_wiring(objects).node_proxies
    (request,) = proxy.requests
    return request.found, len(request.control_planes)


def test_a_service_leads_to_the_istiods_that_its_selector_matches() -> None:
    assert asked(ztunnel(), FOUND, istiod()) == (True, 1)
    assert asked(ztunnel(), service(selector={"app": "other"}), istiod()) == (True, 0)


def test_a_service_without_a_selector_leads_to_no_istiod_of_the_cluster() -> None:
    assert asked(ztunnel(), service(type="ExternalName", externalName="istiod.example.com"), istiod()) == (True, 0)


def test_a_service_that_is_not_there_is_missing() -> None:
    assert asked(ztunnel(), istiod()) == (False, 0)


@pytest.mark.parametrize("address", ["https://" + ADDRESS, "istiod.istio-system.svc.cluster.local:15012", ADDRESS])
def test_an_address_names_its_service_however_it_is_written(address: str) -> None:
    assert asked(ztunnel(address), FOUND, istiod()) == (True, 1)


@pytest.mark.parametrize("address", ["istiod.example.com:15012", "10.0.0.1:15012"])
def test_an_address_outside_of_the_cluster_names_no_service(address: str) -> None:
    (proxy,) = cluster_wiring([ztunnel(address), FOUND, istiod()]).node_proxies
    assert proxy.requests[0].service is None


def test_of_a_variable_that_is_there_twice_the_last_counts() -> None:
    (plane,) = cluster_wiring([istiod(said("CLUSTER_ID", "east"), said("CLUSTER_ID", "west"))]).control_planes
    assert plane.cluster == "west"


def test_a_value_that_is_not_in_the_object_is_not_known() -> None:
    elsewhere = {"name": "CLUSTER_ID", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "y"}}}
    trusted = said("CA_TRUSTED_NODE_ACCOUNTS", "$(NAMESPACE)/ztunnel")
    (plane,) = cluster_wiring([istiod(elsewhere, trusted)]).control_planes
    assert (plane.cluster, plane.trusted) == (None, None)


def test_an_istiod_that_knows_other_names_of_its_cluster_has_no_single_one() -> None:
    deployment = istiod(said("CLUSTER_ID", "east"))
    container = deployment["spec"]["template"]["spec"]["containers"][1]
    container["args"].append("--clusterAliases=west=east")
    (plane,) = cluster_wiring([deployment]).control_planes
    assert plane.cluster is None


def test_an_account_is_that_of_the_pods() -> None:
    (proxy,) = cluster_wiring([ztunnel()]).node_proxies
    assert proxy.account == "ztunnel/ztunnel"


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet", "Service"])
@pytest.mark.parametrize(
    "spec",
    ["x", {"template": "x"}, {"template": {"spec": {"containers": ["x", None, {"args": "x"}]}}}, {"selector": "x"}],
)
def test_an_object_that_no_api_server_takes_is_passed_over(kind: str, spec: Any) -> None:
    odd = {"kind": kind, "metadata": {"name": "odd"}, "spec": spec}
    assert cluster_wiring([odd]) == Wiring()
