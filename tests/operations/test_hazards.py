"""`meshrev hazards`, as a person runs it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.builders import fleet_file, istio
from tests.support.fleet_repo import FleetRepo, fleet_repo

SPECS = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {name: default}
spec:
  version: VERSION
  updateStrategy: {type: STRATEGY}
---
apiVersion: sailoperator.io/v1
kind: IstioCNI
metadata: {name: default}
spec:
  version: AGENT
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: public
  namespace: infra
spec: {gatewayClassName: istio, listeners: []}
"""


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    return fleet_repo(tmp_path)


def specs(version: str, cni: str, strategy: str = "RevisionBased") -> str:
    return SPECS.replace("VERSION", version).replace("AGENT", cni).replace("STRATEGY", strategy)


def test_a_move_is_listed_without_a_fleet(repo: FleetRepo) -> None:
    (repo.root / "meshrev.yaml").unlink()
    listed = repo.meshrev("hazards", "--from", "1.23.4", "--to", "v1.24.0", "--output", "json").json
    assert (listed["from"], listed["to"]) == ("v1.23.4", "v1.24.0")
    [decode] = [one for one in listed["hazards"] if one["id"] == "gatewayclass-features-decode"]
    assert (decode["severity"], decode["meeting"], decode["fixed"]) == ("outage", "comes with", ["v1.24.1"])
    text = repo.meshrev("hazards", "--from", "1.23.4", "--to", "v1.24.0").out
    assert text.splitlines()[0].split() == ["SEVERITY", "HAZARD", "THE", "MOVE", "TITLE"]
    assert len(text.splitlines()) == len(listed["hazards"]) + 1


def test_an_upgrade_is_shown_with_the_line_that_meets_a_hazard_until_the_old_revision_is_gone(repo: FleetRepo) -> None:
    repo.cluster("prod", specs("v1.24.2", "v1.24.2"))
    repo.meshrev("render")
    assert "no upgrade is under way" in repo.meshrev("hazards").out
    repo.cluster("prod", specs("v1.25.1", "v1.24.2"))
    text = repo.meshrev("hazards").out
    assert "prod: Istio/default v1.24.2 -> v1.25.1\n" in text
    assert "outage gateway-without-owner: " in text
    assert "overlays/prod/specs.yaml:17:3: Gateway/infra/public: metadata.name\n" in text
    assert "    first: Label every Gateway" in text
    repo.meshrev("render")
    assert repo.meshrev("hazards").out == text


def test_a_node_agent_is_compared_with_what_the_tree_has(repo: FleetRepo) -> None:
    repo.cluster("prod", specs("v1.24.2", "v1.23.4"))
    repo.meshrev("render")
    repo.cluster("prod", specs("v1.24.2", "v1.24.1"))
    [crossing] = repo.meshrev("hazards", "--output", "json").json["clusters"][0]["crossings"]
    assert crossing["title"] == "IstioCNI v1.23.4 -> v1.24.1"
    places = {one["id"]: (one["file"], one["line"], one["object"]) for one in crossing["met"]}
    assert places["cni-less-privileged"] == ("overlays/prod/specs.yaml", 12, "IstioCNI/default")
    assert "gateway-without-owner" not in places


def test_a_change_in_place_is_over_with_the_render(repo: FleetRepo) -> None:
    repo.cluster("prod", specs("v1.24.2", "v1.24.2", "InPlace"))
    repo.meshrev("render")
    repo.cluster("prod", specs("v1.24.4", "v1.24.2", "InPlace"))
    [crossing] = repo.meshrev("hazards", "--output", "json").json["clusters"][0]["crossings"]
    assert (crossing["from"], crossing["to"], crossing["before"], crossing["revision"]) == (
        "v1.24.2",
        "v1.24.4",
        "default",
        "default",
    )
    repo.meshrev("render")
    assert repo.meshrev("hazards", "--output", "json").json["clusters"][0]["crossings"] == []


