"""Gateways from the outside: rendered, moved alone and with namespaces, as a canary, and taken back."""

from __future__ import annotations

import pytest
import yaml

from tests.support.builders import cluster_file, istio, kustomization, mesh_gateway, namespace, tag
from tests.support.fleet_repo import FleetRepo

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
BASE = istio() + tag("prod") + namespace("shop", "istio.io/rev: prod") + namespace("istio-ingress")
VALUES = "{autoscaling: {minReplicas: 4}}"


@pytest.fixture
def gateways(repo: FleetRepo) -> FleetRepo:
    """Two clusters of one base, each with a gateway, after a second revision came in."""
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.com"), ("commit.gpgsign", "false")):
        repo.git("config", key, value)
    repo.write("base/kustomization.yaml", kustomization("specs.yaml"))
    repo.write("base/specs.yaml", BASE + mesh_gateway("ingress", OLD, values=VALUES))
    for name in ("eu", "us"):
        repo.write(f"overlays/{name}/cluster.yaml", cluster_file(name))
        repo.write(f"overlays/{name}/kustomization.yaml", kustomization("../../base"))
    repo.meshrev("render")
    repo.commit("the fleet")
    repo.meshrev("promote", "--istio", "default", "--version", "v1.24.3")
    return repo


def deployments(repo: FleetRepo, cluster: str = "eu") -> dict[str, str]:
    """Each Deployment of the gateway and the revision or tag that its pods ask for."""
    files = (repo.root / "rendered" / cluster / "gateways/ingress").glob("deployment-*.yaml")
    found = [yaml.safe_load(file.read_text()) for file in files]
    return {one["metadata"]["name"]: one["spec"]["template"]["metadata"]["labels"]["istio.io/rev"] for one in found}


def body(repo: FleetRepo) -> str:
    return repo.git("show", "-s", "--format=%b")


def test_a_gateway_moves_alone_and_the_commit_says_that_its_pods_are_replaced(gateways: FleetRepo) -> None:
    done = gateways.meshrev("promote", "--gateway", "ingress", "--to", NEW, "--cluster", "eu")
    assert "1 workload gets another proxy" in done.out
    assert deployments(gateways) == {"ingress": NEW}
    assert deployments(gateways, "us") == {"ingress": OLD}
    assert "Kubernetes itself replaces the pods of Deployment/istio-ingress/ingress (only in eu)." in body(
        gateways
    ).replace("\n", " ")
    assert "rollout restart" not in body(gateways)
    gateways.meshrev("check")


def test_a_canary_comes_beside_a_gateway_that_stays_whole_and_then_the_gateway_follows(gateways: FleetRepo) -> None:
    alone = (gateways.root / "rendered/eu/gateways/ingress/deployment-ingress.yaml").read_bytes()
    gateways.meshrev("promote", "--gateway", "ingress", "--to", NEW, "--canary", "20")
    assert deployments(gateways) == {"ingress": OLD, "ingress-canary": NEW}
    assert (gateways.root / "rendered/eu/gateways/ingress/deployment-ingress.yaml").read_bytes() == alone
    again = gateways.meshrev("promote", "--gateway", "ingress", "--to", NEW, "--canary", "20")
    assert again.out.startswith("nothing to do")
    gateways.meshrev("promote", "--gateway", "ingress", "--to", NEW)
    assert deployments(gateways) == {"ingress": NEW}
    assert "canary" not in (gateways.root / "base/specs.yaml").read_text()
    gateways.meshrev("check")


def test_promoting_to_what_a_gateway_follows_takes_its_canary_away_and_no_pod_of_its_own(gateways: FleetRepo) -> None:
    before = gateways.tree("rendered/eu/gateways")
    gateways.meshrev("promote", "--gateway", "ingress", "--to", NEW, "--canary", "50")
    done = gateways.meshrev("promote", "--gateway", "ingress", "--to", OLD)
    assert "the gateway's own pods stay as they are" in done.out
    assert gateways.tree("rendered/eu/gateways") == before


def test_a_gateway_and_a_wave_of_namespaces_move_in_one_commit(gateways: FleetRepo) -> None:
    done = gateways.meshrev("promote", "-n", "shop", "--gateway", "ingress", "--to", NEW, "--output", "json")
    assert done.json["subject"] == f"Promote namespace shop and gateway ingress to {NEW} in all clusters"
    assert (done.json["moved"]["namespaces"], done.json["moved"]["workloads"]) == (2, 2)
    text = body(gateways)
    assert text.index("Kubernetes itself replaces the pods") < text.index("rollout restart")


def test_a_rollback_gives_a_gateway_its_old_revision_and_says_that_this_comes_before_restarts(
    gateways: FleetRepo,
) -> None:
    specs, tree = (gateways.root / "base/specs.yaml").read_text(), gateways.tree("rendered/eu/gateways")
    gateways.meshrev("promote", "-n", "shop", "--gateway", "ingress", "--to", NEW)
    gateways.meshrev("rollback")
    assert (gateways.root / "base/specs.yaml").read_text() == specs
    assert gateways.tree("rendered/eu/gateways") == tree
    assert body(gateways).index("Kubernetes itself replaces the pods") < body(gateways).index("rollout restart")


def test_a_revision_does_not_retire_while_a_gateway_or_its_canary_follows_it(gateways: FleetRepo) -> None:
    gateways.meshrev("promote", "--tag", "prod", "--to", NEW)
    done = gateways.meshrev("retire", OLD, "--without-observation", code=2)
    assert "is in use by MeshGateway/ingress" in done.out + done.err


def test_the_label_of_a_namespace_that_beats_the_gateways_is_an_error_at_what_the_gateway_follows(
    gateways: FleetRepo,
) -> None:
    labelled = namespace("istio-ingress", "istio-injection: disabled")
    gateways.write(
        "base/specs.yaml", BASE.replace(namespace("istio-ingress"), labelled) + mesh_gateway("ingress", "prod")
    )
    done = gateways.meshrev("render", code=2)
    assert done.err.splitlines()[0] == (
        "base/specs.yaml:23:8: MeshGateway/ingress: spec.follows: nobody would inject the pods of Deployment/ingress, "
        "not prod: namespace istio-ingress has istio-injection=disabled, which beats a pod's label"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--gateway", "ingres", "--to", NEW], "there is no gateway ingres in eu, us (did you mean ingress?)"),
        (["--gateway", "ingress", "--to", "nowhere"], "no revision or tag nowhere"),
        (["--gateway", "ingress", "--to", OLD, "--canary", "10"], "follows default-v1-24-2 already"),
        (["--tag", "prod", "--gateway", "ingress", "--to", NEW], "--tag and --gateway do not go together"),
        (["-n", "shop", "--gateway", "ingress", "--to", NEW, "--canary", "10"], "--canary is for --gateway alone"),
    ],
)
def test_a_gateway_that_cannot_move_is_refused(gateways: FleetRepo, options: list[str], message: str) -> None:
    before = gateways.git("rev-parse", "HEAD")
    assert message in gateways.meshrev("promote", *options, code=2).err
    assert gateways.git("rev-parse", "HEAD") == before
