"""Gitea and Forgejo: https://docs.gitea.com/api, https://codeberg.org/api/swagger

Labels go over as numbers and must exist already. A draft is a prefix of the title.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from render.forge.connection import AlreadyOpenError, Connection, RefusedError, UnansweredRequest
from render.forge.shared import after_no_answer, before_merging, missing, noting, one_by_one, same_text
from render.forge.types import CheckState, MergeOutcome, PullRequest, PullRequestSpec, Status, Update

NAME = "Gitea"
BODY_LIMIT: int | None = None  # none is documented
AUTHORIZATION = "token {}"
HEADERS: dict[str, str] = {}

_DRAFT = "WIP: "
_DRAFTS = ("wip:", "[wip]", "draft:", "[draft]")
_STYLES = ("merge", "rebase", "rebase-merge", "squash", "fast-forward-only")
_CHECKS = {
    "pending": "a check is running",
    "warning": "a check warns",
    "failure": "a check has failed",
    "error": "a check has failed",
}
_LATER = ("try again later", "not ready", "approvals", "status checks", "work in progress", "out of date")


def find(at: Connection, head: str, base: str) -> PullRequest | None:
    """Returns the open pull request between two branches of this repository."""
    query = {"state": "open", "base_branch": base, "limit": "50"}  # where the server is too old to know the base: all
    for found in at.pages(f"{_repo(at)}/pulls", query):
        own = found["head"]["repo_id"] == found["base"]["repo_id"]
        if own and (found["head"]["ref"], found["base"]["ref"]) == (head, base):
            return _pull_request(found)
    return None


def open(at: Connection, wanted: PullRequestSpec) -> PullRequest:
    """Returns a new pull request. `AlreadyOpenError` where there is one, `UnansweredRequest` where there may be one
    now."""
    title = f"{_DRAFT if wanted.draft else ''}{wanted.title}"
    body = {"title": title, "body": wanted.body, "head": wanted.head, "base": wanted.base}
    try:
        opened = at.send("POST", f"{_repo(at)}/pulls", body, twice=False)
    except RefusedError as error:
        if error.status == 409:
            raise AlreadyOpenError(str(error)) from None
        raise
    notes: list[str] = []
    _complete(at, opened, wanted, notes)
    return replace(_pull_request(opened), notes=tuple(notes))


def update(at: Connection, number: int, wanted: PullRequestSpec) -> Update:
    """Makes title, body, labels and reviewers as wanted; labels and reviewers of others stay."""
    found = at.get(f"{_repo(at)}/pulls/{number}")
    changes = {}
    title = _title(found["title"])
    if not same_text(title, wanted.title):
        changes["title"] = f"{found['title'][: len(found['title']) - len(title)]}{wanted.title}"
    if not same_text(found["body"], wanted.body):
        changes["body"] = wanted.body
    if changes:
        found = at.send("PATCH", f"{_repo(at)}/pulls/{number}", changes, twice=True)
    notes: list[str] = []
    completed = _complete(at, found, wanted, notes)
    return Update(replace(_pull_request(found), notes=tuple(notes)), bool(changes) or completed)


def status(at: Connection, number: int) -> Status:
    """Put together from what Gitea says of the pull request, of its commit's checks and of the base branch."""
    return _status(at, at.get(f"{_repo(at)}/pulls/{number}"))


def merge(at: Connection, number: int, sha: str) -> MergeOutcome:
    """Merges the commit `sha` and no other, in the repository's own way."""
    data = at.get(f"{_repo(at)}/pulls/{number}")
    answer = before_merging(_status(at, data), sha)
    if answer:
        return answer
    style = (data["base"].get("repo") or {}).get("default_merge_style")
    body = {"Do": style if style in _STYLES else "merge", "head_commit_id": sha}
    try:
        at.send("POST", f"{_repo(at)}/pulls/{number}/merge", body, twice=False)
    except UnansweredRequest as error:
        return after_no_answer(error, lambda: status(at, number), sha)
    except RefusedError as error:
        if error.status not in (403, 405, 409, 422, 423):
            raise
        said = error.said or str(error)
        later = error.status == 405 and any(words in said.lower() for words in _LATER)
        return MergeOutcome("not yet" if later else "refused", said)
    return MergeOutcome("merged")


def checks(at: Connection, commit: str) -> dict[str, CheckState]:
    """Returns the commit's statuses by context: Gitea gives the newest of each."""
    states: dict[str, CheckState] = {
        "success": "passed",
        "warning": "passed",
        "skipped": "passed",
        "pending": "pending",
    }
    found = at.get(f"{_repo(at)}/commits/{commit}/status").get("statuses") or ()
    return {one["context"]: states.get(one["status"], "failed") for one in found}


def _repo(at: Connection) -> str:
    return f"/repos/{at.repository.path}"