def test_a_move_can_be_tried_on_a_cluster_before_it_is_made(repo: FleetRepo) -> None:
    repo.cluster("prod", specs("v1.24.2", "v1.24.2"))
    repo.cluster("other", specs("v1.24.2", "v1.24.2"))
    tried = repo.meshrev("hazards", "--from", "1.24.2", "--to", "1.26.0", "--cluster", "prod", "-o", "json").json
    [cluster] = tried["clusters"]
    assert cluster["name"] == "prod"
    ids = {one["id"] for one in cluster["crossings"][0]["met"]}
    assert {"cni-blocks-own-upgrade", "gateway-without-owner"} <= ids
    assert {one["id"] for one in cluster["crossings"][0]["questions"]}.isdisjoint(ids)
    assert "route-status-fight" in cluster["crossings"][0]["elsewhere"]["HTTPRoute.gateway.networking.k8s.io"]


def test_clusters_that_are_alike_are_shown_once(repo: FleetRepo) -> None:
    shared = {"a": specs("v1.24.2", "v1.24.2"), "b": specs("v1.24.2", "v1.24.2")}
    for name, text in shared.items():
        repo.cluster(name, text.split("---\napiVersion: gateway")[0])
    text = repo.meshrev("hazards", "--from", "1.24.2", "--to", "1.25.0", "--cluster", "a", "--cluster", "b").out
    assert text.count("Istio/default v1.24.2 -> v1.25.0") == 2  # their places are in different files
    repo.write("base/kustomization.yaml", "resources: [specs.yaml]\n")
    repo.write("base/specs.yaml", shared["a"])
    for name in shared:
        repo.write(f"overlays/{name}/kustomization.yaml", "resources: [../../base]\n")
    text = repo.meshrev("hazards", "--from", "1.24.2", "--to", "1.25.0", "--cluster", "a", "--cluster", "b").out
    assert text.startswith("a, b: Istio/default v1.24.2 -> v1.25.0\n")


def test_a_release_that_is_not_known_is_refused_with_the_nearest(repo: FleetRepo) -> None:
    refused = repo.meshrev("hazards", "--from", "1.24.2", "--to", "1.24.99", code=2)
    assert refused.err == "--to: v1.24.99 is not known (did you mean v1.24.6?)\n"
    assert "belong together" in repo.meshrev("hazards", "--to", "1.24.3", code=2).err


def test_a_move_to_the_next_minor_is_known_before_its_charts_are(repo: FleetRepo) -> None:
    listed = repo.meshrev("hazards", "--from", "1.31.4", "--to", "1.32.0", "--output", "json").json
    assert listed["to"] == "v1.32.0"
    assert "gomaxprocs-gone" in {one["id"] for one in listed["hazards"]}
    assert "did you mean v1.31.4?" in repo.meshrev("hazards", "--from", "1.31.4", "--to", "1.33.0", code=2).err


DEFINITIONS = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gateways.networking.istio.io}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: tcproutes.gateway.networking.k8s.io
  annotations:
    gateway.networking.k8s.io/bundle-version: BUNDLE
    gateway.networking.k8s.io/channel: standard
"""


@pytest.mark.parametrize(("bundle", "met"), [("v1.5.1", False), ("v1.6.0", True)])
def test_definitions_of_the_gateway_api_in_the_vendored_file_count(repo: FleetRepo, bundle: str, met: bool) -> None:
    text = DEFINITIONS.replace("BUNDLE", bundle)
    repo.write("crds/istio-1.31.4.yaml", text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    repo.write("meshrev.yaml", fleet_file(crds=f"{{path: crds/istio-1.31.4.yaml, sha256: {digest}}}"))
    alpha = '{pilot: {env: {PILOT_ENABLE_ALPHA_GATEWAY_API: "true"}}}'
    repo.cluster("prod", istio("v1.30.3", strategy="InPlace", values=alpha))
    repo.meshrev("render")
    repo.cluster("prod", istio("v1.31.0", strategy="InPlace", values=alpha))
    found = repo.meshrev("hazards", "--output", "json").json["clusters"][0]["crossings"][0]["met"]
    assert ("gateway-api-1-6-standard-and-alpha" in {one["id"] for one in found}) is met
    lint = repo.meshrev("lint", "--output", "json", code=1).json["findings"]
    assert any("gateway-api-1-6-standard-and-alpha" in one["message"] for one in lint) is met
