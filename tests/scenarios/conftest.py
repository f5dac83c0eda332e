from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.fixtures import server, settings_of_git, template
from tests.support.fleet_repo import FleetRepo, fleet_repo

__all__ = ["server", "settings_of_git", "template"]


@pytest.fixture
def repo(tmp_path: Path) -> FleetRepo:
    return fleet_repo(tmp_path)


@pytest.fixture
def fleet(template: FleetRepo, tmp_path: Path) -> FleetRepo:
    """A copy of the template of the module, or else of all modules, for one test to change."""
    return FleetRepo(shutil.copytree(template.root, tmp_path / "fleet", symlinks=True))
