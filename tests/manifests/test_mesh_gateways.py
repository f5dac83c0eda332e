"""What a MeshGateway becomes: the chart's objects, a Gateway, and a canary behind the same Service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.manifests.cluster import bundles
from render.manifests.mesh_gateways import canary_replicas
from tests.support.builders import istio, istio_revision, mesh_gateway
from tests.support.cluster_plan import plan

BASE = istio() + istio_revision("other", "v1.24.3")


def objects(gateway: str, **cluster: Any) -> dict[tuple[str, str], Any]:
    (bundle,) = [one for one in bundles(plan(BASE + gateway, **cluster)) if one.folder.startswith("gateways/")]
    return {(one.kind, one.name): json.loads(one.json) for one in bundle.manifests}


def test_the_chart_of_the_followed_release_makes_a_gateway_that_asks_for_it() -> None:
    made = objects(mesh_gateway("ingress", "other", namespace="edge"))
    deployment = made["Deployment", "ingress"]
    assert deployment["metadata"]["namespace"] == "edge"
    assert deployment["metadata"]["labels"]["app.kubernetes.io/version"] == "1.24.3"
    assert deployment["spec"]["template"]["metadata"]["labels"]["istio.io/rev"] == "other"


def test_the_service_of_a_gateway_finds_the_pods_of_its_canary_and_each_deployment_its_own() -> None:
    canary = "{follows: other, weight: 25}"
    made = objects(mesh_gateway("ingress", "default-v1-24-2", canary=canary, values="{autoscaling: {minReplicas: 6}}"))
    main, beside, service = (
        made["Deployment", "ingress"],
        made["Deployment", "ingress-canary"],
        made["Service", "ingress"],
    )
    labels = beside["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert labels["istio.io/rev"] == "other"
    assert beside["spec"]["replicas"] == 2
    assert "replicas" not in main["spec"], "the autoscaler's"
    assert (
        not beside["spec"]["selector"]["matchLabels"].items() <= main["spec"]["template"]["metadata"]["labels"].items()
    )
    assert beside["spec"]["template"]["spec"]["serviceAccountName"] == "ingress"
    alone = objects(mesh_gateway("ingress", "default-v1-24-2", values="{autoscaling: {minReplicas: 6}}"))
    assert {key: one for key, one in made.items() if key != ("Deployment", "ingress-canary")} == alone


@given(st.integers(1, 200), st.integers(1, 90))
def test_no_other_number_of_pods_is_nearer_to_the_weight_of_a_canary(main: int, weight: int) -> None:
    count = canary_replicas(main, weight)
    exact = main * weight / (100 - weight)
    assert count == 1 or abs(count - exact) <= 0.5


def test_a_gateway_of_the_gateway_api_is_one_object_with_the_label_that_chooses_its_istiod() -> None:
    spec = "{gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}"
    made = objects(mesh_gateway("ingress", "other", gateway=spec))
    assert made["Gateway", "ingress"]["metadata"]["labels"] == {"istio.io/rev": "other"}
    assert made["Gateway", "ingress"]["spec"]["listeners"][0]["port"] == 80
    assert len(made) == 1


@pytest.mark.parametrize("platform", ["openshift", "gke"])
def test_a_gateway_gets_the_platform_of_its_cluster(platform: str) -> None:
    made = objects(mesh_gateway("ingress", "other"), platform=platform)
    user = made["Deployment", "ingress"]["spec"]["template"]["spec"]["containers"][0]["securityContext"].get(
        "runAsUser"
    )
    assert user == (None if platform == "openshift" else 1337)
