from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.fleetrepo import FleetRepo, fleet_repo


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    return fleet_repo(tmp_path)
