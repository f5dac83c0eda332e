"""Tests that ask Istio's own programs, which `make test-peers` builds from their Go modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cases import ROOT


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is marked
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.peers)


@pytest.fixture(scope="session")
def istioctl() -> Path:
    built = ROOT / ".tools" / "istioctl" / "istioctl"
    assert built.exists(), "no istioctl here: make test-peers builds it"
    return built
