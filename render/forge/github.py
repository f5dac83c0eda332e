"""GitHub, github.com as well as Enterprise: https://docs.github.com/rest/pulls/pulls

A pull request that is opened with a workflow's own GITHUB_TOKEN starts no workflows as others do: a token of a GitHub
App does (https://docs.github.com/actions/security-for-github-actions/security-guides/automatic-token-authentication).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from render.forge.connection import AlreadyOpenError, Connection, RefusedError, UnansweredRequest
from render.forge.shared import after_no_answer, before_merging, missing, noting, one_by_one, same_text, worse
from render.forge.types import CheckState, MergeOutcome, PullRequest, PullRequestSpec, Status, Update

NAME = "GitHub"
BODY_LIMIT: int | None = 65_536  # characters
AUTHORIZATION = "Bearer {}"
HEADERS: dict[str, str] = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}

_READY = ("clean", "has_hooks")
# https://docs.github.com/graphql/reference/enums#mergestatestatus, in lower case here
_NOT_READY = {
    "behind": "its branch is behind the base branch, and must not be",
    "blocked": "a required review or check is missing",
    "draft": "it is a draft",
    "unstable": "a check is running or has failed",
    "unknown": "GitHub is still looking whether it can be merged",
}
_PASSED = ("success", "neutral", "skipped")
_CONFLICTS = "it has conflicts with the base branch"


def find(at: Connection, head: str, base: str) -> PullRequest | None:
    """Returns the open pull request between two branches of this repository."""
    query = {"state": "open", "head": f"{at.repository.owner}:{head}", "base": base, "per_page": "100"}
    for found in at.pages(f"{_repo(at)}/pulls", query):
        # A head that GitHub cannot read filters nothing; a fork of the same owner has the same name of its head.
        own = found["head"]["repo"] and found["head"]["repo"]["id"] == found["base"]["repo"]["id"]
        if own and (found["head"]["ref"], found["base"]["ref"]) == (head, base):
            return _pull_request(found)
    return None


def open(at: Connection, wanted: PullRequestSpec) -> PullRequest:
    """Returns a new pull request. `AlreadyOpenError` where there is one, `UnansweredRequest` where there may be one
    now."""
    body = {"title": wanted.title, "body": wanted.body, "head": wanted.head, "base": wanted.base, "draft": wanted.draft}
    try:
        opened = at.send("POST", f"{_repo(at)}/pulls", body, twice=False)
    except RefusedError as error:
        if error.status == 422 and "already exists" in error.said:
            raise AlreadyOpenError(str(error)) from None
        raise
    notes: list[str] = []
    _complete(at, opened, wanted, notes, new=True)
    return replace(_pull_request(opened), notes=tuple(notes))


def update(at: Connection, number: int, wanted: PullRequestSpec) -> Update:
    """Makes title, body, labels and reviewers as wanted; labels and reviewers of others stay."""
    found = at.get(f"{_repo(at)}/pulls/{number}")
    changes = {}
    if not same_text(found["title"], wanted.title):
        changes["title"] = wanted.title
    if not same_text(found["body"], wanted.body):
        changes["body"] = wanted.body
    if changes:
        found = at.send("PATCH", f"{_repo(at)}/pulls/{number}", changes, twice=True)
    notes: list[str] = []
    completed = _complete(at, found, wanted, notes, new=False)
    return Update(replace(_pull_request(found), notes=tuple(notes)), bool(changes) or completed)


def status(at: Connection, number: int) -> Status:
    """GitHub's own judgement, which it computes after each push: "not yet" meanwhile."""
    return _status(at.get(f"{_repo(at)}/pulls/{number}"))


def merge(at: Connection, number: int, sha: str) -> MergeOutcome:
    """Merges the commit `sha` and no other, in the first way of merge, squash and rebase that the repository allows."""
    found = at.get(f"{_repo(at)}/pulls/{number}")
    answer = before_merging(_status(found), sha)
    if answer:
        return answer
    body = {"sha": sha, "merge_method": _method(found["base"]["repo"])}
    try:
        done = at.send("PUT", f"{_repo(at)}/pulls/{number}/merge", body, twice=False)
    except UnansweredRequest as error:
        return after_no_answer(error, lambda: status(at, number), sha)
    except RefusedError as error:
        if error.status in (403, 409, 422):
            return MergeOutcome("refused", error.said or str(error))
        if error.status != 405:
            raise
        answer = before_merging(status(at, number), sha)
        never = any(words in error.said.lower() for words in ("not allowed", "not authorized", "protected branch"))
        return answer or MergeOutcome("refused" if never else "not yet", error.said)
    return MergeOutcome("merged") if done["merged"] else MergeOutcome("not yet", done["message"])


