from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fixtures import server, settings_of_git, template
from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.served import cloned

__all__ = ["server", "settings_of_git", "template"]


@pytest.fixture
def fleet(template: FleetRepo, settings_of_git: None, tmp_path: Path) -> FleetRepo:
    """A clone of the template, for one test to change."""
    return cloned(str(template.root), tmp_path / "fleet")
