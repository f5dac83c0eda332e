from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.krm_functions import rendered_fleet


@pytest.fixture
def fleet(tmp_path: Path) -> FleetRepo:
    return rendered_fleet(tmp_path)
