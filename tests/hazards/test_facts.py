"""What hazards ask of a revision or a node agent is what status and lint say of it."""

from __future__ import annotations

from typing import Any

import pytest

from render.hazards.data import every_hazard
from render.hazards.detect import detect
from render.hazards.facts import Facts, facts
from render.hazards.upgrades import crossings
from tests.support.builders import document, istio, node_agent
from tests.support.cluster_plan import inventory_of, plan

OFF = "{pilot: {env: {PILOT_ENABLE_AMBIENT: 'false'}}}"


def known(start: str = "v1.26.4", target: str = "v1.27.3", more: str = "", **spec: str) -> Facts:
    before = inventory_of(plan(istio(start) + more))
    planned = plan(istio(target, **spec) + more, before)
    return facts(planned, crossings(planned, before)[0])


def control_plane(name: str, **spec: str) -> Any:
    return known(**spec).roots["controlPlane"][0][name]


@pytest.mark.parametrize(
    ("spec", "ambient"),
    [
        ({"profile": "ambient"}, True),
        ({"profile": "openshift-ambient"}, True),
        ({"profile": "ambient", "values": OFF}, False),
        ({"values": "{pilot: {env: {PILOT_ENABLE_AMBIENT: true}}}"}, True),
        ({"values": "{profile: demo}", "profile": "ambient"}, False),
        ({}, False),
    ],
)
def test_a_control_plane_is_ambient_by_the_variable_that_istiod_is_given(spec: dict[str, str], ambient: bool) -> None:
    assert control_plane("ambient", **spec) is ambient


def test_a_profile_or_a_platform_leaves_redirection_to_the_node_agent() -> None:
    assert control_plane("cni", profile="openshift")
    assert control_plane("cni", values="{pilot: {cni: {enabled: true}}}")
    assert not control_plane("cni", profile="openshift", values="{pilot: {cni: {enabled: false}}}")


def test_a_control_plane_is_remote_by_its_profile_or_by_what_that_sets() -> None:
    assert control_plane("remote", profile="remote")
    assert control_plane("remote", values="{istiodRemote: {enabled: true}}")
    assert not control_plane("remote")


def test_a_node_agent_serves_ambient_by_what_its_chart_computes() -> None:
    def serves(**spec: str) -> Any:
        return known(more=node_agent("IstioCNI", "v1.26.4", **spec)).roots["cni"][0]["ambient"]

    assert serves(profile="openshift-ambient")
    assert not serves(profile="ambient", values="{cni: {ambient: {enabled: false}}}")
    assert not serves()


def test_what_a_release_refuses_is_taken_as_the_specs_say_it() -> None:
    """Its refusal is told by others, and by a hazard of its own."""
    assert not known("v1.23.4", "v1.24.2", values="{profile: openshift}").roots["controlPlane"][0]["ambient"]


def test_an_ambient_that_is_switched_off_again_meets_no_hazard_of_ambient() -> None:
    secret = document(
        "external-secrets.io/v1",
        "ExternalSecret",
        "remote-eu",
        namespace="istio-system",
        spec='{target: {template: {metadata: {labels: {istio/multiCluster: "true"}}}}}',
    )

    def met(**spec: str) -> list[str]:
        asked = [one for one in every_hazard() if one.id == "remote-cache-leak"]
        return [one.hazard.id for one in detect(asked, known("v1.30.3", "v1.31.0", secret, **spec))]

    assert met(profile="ambient") == ["remote-cache-leak"]
    assert met(profile="ambient", values=OFF) == []


def test_the_place_of_a_fact_is_the_value_that_says_it() -> None:
    told = known(profile="ambient", values="{pilot: {env: {PILOT_ENABLE_AMBIENT: 'true'}}}")
    assert told.place(("controlPlane", "ambient"), None).path[-1] == "PILOT_ENABLE_AMBIENT"
    assert known(profile="ambient").place(("controlPlane", "ambient"), None).path == ("spec", "profile")
    assert known().place(("controlPlane", "cni"), None).path == ("spec", "version")


def test_classes_of_gateways_are_istios_by_their_name_or_by_their_controller() -> None:
    def gateway_class(name: str, controller: str) -> str:
        return document("gateway.networking.k8s.io/v1", "GatewayClass", name, spec=f"{{controllerName: {controller}}}")

    own, other = gateway_class("edge", "istio.io/gateway-controller"), gateway_class("istio", "example.com/gateways")
    classes = known(more=own + other).roots["mesh"][0]["gatewayClasses"]
    assert "edge" in classes
    assert "istio" not in classes
    assert {"istio-waypoint", "istio-remote", "istio-agentgateway"} <= {*classes}
