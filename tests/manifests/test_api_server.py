"""Objects that an API server refuses, told of at the specs."""

from __future__ import annotations

import json

import pytest

from render.kubernetes.check import refusals
from render.manifests.api_server import api_server_problems
from render.manifests.builtin import render_json
from render.manifests.cluster import bundles
from render.manifests.server_side_apply import appliable_object
from render.operations.template.run import INSTALLED
from render.specs import releases
from tests.support.builders import document, istio, node_agent, tag
from tests.support.cluster_plan import plan
from tests.support.value_sets import value_sets


def said(text: str) -> dict[str, str]:
    planned = plan(text)
    found = api_server_problems(planned, bundles(planned))
    return {f"{one.resource.title}: {'.'.join(map(str, one.path))}": one.message for one in found if one.resource}


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ("{pilot: {cpu: {targetAverageUtilization: 0}}}", "pilot.cpu.targetAverageUtilization"),
        ("{pilot: {podLabels: {a: x y}}}", "pilot.podLabels.a"),
        ("{pilot: {tolerations: [{operator: Exists, value: b}]}}", "pilot.tolerations.0.value"),
        ("{pilot: {affinity: {podAntiAffinty: {}}}}", "pilot.affinity.podAntiAffinty"),
        ("{pilot: {resources: {requests: {memory: '-1'}}}}", "pilot.resources.requests.memory"),
        ("{pilot: {resources: {requests: {cpu: 2}, limits: {cpu: 1}}}}", "pilot.resources.requests.cpu"),
        ("{pilot: {initContainers: [{name: x}]}}", "pilot.initContainers.0.image"),
        ("{pilot: {volumes: [{name: local-certs, configMap: {name: c}}]}}", "pilot.volumes.0"),
        ("{global: {priorityClassName: Not Valid}}", "global.priorityClassName"),
        # What is refused depends on another field, which the values have.
        ("{pilot: {autoscaleMin: 6}}", "pilot.autoscaleMin"),
        ("{pilot: {resources: {limits: {memory: 100m}}}}", "pilot.resources.limits.memory"),
        ("{pilot: {resources: {requests: {example.com/a: '1'}}}}", "pilot.resources.requests.example.com/a"),
        ("{pilot: {rollingMaxSurge: 0, rollingMaxUnavailable: '0%'}}", "pilot.rollingMaxUnavailable"),
        # The object has it in another form, or not at all.
        ("{pilot: {autoscaleMax: 2147483648}}", "pilot.autoscaleMax"),
        ("{pilot: {env: {A=B: x}}}", "pilot.env.A=B"),
        ("{pilot: {env: {'': x}}}", "pilot.env"),
        ("{pilot: {tolerations: [null]}}", "pilot.tolerations"),
        ('{pilot: {podLabels: {a: "x y "}}}', "pilot.podLabels.a"),
    ],
)
def test_a_field_is_led_back_to_the_value_that_it_comes_from(values: str, path: str) -> None:
    assert list(said(istio("v1.30.3", values=values))) == [f"Istio/default: spec.values.{path}"]


def test_the_message_names_the_object_and_its_field() -> None:
    found = said(istio("v1.30.3", strategy="InPlace", values="{pilot: {rollingMaxSurge: abc}}"))
    assert found["Istio/default: spec.values.pilot.rollingMaxSurge"] == (
        "an API server would refuse Deployment istiod: spec.strategy.rollingUpdate.maxSurge: "
        "is abc: expected a whole number, or one with '%'"
    )


def test_the_service_of_a_tag_leaves_43_characters_for_its_name() -> None:
    assert list(said(istio("v1.30.3") + tag("t" * 43))) == []
    assert list(said(istio("v1.30.3") + tag("t" * 44))) == [f"IstioRevisionTag/{'t' * 44}: metadata.name"]


def test_a_node_agents_value_is_said_at_the_node_agent() -> None:
    text = istio("v1.30.3", profile="ambient") + node_agent(
        "ZTunnel", "v1.30.3", values="{ztunnel: {podLabels: {app: x}}}"
    )
    assert list(said(text)) == ["ZTunnel/default: spec.values.ztunnel.podLabels.app"]


def test_an_object_of_the_overlay_is_said_at_its_own_field() -> None:
    text = istio("v1.30.3") + document("v1", "ConfigMap", "c", data="{a: 1}")
    assert said(text) == {
        "ConfigMap/c: data.a": "is the number 1, which is no text: write it in quotes "
        "(an API server would refuse the object)"
    }


@pytest.mark.parametrize("minor", releases.minors())
def test_nothing_is_refused_that_the_charts_make_of_usual_values(minor: str) -> None:
    """But for a Service of Istio's older gateways that has ranges of sources and is no LoadBalancer: a server of 1.34
    refuses it too."""
    version = releases.resolve(f"v{minor}-latest").removeprefix("v")
    refused = {}
    for component in INSTALLED:
        for given in value_sets(component, minor):
            for text in render_json(component, version, given.release, given.namespace, given.values):
                for refusal in refusals(json.loads(appliable_object(text).json)):
                    refused[f"{component} {given.name}: {refusal.path}"] = refusal.message
    assert [one for one in refused if "loadBalancerSourceRanges" not in one] == []
