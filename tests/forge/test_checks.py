"""The checks of a commit, in the words of each of the three forges."""

from __future__ import annotations

from render.forge.shared import worse
from tests.forge.conftest import Opened
from tests.support.forge.server import ForgeServer

COMMIT = "a" * 40


def test_a_check_has_passed_failed_or_neither_yet(server: ForgeServer, opened: Opened) -> None:
    server.checks_of_commits = {
        "smoke": "passed",
        "load": "passed",
        "lint": "failed",
        "e2e": "failed",
        "soak": "pending",
        "docs": "pending",
    }
    assert opened(server).checks(COMMIT) == server.checks_of_commits


def test_a_commit_without_checks_has_none(server: ForgeServer, opened: Opened) -> None:
    assert opened(server).checks(COMMIT) == {}


def test_of_two_checks_of_one_name_the_worse_counts() -> None:
    assert worse(None, "passed") == "passed"
    assert worse("passed", "pending") == "pending"
    assert worse("failed", "passed") == "failed"
