"""What goes to a forge and what comes back: the same for GitHub, GitLab and Gitea."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["github", "gitlab", "gitea"]
State = Literal["open", "merged", "closed"]
CheckState = Literal["passed", "failed", "pending"]

# All that is wrong with the address, the token or what was asked for; what failed outside is an `OutsideError`.
CODE = "MR210"


@dataclass(frozen=True, slots=True)
class Project:
    """A repository on a forge. `api` is the base URL of the forge's API, without a slash at its end; `path` is
    `owner/name`, on GitLab with all groups; `web` is where a person reads it."""

    api: str
    path: str
    web: str

    @property
    def owner(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class PullRequestSpec:
    """A pull request as it should be: from branch `head` to branch `base`, both of the same repository.

    `body` is Markdown and must fit into the forge's `body_limit`: the caller cuts. A label that is not there is made
    by GitHub and GitLab, and left out with a note by Gitea. A reviewer is a user's name, or
    `organization/team` on GitHub and Gitea. `draft` holds for opening only: a person may have marked it ready since.
    """

    title: str
    body: str
    head: str
    base: str
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    draft: bool = False


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the forge has it. `number` is the one that people see (GitLab's iid); `head_sha` is the commit
    at the end of its branch, as far as the forge knows. `notes` say what could not be done, such as a reviewer that
    the forge does not know: one line each, for a person."""

    number: int
    url: str
    title: str
    body: str
    head: str
    base: str
    head_sha: str
    state: State
    draft: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """A pull request after an update, and whether anything of it had to change."""

    pull_request: PullRequest
    changed: bool


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a pull request may be merged now. "not yet": waiting, or a person's approval, can still bring it there.
    "refused": it needs another push, or is not open. A check that runs or failed holds it back ("not yet") also where
    the forge does not require it. `reason` is one line, empty for "yes"."""

    pull_request: PullRequest
    mergeable: Literal["yes", "not yet", "refused"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MergeOutcome:
    """What became of a merge; `reason` is one line, empty for "merged"."""

    outcome: Literal["merged", "not yet", "refused"]
    reason: str = ""
