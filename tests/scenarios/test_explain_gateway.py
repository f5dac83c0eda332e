"""What a person sees who asks who deploys a Gateway."""

from __future__ import annotations

import pytest

from tests.scenarios.test_explain import SPECS
from tests.support.fleet_repo import Done, FleetRepo

GATEWAYS = """\
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public, namespace: cart}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: inner
  namespace: cart
  labels:
    istio.io/rev: other
spec: {gatewayClassName: istio-waypoint}
"""
DEPLOYED = """\
Gateway public in namespace cart of cluster one is deployed by the istiod of revision default-v1-24-6 (Istio v1.24.6), \
from the template kube-gateway.

  gateway      class istio                                                                         \
overlays/one/specs.yaml:30:12
  rule         istio.io/rev=prod on the namespace decides, because the Gateway has no such label   \
overlays/one/specs.yaml:22:5
  tag          prod -> Istio/default                                                               \
overlays/one/specs.yaml:15:5
  revision     default-v1-24-6, of Istio/default
  version      v1.24.6 (v1.24-latest)                                                              \
overlays/one/specs.yaml:6:3
  template     kube-gateway
  deployment   public-istio
  service      public-istio, LoadBalancer
  account      public-istio
  image        docker.io/istio/proxyv2:1.24.6

(basis: files)
"""


def ask(repo: FleetRepo, name: str, *options: str, specs: str = SPECS + GATEWAYS, code: int = 0) -> Done:
    repo.cluster("one", specs)
    return repo.meshrev("explain", "--cluster", "one", "-n", "cart", "--gateway", name, *options, code=code)


def test_a_gateway_is_explained_down_to_its_image(repo: FleetRepo) -> None:
    assert ask(repo, "public").out == DEPLOYED


def test_programs_get_the_whole_answer(repo: FleetRepo) -> None:
    found = ask(repo, "public", "-o", "json").json
    assert found["deployed"] is True
    assert found["rule"]["label"] == "namespace"
    assert found["workload"] == {
        "template": "kube-gateway",
        "deployment": "public-istio",
        "service": {"name": "public-istio", "type": "LoadBalancer"},
        "serviceAccount": "public-istio",
        "image": "docker.io/istio/proxyv2:1.24.6",
    }


def test_a_label_that_nobody_serves_deploys_nothing(repo: FleetRepo) -> None:
    found = ask(repo, "inner", "-o", "json").json
    assert (found["deployed"], found["workload"], found["rule"]["line"]) == (False, None, 39)
    assert "there is no revision or tag other" in found["reason"]


def test_a_waypoint_is_deployed_by_an_istiod_of_the_ambient_mesh_alone(repo: FleetRepo) -> None:
    specs = (SPECS + GATEWAYS).replace("istio.io/rev: other", "istio.io/rev: prod")
    assert "PILOT_ENABLE_AMBIENT of its istiod is not on" in ask(repo, "inner", specs=specs).out
    ambient = specs.replace("version: v1.24-latest", "version: v1.24-latest\n  profile: ambient")
    found = ask(repo, "inner", "-o", "json", specs=ambient).json["workload"]
    assert (found["template"], found["deployment"], found["service"]["type"]) == ("waypoint", "inner", "ClusterIP")


def test_without_a_label_the_default_revision_deploys_it(repo: FleetRepo) -> None:
    unlabelled = (SPECS + GATEWAYS).replace("istio.io/rev: prod", "team: cart")
    assert "neither a revision nor a tag called default" in ask(repo, "public", specs=unlabelled).out
    found = ask(repo, "public", "-o", "json", specs=unlabelled.replace("name: prod", "name: default")).json
    assert (found["rule"]["label"], found["tag"]["name"], found["deployed"]) == (None, "default", True)


def test_what_is_laid_over_the_template_is_noted(repo: FleetRepo) -> None:
    own = "spec: {infrastructure: {parametersRef: {name: big}}, gatewayClassName: istio,"
    specs = (SPECS + GATEWAYS).replace("spec: {gatewayClassName: istio,", own)
    assert ask(repo, "public", "-o", "json", specs=specs).json["notes"] == []
    (note,) = ask(repo, "public", "-o", "json", specs=specs.replace("v1.24-latest", "v1.26-latest")).json["notes"]
    assert note == "ConfigMap big (spec.infrastructure.parametersRef) is laid over it"


def test_a_tag_gets_no_routes_from_an_istiod_before_1_24_3(repo: FleetRepo) -> None:
    (note,) = ask(repo, "public", "-o", "json", specs=(SPECS + GATEWAYS).replace("v1.24-latest", "v1.24.2")).json[
        "notes"
    ]
    assert "prod is a tag" in note


def test_an_old_istiod_deploys_unlabelled_gateways_beside_the_default_one(repo: FleetRepo) -> None:
    unlabelled = (SPECS + GATEWAYS).replace("istio.io/rev: prod", "team: cart").replace("name: prod", "name: default")
    old = "---\n" + SPECS.split("---")[0].replace("name: default", "name: old")
    for version, takes in (("v1.23.4", True), ("v1.23.5", False), ("v1.24.1", True), ("v1.24.2", False)):
        specs = unlabelled + old.replace("v1.24-latest", version)
        notes = ask(repo, "public", "-o", "json", specs=specs).json["notes"]
        assert [f"old-{version.replace('.', '-')} does it too" in note for note in notes] == [True] * takes


def test_an_istiod_of_another_cluster_deploys_what_its_own_api_server_has(repo: FleetRepo) -> None:
    istio, _tag, *rest = (
        (SPECS + GATEWAYS).replace("istio.io/rev: prod", "istio.io/rev: default-v1-24-6").split("---\n")
    )
    specs = "---\n".join((f"{istio}  profile: remote\n", *rest))
    notes = ask(repo, "public", "-o", "json", specs=specs).json["notes"]
    assert any("an istiod of another cluster serves" in note for note in notes)


@pytest.mark.parametrize("spec", ["spec: {}", "spec: null", "spec: {gatewayClassName: [istio]}", "kept: 1"])
def test_a_gateway_without_a_class_is_deployed_by_nobody(repo: FleetRepo, spec: str) -> None:
    specs = SPECS + GATEWAYS.replace("spec: {gatewayClassName: istio-waypoint}", spec).replace("other", "prod")
    found = ask(repo, "inner", "-o", "json", specs=specs).json
    assert "none of Istio's" in found["reason"]


def test_a_gateway_that_is_not_there_is_told_with_the_nearest(repo: FleetRepo) -> None:
    assert "did you mean public?" in ask(repo, "pubilc", code=2).err


def test_labels_of_a_pod_are_refused_beside_a_gateway(repo: FleetRepo) -> None:
    assert "--gateway goes without" in ask(repo, "public", "--pod-labels", "a=b", code=2).err
