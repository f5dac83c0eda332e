"""Upgrades to compare."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scenarios.diff.upgrades import GATEWAY, MESH, WORKLOADS, istio, rendered
from tests.support.builders import namespace, tag
from tests.support.fleet_repo import FleetRepo, fleet_repo


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """Two clusters that bring in 1.24.3 alike, and a third in which a value changes beside."""
    repo = fleet_repo(tmp_path_factory.mktemp("fleet"))
    specs = {name: istio() + MESH + WORKLOADS for name in ("one", "two", "three")}
    rendered(repo, "before", **specs)
    after = {name: istio("v1.24.3") + MESH + WORKLOADS for name in ("one", "two")}
    rendered(repo, "after", **after, three=istio("v1.24.3", log="/b") + MESH + WORKLOADS)
    return repo


@pytest.fixture
def upgrade(upgraded: FleetRepo, tmp_path: Path) -> FleetRepo:
    """A copy of it, to change."""
    shutil.copytree(upgraded.root, tmp_path / "fleet")
    return FleetRepo(tmp_path / "fleet")


@pytest.fixture(scope="session")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """Two clusters that go from 1.24 to 1.25, one of them with a Gateway that the move concerns."""
    repo = fleet_repo(tmp_path_factory.mktemp("fleet"))
    shop = tag("default") + namespace("shop", "istio-injection: enabled")
    rendered(repo, "before", one=istio() + shop + GATEWAY, two=istio() + shop)
    rendered(repo, "after", one=istio("v1.25.1") + shop + GATEWAY, two=istio("v1.25.1") + shop)
    return repo


@pytest.fixture
def crossing(crossed: FleetRepo, tmp_path: Path) -> FleetRepo:
    return FleetRepo(shutil.copytree(crossed.root, tmp_path / "fleet"))
