"""What folders of tests share as fixtures: their `conftest.py` imports what it needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable
from tests.support.git.server import GitServer, git_server


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """The fleet of `promotable`, rendered once for all tests, to be cloned or copied and not to be changed."""
    return promotable(fleet_repo(tmp_path_factory.mktemp("template")))


@pytest.fixture
def settings_of_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings of git."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server(settings_of_git: None, tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "server") as server:
        yield server
