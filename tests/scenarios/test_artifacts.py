"""Artifacts of clusters: the generator is kept with the tree, and what it copies is enough to build what is applied."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.scenarios.test_crds import vendor
from tests.support.builders import fleet_file, istio, namespace, tag
from tests.support.cluster.source_watcher import make_artifacts
from tests.support.fleet_repo import FleetRepo
from tests.support.programs.kustomize import kubectl, needs_kubectl

GENERATOR = "rendered/delivery/artifacts/artifactgenerator-test.yaml"
SPECS = istio() + tag("prod", "default-v1-24-2", "IstioRevision") + namespace("shop", "istio.io/rev: prod")
ON = "{type: flux, artifacts: true}"


@pytest.fixture
def fleet(repo: FleetRepo) -> FleetRepo:
    """Two clusters of Flux, and one that names its source itself."""
    repo.write("meshrev.yaml", fleet_file(delivery=ON))
    repo.cluster("eu", SPECS)
    repo.cluster("us", SPECS)
    repo.cluster("own", SPECS, delivery="{source: mesh}")
    repo.meshrev("render")
    repo.commit("the fleet")
    return repo


def definitions(repo: FleetRepo) -> str:
    """Vendors a definition; returns what a spec says of it."""
    path = "crds/istio-1.24.2.yaml"
    return f"{{path: {path}, sha256: {vendor(repo, path, 'things')}}}"


def load(file: Path) -> Any:
    return yaml.load(file.read_bytes(), yaml.CSafeLoader)


def source(repo: FleetRepo, cluster: str) -> dict[str, str]:
    spec: dict[str, Any] = load(repo.root / f"rendered/{cluster}/flux/kustomization-mesh-control-plane.yaml")["spec"]
    found: dict[str, str] = spec["sourceRef"]
    return found


def test_each_cluster_reads_its_own_artifact_unless_it_names_a_source(fleet: FleetRepo) -> None:
    assert source(fleet, "eu") == {"kind": "ExternalArtifact", "name": "mesh-eu", "namespace": "flux-system"}
    assert source(fleet, "own") == {"kind": "GitRepository", "name": "mesh"}


@needs_kubectl
def test_what_it_copies_for_a_cluster_is_all_that_its_kustomizations_build(fleet: FleetRepo, tmp_path: Path) -> None:
    fleet.write("meshrev.yaml", fleet_file(delivery=ON, crds=definitions(fleet)))
    fleet.meshrev("render")
    artifacts = make_artifacts(fleet.root, fleet.root / GENERATOR, tmp_path / "artifacts")
    assert artifacts.keys() == {"mesh-eu", "mesh-us", "mesh-own"}
    for kustomization in (fleet.root / "rendered/eu/flux").glob("kustomization-mesh-*.yaml"):
        path = load(kustomization)["spec"]["path"]
        assert build(artifacts["mesh-eu"] / path) == build(fleet.root / path)
    assert not (artifacts["mesh-eu"] / "rendered/us").exists()


def build(folder: Path) -> str:
    command = [str(kubectl()), "kustomize", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_it_is_checked_and_kept_with_the_tree_and_goes_when_nobody_wants_it(fleet: FleetRepo) -> None:
    before = (fleet.root / GENERATOR).read_bytes()
    (fleet.root / GENERATOR).unlink()
    assert "artifactgenerator-test.yaml" in fleet.meshrev("check", code=1).out
    fleet.meshrev("render", "--cluster", "eu")
    assert (fleet.root / GENERATOR).read_bytes() == before
    fleet.write("meshrev.yaml", fleet_file(delivery="{type: flux}"))
    fleet.meshrev("render")
    assert not (fleet.root / "rendered/delivery/artifacts").exists()
    assert source(fleet, "eu") == {"kind": "GitRepository", "name": "flux-system"}
    fleet.meshrev("check")


def test_the_first_shared_definitions_are_copied_from_the_commit_that_brings_them(fleet: FleetRepo) -> None:
    crds = definitions(fleet)
    text = (fleet.root / "overlays/eu/cluster.yaml").read_text()
    fleet.write("overlays/eu/cluster.yaml", text.replace("spec: {}", f"spec: {{crds: {crds}}}"))
    fleet.meshrev("render", "--cluster", "eu")
    copied = [one["from"] for one in load(fleet.root / GENERATOR)["spec"]["artifacts"][0]["copy"]]
    assert copied == ["@repo/rendered/{cluster}", "@repo/rendered/shared"]
    fleet.meshrev("check")


def test_a_promotion_keeps_it(fleet: FleetRepo) -> None:
    before = (fleet.root / GENERATOR).read_bytes()
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3", "--cluster", "eu")
    assert (fleet.root / GENERATOR).read_bytes() == before
    fleet.meshrev("check")
