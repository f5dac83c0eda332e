"""A cluster of a Flux that serves many, by an artifact with its own files alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from render.manifests.flux import GROUP
from tests.support.cluster.api import Api
from tests.support.cluster.deliverer import tree_objects
from tests.support.cluster.flux import Flux, flux, scheduler
from tests.support.cluster.pods import take_pods
from tests.support.cluster.process import wait_until
from tests.support.cluster.source_watcher import make_artifacts
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable

OWN = "mesh-eu"  # the namespace of the cluster's Kustomizations, and the name of its artifact
ALL = f"/apis/{GROUP}/v1/namespaces/{OWN}/kustomizations"
GENERATOR = "rendered/delivery/artifacts/artifactgenerator-test.yaml"


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    root = tmp_path / "fleet"
    root.mkdir()
    return promotable(fleet_repo(root), delivery="{type: flux, artifacts: true}")


@pytest.fixture
def controller(logs: Path, kubeconfig: Path, cluster: Api, node: str, tmp_path: Path) -> Iterator[Flux]:
    for name in ("istio-system", "cart", "catalog", "etl", OWN):
        take_pods(cluster, name)
    with (
        flux(tmp_path, kubeconfig, cluster, "--feature-gates=ExternalArtifact=true") as found,
        scheduler(cluster, "istiod-"),
    ):
        yield found
        for one in ("mesh", "mesh-control-plane", "mesh-namespaces"):
            cluster.delete(f"{ALL}/{one}")
        wait_until(lambda: not cluster.get(ALL)["items"], "the Kustomizations are gone")


def test_it_is_delivered_from_its_artifact_and_sees_no_commit_but_its_own(
    controller: Flux, repo: FleetRepo, tmp_path: Path
) -> None:
    api = controller.api
    api.claim(tree_objects(repo.root / "rendered/eu"))
    made = make_artifacts(repo.root, repo.root / GENERATOR, tmp_path / "artifacts")
    revision = controller.publish_artifact(OWN, made[OWN])
    spec: dict[str, Any] = {  # as docs/delivery.md has it
        "interval": "10m",
        "path": "./rendered/eu/flux",
        "prune": True,
        "deletionPolicy": "Orphan",
        "targetNamespace": OWN,
        "sourceRef": {"kind": "ExternalArtifact", "name": OWN, "namespace": "flux-system"},
    }
    root = {"apiVersion": f"{GROUP}/v1", "kind": "Kustomization", "metadata": {"name": "mesh", "namespace": OWN}}
    api.apply({**root, "spec": spec}, "test")
    wait_until(lambda: applied(api) == {"mesh-control-plane": revision, "mesh-namespaces": revision}, "it is applied")
    assert api.get("/api/v1/namespaces/cart")["metadata"]["labels"]["istio.io/rev"] == "prod"
    controller.publish(repo.root)  # the source of the generator has a commit of somebody else
    used = controller.cpu()
    repo.meshrev("promote", "--istio", "default", "--version", "v1.24.3", "--cluster", "us")
    changed = make_artifacts(repo.root, repo.root / GENERATOR, tmp_path / "changed")
    assert files(changed[OWN]) == files(made[OWN])
    assert controller.cpu() - used < 0.5
    assert set(applied(api).values()) == {revision}


def applied(api: Api) -> dict[str, str]:
    """Returns what each Kustomization of the cluster but the root has applied."""
    items = api.get(ALL)["items"]
    return {
        one["metadata"]["name"]: one.get("status", {}).get("lastAppliedRevision", "")
        for one in items
        if one["metadata"]["name"] != "mesh"
    }


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
