"""A forge for a test, and what it said, checked against its description when the test is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest

from render.forge.forge import Forge, forge_for
from tests.support.forge.gitea_server import GiteaServer
from tests.support.forge.github_server import GitHubServer
from tests.support.forge.gitlab_server import GitLabServer
from tests.support.forge.hosted_fleet import VARIABLES
from tests.support.forge.server import ForgeServer

AnyServer = TypeVar("AnyServer", bound=ForgeServer)


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    now: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> Clock:
    return Clock()


Opened = Callable[..., Forge]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Opened]:
    """Opens a server's forge with the right token."""
    forges = []

    def made(server: Any, remote: str | None = None, api: str | None = None, project: str | None = None) -> Forge:
        monkeypatch.setenv(server.tokens, server.token)
        remote = remote or f"git@127.0.0.1:{server.project}.git"
        forge = forge_for(server.kind, remote, api or server.url, project, clock=clock.time, sleep=clock.sleep)
        forges.append(forge)
        return forge

    yield made
    for forge in forges:
        forge.connection.close()


def _running(server: AnyServer) -> Iterator[AnyServer]:
    with server:
        yield server
        server.check()


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    yield from _running(GitHubServer())


@pytest.fixture
def gitlab() -> Iterator[GitLabServer]:
    yield from _running(GitLabServer())


@pytest.fixture
def gitea() -> Iterator[GiteaServer]:
    yield from _running(GiteaServer())


@pytest.fixture(params=["github", "gitlab", "gitea"])
def server(request: pytest.FixtureRequest) -> ForgeServer:
    """Each of the three."""
    found: ForgeServer = request.getfixturevalue(request.param)
    return found
