"""A fleet of one cluster, `east`, whose Istio is called `one`, and a namespace that comes to it."""

from __future__ import annotations

from pathlib import Path

from tests.support.builders import istio, namespace
from tests.support.fleet_repo import FleetRepo, fleet_repo

MESH = istio(name="one", strategy="InPlace") + namespace("shop", "istio.io/rev: one")
NAMESPACE = namespace("cart", "istio.io/rev: one")
SPECS = "overlays/east/specs.yaml"
CART = "rendered/east/namespaces/cart.yaml"


def committed_fleet(folder: Path, specs: str = MESH) -> FleetRepo:
    """Returns the fleet, rendered and committed; tests that share it copy it."""
    repo = fleet_repo(folder)
    repo.cluster("east", specs)
    repo.meshrev("render")
    repo.commit("first")
    return repo