def _pull_request(data: Any) -> PullRequest:
    title = _title(data["title"])
    return PullRequest(
        number=data["number"],
        url=data["html_url"],
        title=title,
        body=data["body"] or "",
        head=data["head"]["ref"],
        base=data["base"]["ref"],
        head_sha=data["head"]["sha"],
        state="merged" if data["merged"] else "open" if data["state"] == "open" else "closed",
        draft=title != data["title"],
    )


def _title(title: str) -> str:
    """Returns the title without the mark of a draft, of which each server can have its own; these are usual."""
    for mark in _DRAFTS:
        if title.lower().startswith(mark):
            return title[len(mark) :].lstrip()
    return title


def _status(at: Connection, data: Any) -> Status:
    found = _pull_request(data)
    if found.state != "open":
        return Status(found, "refused", f"it is {found.state}")
    if found.draft:
        return Status(found, "not yet", "it is a draft")
    if not data["mergeable"]:
        # One field for both: conflicts, and that Gitea is still looking for them.
        return Status(found, "not yet", "it has conflicts with the base branch, or Gitea is still looking for them")
    checks = at.get(f"{_repo(at)}/commits/{found.head_sha}/status")
    if checks.get("statuses") and checks["state"] in _CHECKS:
        return Status(found, "not yet", _CHECKS[checks["state"]])
    branch = at.get(f"{_repo(at)}/branches/{quote(found.base, safe='/')}")
    if not branch.get("user_can_merge", True):
        return Status(found, "refused", f"the user of the token in {at.token.variable} may not merge into {found.base}")
    needed = branch.get("required_approvals") or 0
    if branch.get("protected") and needed:
        given = _approvals(_reviews(at, found.number))
        if given < needed:
            return Status(found, "not yet", f"{given} of {needed} approvals are there")
    return Status(found, "yes")


def _reviews(at: Connection, number: int) -> list[Any]:
    return list(at.pages(f"{_repo(at)}/pulls/{number}/reviews", {"limit": "50"}))


def _approvals(reviews: Iterable[Any]) -> int:
    """Of those who count, by their last word."""
    last = {review["user"]["id"]: review for review in reviews if review.get("user") and review.get("official")}
    return sum(review["state"] == "APPROVED" and not review.get("dismissed") for review in last.values())


def _complete(at: Connection, found: Any, wanted: PullRequestSpec, notes: list[str]) -> bool:
    """Adds the labels and reviewers that are missing; whether there were any that could be added."""
    number = found["number"]
    names = missing(wanted.labels, [label["name"] for label in found["labels"] or ()])
    ids = _label_ids(at, names, notes)
    labelled = bool(ids) and noting(notes, "labels", lambda: _label(at, number, ids))
    if not wanted.reviewers:
        return labelled
    asked: list[str] = []
    noting(notes, "reviews", lambda: asked.extend(_requested_reviewers(at, number)))
    people = missing(wanted.reviewers, asked)
    return one_by_one(notes, "reviewer", people, lambda some: _ask(at, number, some)) or labelled


def _label(at: Connection, number: int, ids: list[int]) -> None:
    at.send("POST", f"{_repo(at)}/issues/{number}/labels", {"labels": ids}, twice=True)


def _label_ids(at: Connection, names: list[str], notes: list[str]) -> list[int]:
    """Returns the numbers of the repository's labels, then of its organization's; a note for those that there are
    not."""
    known: dict[str, int] = {}
    complete = True
    for path in (f"{_repo(at)}/labels", f"/orgs/{at.repository.owner}/labels"):
        if missing(names, known):
            complete &= noting(notes, "labels", partial(_read_labels, at, path, known))
    if complete:
        notes += [f"label {name}: there is none of this name, and Gitea makes none" for name in missing(names, known)]
    return [known[name.casefold()] for name in names if name.casefold() in known]


def _read_labels(at: Connection, path: str, known: dict[str, int]) -> None:
    try:
        for label in at.pages(path, {"limit": "50"}):
            known.setdefault(label["name"].casefold(), label["id"])
    except RefusedError as error:
        if error.status != 404:  # an owner that is no organization has no labels
            raise


def _requested_reviewers(at: Connection, number: int) -> list[str]:
    """Returns those whose review is asked for or given: users by name, teams as `organization/team`."""
    asked = []
    for review in _reviews(at, number):
        if review.get("user"):
            asked.append(review["user"]["login"])
        if review.get("team"):
            asked.append(f"{at.repository.owner}/{review['team']['name']}")
    return asked


def _ask(at: Connection, number: int, names: list[str]) -> None:
    users = [name for name in names if "/" not in name]
    teams = [name.rpartition("/")[2] for name in names if "/" in name]
    body = {"reviewers": users, "team_reviewers": teams}
    at.send("POST", f"{_repo(at)}/pulls/{number}/requested_reviewers", {k: v for k, v in body.items() if v}, twice=True)
