"""A fleet that has no charts yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builders import fleet_file


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    (tmp_path / "fleet").mkdir()
    (tmp_path / "fleet/meshrev.yaml").write_text(fleet_file(source="{type: chart}"))
    return tmp_path / "fleet"
