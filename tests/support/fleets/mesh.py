"""A fleet of several clusters in a folder: the plan of each, and its objects."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.kustomize.reader import WorkingTree
from render.manifests.cluster import bundles
from render.plan.cluster import ClusterPlan, plan_cluster
from render.plan.inventory import EMPTY
from render.specs.clusters import SpecsCache, load_clusters
from render.specs.fleet import load_fleet
from tests.support.builders import cluster_file, fleet_file, istio, kustomization

IN_PLACE = istio("v1.30.3", strategy="InPlace")


@dataclass(frozen=True, slots=True)
class Member:
    """A cluster of a test: the fields of its Cluster's spec, each as YAML, and its specs."""

    spec: dict[str, str]
    specs: str


def member(specs: str = IN_PLACE, **spec: str) -> Member:
    """Returns a cluster with one InPlace Istio of 1.30.3, unless the test says something else."""
    return Member(spec, specs)


def write_mesh(root: Path, **members: Member) -> None:
    """Write a fleet with an overlay for each member, called like it."""
    for name, one in members.items():
        folder = root / "overlays" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cluster.yaml").write_text(cluster_file(name, **one.spec))
        (folder / "kustomization.yaml").write_text(kustomization("specs.yaml"))
        (folder / "specs.yaml").write_text(one.specs)
    (root / "meshrev.yaml").write_text(fleet_file())


def mesh_plans(root: Path, **members: Member) -> dict[str, ClusterPlan]:
    """Returns the plan of each member of a new fleet, by name."""
    write_mesh(root, **members)
    reader = WorkingTree(root)
    found = load_clusters(reader, load_fleet(reader), SpecsCache()).specs
    return {one.cluster.name: plan_cluster(one, EMPTY, program="1.0.0") for one in found}


def objects(plan: ClusterPlan) -> dict[str, dict[str, Any]]:
    """Returns the objects of a cluster by kind and name: `Service/istiod`."""
    found = [json.loads(one.json) for bundle in bundles(plan) for one in bundle.manifests]
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}
