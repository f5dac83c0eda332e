"""The configured forge, opened for one repository, and the one pull request that is wanted on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, NamedTuple, Protocol, Self

from render.errors import OutsideError, wrong
from render.forge import gitea, github, gitlab
from render.forge.address import repository
from render.forge.connection import AlreadyOpenError, Connection, UnansweredRequest
from render.forge.token import NEEDS, token
from render.forge.types import (
    CODE,
    CheckState,
    Kind,
    MergeOutcome,
    Project,
    PullRequest,
    PullRequestSpec,
    Status,
    Update,
)

Outcome = Literal["opened", "updated", "unchanged"]


class Backend(Protocol):
    """One forge's software, as a module. All raise `InputError` where the forge says no for good (a token, a
    permission, a name), and `OutsideError` where it may say yes later."""

    NAME: str
    BODY_LIMIT: int | None  # characters of a body, None for no limit
    AUTHORIZATION: str  # the header's value, with {} for the token
    HEADERS: dict[str, str]  # of every request, beside it

    def find(self, at: Connection, head: str, base: str) -> PullRequest | None: ...

    def open(self, at: Connection, wanted: PullRequestSpec) -> PullRequest: ...

    def update(self, at: Connection, number: int, wanted: PullRequestSpec) -> Update: ...

    def status(self, at: Connection, number: int) -> Status: ...

    def merge(self, at: Connection, number: int, sha: str) -> MergeOutcome: ...

    def checks(self, at: Connection, commit: str) -> dict[str, CheckState]: ...


_BACKENDS: dict[Kind, Backend] = {"github": github, "gitlab": gitlab, "gitea": gitea}


@dataclass(frozen=True, slots=True)
class Forge:
    """One repository on a forge; a context manager, which closes its connections."""

    backend: Backend
    connection: Connection

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    @property
    def name(self) -> str:
        """The forge's software, for messages."""
        return self.backend.NAME

    @property
    def repository(self) -> Project:
        return self.connection.repository

    @property
    def body_limit(self) -> int | None:
        """How many characters a body may have; None where no limit is known."""
        return self.backend.BODY_LIMIT

    def find(self, head: str, base: str) -> PullRequest | None:
        """Returns the open pull request from branch `head` to branch `base`, both of this repository."""
        with self._translate_errors():
            return self.backend.find(self.connection, head, base)

    def open(self, wanted: PullRequestSpec) -> PullRequest:
        """Returns a new pull request. `AlreadyOpenError` where there is one, `UnansweredRequest` where there may be one
        now."""
        with self._translate_errors():
            return self.backend.open(self.connection, wanted)

    def update(self, number: int, wanted: PullRequestSpec) -> Update:
        """Changes only what differs in title and body, and adds missing labels and reviewers."""
        with self._translate_errors():
            return self.backend.update(self.connection, number, wanted)

    def status(self, number: int) -> Status:
        """Returns where a pull request stands, and whether it may be merged now."""
        with self._translate_errors():
            return self.backend.status(self.connection, number)

    def merge(self, number: int, sha: str) -> MergeOutcome:
        """Merges a pull request if its head is the commit `sha` (all its hexadecimal digits)."""
        with self._translate_errors():
            return self.backend.merge(self.connection, number, sha)

    def checks(self, commit: str) -> dict[str, CheckState]:
        """Returns the checks of a commit (all its hexadecimal digits) by name: of each name the newest."""
        with self._translate_errors():
            return self.backend.checks(self.connection, commit)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """What lacks a documented field is no answer of this forge, and no mistake of the program."""
        try:
            yield
        except (KeyError, TypeError) as error:
            message = f"{self.name} at {self.repository.api} answers otherwise than documented ({error}): "
            raise OutsideError(f"{message}is it of the type that spec.forge.type says?") from error


def forge_for(
    kind: str,
    remote_url: str,
    api_url: str | None = None,
    project: str | None = None,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Forge:
    """Returns the forge of the type that is configured (`spec.forge.type`), for the repository that a git remote is.

    `api_url` is `spec.forge.url`, `project` is `spec.forge.project`. Nothing is asked of the forge yet. `InputError`
    for a type or address that is none, and without a token in the environment.
    """
    match kind:
        case "github" | "gitlab" | "gitea":
            backend = _BACKENDS[kind]
            at = repository(kind, remote_url, api_url, project)
            found = token(kind, at)
        case _:
            raise wrong(CODE, "names no forge: pull requests need github, gitlab or gitea", field="spec.forge.type")
    headers = {**backend.HEADERS, "Authorization": backend.AUTHORIZATION.format(found.secret)}
    return Forge(backend, Connection(backend.NAME, at, found, headers, NEEDS[kind], clock, sleep))


class OpenResult(NamedTuple):
    """A pull request, and what became of it."""

    pull_request: PullRequest
    outcome: Outcome


def open_or_update(forge: Forge, wanted: PullRequestSpec) -> OpenResult:
    """Returns the one open pull request of these branches, as wanted: what is there is adopted before one is opened.

    Running it again changes nothing. What of labels and reviewers could not be done is in the pull request's `notes`.
    """
    found = forge.find(wanted.head, wanted.base)
    if found is None:
        try:
            return OpenResult(_open_or_adopt(forge, wanted), "opened")
        except AlreadyOpenError as error:  # by another process, between the two requests
            found = forge.find(wanted.head, wanted.base)
            if found is None:
                raise OutsideError(f"{error}: but it is not to be found, so run the same command again") from None
    done = forge.update(found.number, wanted)
    return OpenResult(done.pull_request, "updated" if done.changed else "unchanged")


def _open_or_adopt(forge: Forge, wanted: PullRequestSpec) -> PullRequest:
    """Opened once, also where the answer to the first request was lost."""
    try:
        return forge.open(wanted)
    except UnansweredRequest:
        found = forge.find(wanted.head, wanted.base)
    if found is None:
        return forge.open(wanted)
    return forge.update(found.number, wanted).pull_request
