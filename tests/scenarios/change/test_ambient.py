"""Namespaces that go from sidecars to the ambient mesh and back, a commit a step, with every policy enforced."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.support.builders import document, istio, namespace, node_agent
from tests.support.fleet_repo import FleetRepo

REVISION = "default-v1-24-2"
BASE = istio(profile="ambient") + node_agent("IstioCNI", profile="ambient") + node_agent("ZTunnel")
SHOP = namespace("shop", f"istio.io/rev: {REVISION}")
RULES = "rules: [{to: [{operation: {methods: [GET]}}]}]"
TO = ("promote", "-n", "shop", "--to", "ambient")
BACK = ("promote", "-n", "shop", "--to", REVISION)


def policy(name: str, binding: str, says: str = RULES) -> str:
    spec = f"{{{', '.join(part for part in (binding, says) if part)}}}"
    return document("security.istio.io/v1", "AuthorizationPolicy", name, namespace="shop", spec=spec)


BY_WAYPOINT = policy("by-waypoint", 'targetRefs: [{kind: Service, group: "", name: cart}]')
BY_SIDECAR = policy("by-sidecar", "selector: {matchLabels: {security.istio.io/tlsMode: istio}}")


@pytest.fixture
def ambient(repo: FleetRepo) -> FleetRepo:
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.com"), ("commit.gpgsign", "false")):
        repo.git("config", key, value)
    return with_specs(repo, BASE + SHOP)


def with_specs(repo: FleetRepo, specs: str) -> FleetRepo:
    repo.cluster("eu", specs)
    repo.meshrev("render")
    repo.commit("the fleet")
    return repo


def labels(repo: FleetRepo) -> dict[str, str]:
    data = yaml.safe_load((repo.root / "rendered/eu/namespaces/shop.yaml").read_text())
    found: dict[str, str] = data["metadata"].get("labels", {})
    return found


def test_a_waypoint_comes_first_and_then_the_labels_that_name_it(ambient: FleetRepo) -> None:
    first = ambient.meshrev(*TO, "--waypoint")
    assert "step 1 of 2: a waypoint of shop; once it is ready, the same command again moves shop" in first.out
    assert labels(ambient) == {"istio.io/rev": REVISION}
    gateway = yaml.safe_load(
        (ambient.root / "rendered/eu/gateways/shop-waypoint/gateway-shop-waypoint.yaml").read_text()
    )
    assert gateway["metadata"]["labels"] == {"istio.io/rev": REVISION}
    assert gateway["spec"]["gatewayClassName"] == "istio-waypoint"
    second = ambient.meshrev(*TO, "--waypoint")
    assert labels(ambient) == {"istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "shop-waypoint"}
    assert "pods of shop keep their sidecars until they restart" in ambient.git("show", "-s", "--format=%b")
    assert "-n shop rollout restart" in second.out
    assert ambient.meshrev(*TO, "--waypoint").out.startswith("nothing to do")
    ambient.meshrev("check")


def test_back_goes_by_sidecars_first_and_then_out_of_the_ambient_mesh(ambient: FleetRepo) -> None:
    ambient.meshrev(*TO)
    ambient.meshrev(*BACK)
    assert labels(ambient) == {"istio.io/dataplane-mode": "ambient", "istio.io/rev": REVISION}
    assert "-n shop rollout restart" in ambient.git("show", "-s", "--format=%b")
    ambient.meshrev(*BACK)
    assert labels(ambient) == {"istio.io/rev": REVISION}
    assert ambient.meshrev(*BACK).out.startswith("nothing to do")


def test_a_rollback_takes_a_step_back(ambient: FleetRepo) -> None:
    before = ambient.tree("rendered/eu/namespaces")
    ambient.meshrev(*TO)
    ambient.meshrev("rollback")
    assert ambient.tree("rendered/eu/namespaces") == before


@pytest.mark.parametrize(
    ("policies", "waypoint", "refused"),
    [
        (policy("all", ""), (), "AuthorizationPolicy/shop/all: reads requests, and the namespace has no waypoint"),
        (BY_WAYPOINT, (), "AuthorizationPolicy/shop/by-waypoint: reads requests"),
        (policy("all", ""), ("--waypoint",), "AuthorizationPolicy/shop/all: is enforced by sidecars"),
        (BY_WAYPOINT + policy("all", ""), ("--waypoint",), "AuthorizationPolicy/shop/all: also chooses pods without"),
        (policy("jwt", "", "{}").replace("AuthorizationPolicy", "RequestAuthentication").replace("{{}}", "{}"), (),
         "RequestAuthentication/shop/jwt: reads requests"),
        (BY_WAYPOINT + BY_SIDECAR, ("--waypoint",), ""),
        (policy("ports", "", 'rules: [{to: [{operation: {ports: ["80"]}}]}]'), (), ""),
        (policy("who", "", "rules: [{from: [{source: {namespaces: [a]}}]}]"), (), ""),
    ],
)  # fmt: skip
def test_a_policy_on_requests_that_nobody_would_enforce_is_refused(
    ambient: FleetRepo, policies: str, waypoint: tuple[str, ...], refused: str
) -> None:
    with_specs(ambient, BASE + SHOP + policies)
    if waypoint:
        ambient.meshrev(*TO, *waypoint)
    before = ambient.git("rev-parse", "HEAD")
    done = ambient.meshrev(*TO, *waypoint, code=2 if refused else 0)
    assert refused in done.err
    assert (ambient.git("rev-parse", "HEAD") == before) == bool(refused)


def test_a_policy_that_only_a_waypoint_reads_is_refused_on_the_way_back(ambient: FleetRepo) -> None:
    with_specs(ambient, BASE + namespace("shop", "istio.io/dataplane-mode: ambient") + BY_WAYPOINT)
    assert "is enforced by a waypoint, and no sidecar reads it" in ambient.meshrev(*BACK, code=2).err
    with_specs(ambient, BASE + namespace("shop", "istio.io/dataplane-mode: ambient") + BY_WAYPOINT + BY_SIDECAR)
    ambient.meshrev(*BACK)


def test_a_cluster_that_lacks_a_part_of_the_ambient_mesh_is_refused(ambient: FleetRepo) -> None:
    with_specs(ambient, istio() + node_agent("IstioCNI") + SHOP)
    assert ambient.meshrev(*TO, code=2).err.splitlines()[0] == (
        "overlays/eu/cluster.yaml: Cluster/eu: has not all of the ambient mesh; it lacks a ZTunnel, an IstioCNI "
        "with the profile ambient, an Istio with the profile ambient"
    )


def test_a_program_reads_the_steps_as_json(ambient: FleetRepo) -> None:
    done = json.loads(ambient.meshrev(*TO, "--waypoint", "--output", "json").out)
    assert (done["changed"], done["specs"]) == (True, ["overlays/eu/kustomization.yaml", "overlays/eu/promoted.yaml"])
    assert done["notes"] == [
        "step 1 of 2: a waypoint of shop; once it is ready, the same command again moves shop (eu)"
    ]
