"""Who deploys a Gateway and what it makes of it: against what Istio's own controller wrote for the same Gateways."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from render.plan.gateways import GatewayController, GatewayOwner, gateway_controller, gateway_owner, gateway_workload
from render.specs.releases import Release, parse
from tests.support.cases import gateway_cases

Json = dict[str, Any]
REVISION = "istio.io/rev"
LATEST = Release(1, 31, 0)


def gateway(class_name: str = "istio", annotations: Json | None = None) -> Json:
    return {"metadata": {"name": "edge", "annotations": annotations or {}}, "spec": {"gatewayClassName": class_name}}


def computed(**switches: str) -> Json:
    return {"pilot": {"env": switches}, "global": {"hub": "docker.io/istio", "tag": "1.31.0"}}


def controller(of: Json, release: Release = LATEST, *classes: Json, **switches: str) -> GatewayController | str:
    return gateway_controller(of, classes, release, computed(**switches))


def image(of: Json, values: Json) -> str:
    known = controller(of)
    assert isinstance(known, GatewayController)
    return gateway_workload(of, known, values).image


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in gateway_cases()])
def test_a_workload_is_the_one_that_istio_makes(case: Json) -> None:
    asked = case["input"]
    wanted = {each["kind"]: each for each in yaml.safe_load_all(case["expected"]["text"]) if each}
    values = yaml.safe_load(asked["values"]) | {"meshConfig": asked.get("meshConfig") or {}}
    values["pilot"] = {"env": variables(asked["features"])}
    classes = [each for each in asked["objects"] if each["kind"] == "GatewayClass"]
    of = asked["gateway"]
    known = gateway_controller(of, classes, parse(asked["istio"].partition("-")[0]), values)
    if "Deployment" not in wanted:
        assert isinstance(known, str) or is_refused(asked)
        return
    assert isinstance(known, GatewayController)
    found = gateway_workload(of, known, values)
    pod = wanted["Deployment"]["spec"]["template"]["spec"]
    assert found.deployment == wanted["Deployment"]["metadata"]["name"] == wanted["Service"]["metadata"]["name"]
    if not is_overlaid(asked):
        account = wanted.get("ServiceAccount", {}).get("metadata", {}).get("name", pod["serviceAccountName"])
        assert found.service_account == pod["serviceAccountName"] == account
        assert found.service_type == wanted["Service"]["spec"]["type"]
        assert has_own_image_type(asked) or found.image == pod["containers"][0]["image"]


def variables(features: Json) -> dict[str, str]:
    """The variables that give istiod these features. A case can switch on waypoints alone, which a variable cannot."""
    ambient = any(features.get(name) for name in ("PILOT_ENABLE_AMBIENT", "PILOT_ENABLE_AMBIENT_WAYPOINTS"))
    return {name: str(value) for name, value in (features | {"PILOT_ENABLE_AMBIENT": ambient}).items()}


def is_overlaid(asked: Json) -> bool:
    """A ConfigMap is laid over what the template makes."""
    return any(each["kind"] == "ConfigMap" for each in asked["objects"])


def is_refused(asked: Json) -> bool:
    """An overlay that istiod refuses, or an object of somebody else that stands in the way."""
    infrastructure = asked["gateway"]["spec"].get("infrastructure") or {}
    return "parametersRef" in infrastructure or bool(asked["objects"])


def has_own_image_type(asked: Json) -> bool:
    return any("image" in each["spec"] for each in asked["proxyConfigs"])


@pytest.mark.parametrize(
    ("own", "of_namespace", "wanted"),
    [
        ({REVISION: "canary"}, {REVISION: "prod"}, GatewayOwner("canary", "gateway")),
        ({}, {REVISION: "prod"}, GatewayOwner("prod", "namespace")),
        ({REVISION: ""}, {REVISION: "prod"}, GatewayOwner("default", "gateway")),
        ({}, {}, GatewayOwner("default", None)),
        ({}, {REVISION: ""}, GatewayOwner("default", None)),
    ],
)
def test_the_label_of_a_gateway_beats_its_namespace(own: Json, of_namespace: Json, wanted: GatewayOwner) -> None:
    assert gateway_owner(own, of_namespace) == wanted


def test_istio_injection_does_not_count_for_gateways() -> None:
    labels = {"istio-injection": "enabled", REVISION: "prod"}
    assert gateway_owner({}, labels) == GatewayOwner("prod", "namespace")


@pytest.mark.parametrize(
    ("class_name", "minor", "switches"),
    [
        ("istio-waypoint", 23, {"PILOT_ENABLE_AMBIENT": "true"}),
        ("istio-east-west", 27, {"PILOT_ENABLE_AMBIENT": "true", "AMBIENT_ENABLE_MULTI_NETWORK": "true"}),
        ("istio-agentgateway", 29, {"PILOT_ENABLE_AGENTGATEWAY": "true"}),
        ("istio-agentgateway-waypoint", 31, {"PILOT_ENABLE_AMBIENT": "true", "PILOT_ENABLE_AGENTGATEWAY": "true"}),
    ],
)
def test_a_class_needs_its_release_and_each_of_its_switches(class_name: str, minor: int, switches: Json) -> None:
    asked, release = gateway(class_name), Release(1, minor, 0)
    assert isinstance(controller(asked, release, **switches), GatewayController)
    for name in switches:
        refusal = controller(asked, release, **(switches | {name: "false"}))
        assert isinstance(refusal, str)
        assert name in refusal
    if minor > 23:
        assert "came with" in str(controller(asked, Release(1, minor - 1, 9), **switches))


def test_waypoints_can_be_switched_off_alone() -> None:
    switches = {"PILOT_ENABLE_AMBIENT": "true", "PILOT_ENABLE_AMBIENT_WAYPOINTS": "false"}
    assert "PILOT_ENABLE_AMBIENT_WAYPOINTS" in str(controller(gateway("istio-waypoint"), **switches))


@pytest.mark.parametrize("name", ["PILOT_ENABLE_GATEWAY_API", "PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER"])
def test_nothing_is_deployed_where_istiod_leaves_gateways_alone(name: str) -> None:
    assert name in str(controller(gateway(), **{name: "false"}))


def test_a_gateway_class_of_any_name_behaves_as_its_controller() -> None:
    own = {"metadata": {"name": "edge"}, "spec": {"controllerName": "istio.io/gateway-controller"}}
    asked = gateway("edge")
    known = controller(asked, LATEST, own)
    assert isinstance(known, GatewayController)
    assert gateway_workload(asked, known, computed()).deployment == "edge-edge"
    assert "none of Istio's" in str(controller(asked))


def test_the_default_class_and_controller_of_istiod_can_have_other_names() -> None:
    names = {"PILOT_GATEWAY_API_DEFAULT_GATEWAYCLASS_NAME": "own", "PILOT_GATEWAY_API_CONTROLLER_NAME": "own.io/c"}
    assert isinstance(controller(gateway("own"), **names), GatewayController)
    assert isinstance(controller(gateway("istio"), **names), str)


@pytest.mark.parametrize(
    "addresses", [[{"type": "Hostname", "value": "a"}], [{"value": "10.0.0.1"}, {"value": "10.0.0.2"}]]
)
def test_a_gateway_that_stands_for_a_service_is_left_alone(addresses: list[Json]) -> None:
    asked = gateway()
    asked["spec"]["addresses"] = addresses
    assert isinstance(controller(asked), str)
    assert isinstance(controller(asked, ENABLE_GATEWAY_API_MANUAL_DEPLOYMENT="false"), GatewayController)


def test_one_address_is_an_ip_address_where_it_has_no_type() -> None:
    asked = gateway()
    for address in ({"value": "10.0.0.1"}, {"type": None, "value": "10.0.0.1"}, {"type": "IPAddress"}):
        asked["spec"]["addresses"] = [address]
        assert isinstance(controller(asked), GatewayController)


@pytest.mark.parametrize(("version", "is_deployed"), [("5", True), ("4", True), ("6", False), ("new", False)])
def test_a_gateway_of_a_newer_istiod_is_left_alone(version: str, is_deployed: bool) -> None:
    found = controller(gateway(annotations={"gateway.istio.io/controller-version": version}))
    assert isinstance(found, GatewayController) is is_deployed


@pytest.mark.parametrize(
    ("tag", "image_type", "wanted"),
    [
        ("1.31.0", "", "1.31.0"),
        ("1.31.0", "distroless", "1.31.0-distroless"),
        ("1.31.0-debug", "distroless", "1.31.0-distroless"),
        ("1.31.0-distroless", "default", "1.31.0"),
    ],
)
def test_an_image_type_takes_the_place_of_the_one_in_the_tag(tag: str, image_type: str, wanted: str) -> None:
    values = {"global": {"hub": "h", "tag": tag, "variant": image_type}}
    assert image(gateway(), values) == f"h/proxyv2:{wanted}"
