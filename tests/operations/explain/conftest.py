"""Fleets to explain."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.operations.explain.explained import made
from tests.support.fleet_repo import FleetRepo


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("fleet"), auto=False)


@pytest.fixture
def repo(template: Path, tmp_path: Path) -> FleetRepo:
    return FleetRepo(shutil.copytree(template, tmp_path / "fleet"))