def checks(at: Connection, commit: str) -> dict[str, CheckState]:
    """Returns what GitHub has under "checks": the check runs of apps, and the commit statuses of others. A name that
    both have is as good as the worse of them. See https://docs.github.com/rest/checks/runs and
    https://docs.github.com/rest/commits/statuses."""
    about = f"{_repo(at)}/commits/{commit}"
    found: dict[str, CheckState] = {}
    for one in at.get(f"{about}/check-runs", {"per_page": "100"})["check_runs"]:
        state: CheckState = "pending"
        if one["status"] == "completed":
            state = "passed" if one["conclusion"] in _PASSED else "failed"
        found[one["name"]] = worse(found.get(one["name"]), state)
    for one in at.get(f"{about}/status", {"per_page": "100"})["statuses"]:
        state = {"success": "passed", "pending": "pending"}.get(one["state"], "failed")  # type: ignore[assignment]
        found[one["context"]] = worse(found.get(one["context"]), state)
    return found


def _repo(at: Connection) -> str:
    return f"/repos/{at.repository.path}"


def _pull_request(data: Any) -> PullRequest:
    return PullRequest(
        number=data["number"],
        url=data["html_url"],
        title=data["title"],
        body=data["body"] or "",
        head=data["head"]["ref"],
        base=data["base"]["ref"],
        head_sha=data["head"]["sha"],
        state="merged" if data["merged_at"] else "open" if data["state"] == "open" else "closed",
        draft=data.get("draft", False),
    )


def _status(data: Any) -> Status:
    found = _pull_request(data)
    state = data["mergeable_state"]
    if found.state != "open":
        return Status(found, "refused", f"it is {found.state}")
    if data["mergeable"] is False or state == "dirty":
        return Status(found, "refused", _CONFLICTS)
    if data["mergeable"] is None:
        return Status(found, "not yet", _NOT_READY["unknown"])
    if state in _READY:
        return Status(found, "yes")
    return Status(found, "not yet", _NOT_READY.get(state, f"GitHub says: {state}"))


def _method(repository: Any) -> str:
    """Only those who may push see what is allowed; others get GitHub's own answer."""
    methods = {"merge": "allow_merge_commit", "squash": "allow_squash_merge", "rebase": "allow_rebase_merge"}
    return next((method for method, allowed in methods.items() if repository.get(allowed, True)), "merge")


def _complete(at: Connection, found: Any, wanted: PullRequestSpec, notes: list[str], *, new: bool) -> bool:
    """Adds the labels and reviewers that are missing; whether there were any that could be added."""
    labels = missing(wanted.labels, [label["name"] for label in found["labels"]])
    labelled = one_by_one(notes, "label", labels, lambda names: _label(at, found["number"], names))
    return _request(at, found, wanted, notes, new=new) or labelled


def _label(at: Connection, number: int, names: list[str]) -> None:
    at.send("POST", f"{_repo(at)}/issues/{number}/labels", {"labels": names}, twice=True)


def _request(at: Connection, found: Any, wanted: PullRequestSpec, notes: list[str], *, new: bool) -> bool:
    """Whoever has reviewed is no longer among those asked, and is not asked again."""
    asked = [user["login"] for user in found.get("requested_reviewers") or ()]
    asked += [f"{at.repository.owner}/{team['slug']}" for team in found.get("requested_teams") or ()]
    if not new and missing(wanted.reviewers, asked):
        noting(notes, "reviews", lambda: asked.extend(_reviewers(at, found["number"])))
    names = missing(wanted.reviewers, asked)
    return one_by_one(notes, "reviewer", names, lambda some: _ask(at, found["number"], some))


def _reviewers(at: Connection, number: int) -> list[str]:
    reviews = at.pages(f"{_repo(at)}/pulls/{number}/reviews", {"per_page": "100"})
    return [review["user"]["login"] for review in reviews if review["user"] and review["state"] != "DISMISSED"]


def _ask(at: Connection, number: int, names: list[str]) -> None:
    users = [name for name in names if "/" not in name]
    teams = [name.rpartition("/")[2] for name in names if "/" in name]
    body = {"reviewers": users, "team_reviewers": teams}
    at.send("POST", f"{_repo(at)}/pulls/{number}/requested_reviewers", {k: v for k, v in body.items() if v}, twice=True)
