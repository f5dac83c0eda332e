"""GitLab, gitlab.com as well as one's own: https://docs.gitlab.com/api/merge_requests/

A merge request's number is its iid. A draft is a prefix of its title.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from render.forge.connection import AlreadyOpenError, Connection, RefusedError, UnansweredRequest
from render.forge.shared import after_no_answer, before_merging, missing, noting, same_text
from render.forge.types import CheckState, MergeOutcome, PullRequest, PullRequestSpec, State, Status, Update

NAME = "GitLab"
BODY_LIMIT: int | None = 1_000_000  # characters
AUTHORIZATION = "Bearer {}"  # in this form all kinds of its tokens are accepted
HEADERS: dict[str, str] = {}

_DRAFT = "Draft: "
_STATES: dict[str, State] = {"merged": "merged", "closed": "closed"}  # opened, and locked while it is merged
# https://docs.gitlab.com/api/merge_requests/#merge-status
_NEVER = {
    "broken_status": "it has conflicts with the target branch",
    "commits_status": "its branch does not exist or has no commits",
    "conflict": "it has conflicts with the target branch",
    "need_rebase": "its branch is behind the target branch, and must not be",
    "not_open": "it is not open",
}
_NOT_READY = {
    "approvals_syncing": "GitLab is still counting its approvals",
    "checking": "GitLab is still looking whether it can be merged",
    "ci_must_pass": "its pipeline has not succeeded",
    "ci_still_running": "its pipeline is running",
    "discussions_not_resolved": "a discussion is not resolved",
    "draft_status": "it is a draft",
    "not_approved": "an approval is missing",
    "preparing": "GitLab is still preparing it",
    "requested_changes": "a reviewer has asked for changes",
    "unchecked": "GitLab is still looking whether it can be merged",
}
_PIPELINE_DONE = ("success", "skipped", "manual")


def find(at: Connection, head: str, base: str) -> PullRequest | None:
    """Returns the open merge request between two branches of this project."""
    query = {"state": "opened", "source_branch": head, "target_branch": base, "per_page": "100"}
    for found in at.pages(_all(at), query):
        own = found["source_project_id"] == found["target_project_id"]
        if own and (found["source_branch"], found["target_branch"]) == (head, base):
            return _pull_request(found)
    return None


def open(at: Connection, wanted: PullRequestSpec) -> PullRequest:
    """Returns a new merge request. `AlreadyOpenError` where there is one, `UnansweredRequest` where there may be one
    now."""
    notes: list[str] = []
    labels = _labels(wanted, notes)
    ids = _ids(at, list(wanted.reviewers), notes)
    body = {
        "source_branch": wanted.head,
        "target_branch": wanted.base,
        "title": f"{_DRAFT if wanted.draft else ''}{wanted.title}",
        "description": wanted.body,
        **({"labels": ",".join(labels)} if labels else {}),
        **({"reviewer_ids": list(ids.values())} if ids else {}),
    }
    try:
        opened = at.send("POST", _all(at), body, twice=False)
    except RefusedError as error:
        if error.status == 409:
            raise AlreadyOpenError(str(error)) from None
        raise
    _not_taken(opened, ids, notes)
    return replace(_pull_request(opened), notes=tuple(notes))


def update(at: Connection, number: int, wanted: PullRequestSpec) -> Update:
    """Makes title, description, labels and reviewers as wanted; labels and reviewers of others stay."""
    notes: list[str] = []
    before = at.get(_one(at, number))
    changes: dict[str, Any] = {}
    draft = before["title"][: -len(_title(before))] if _title(before) else ""
    if not same_text(_title(before), wanted.title):
        changes["title"] = f"{draft}{wanted.title}"
    if not same_text(before["description"], wanted.body):
        changes["description"] = wanted.body
    labels = [label for label in _labels(wanted, notes) if label not in before["labels"]]
    if labels:
        changes["add_labels"] = ",".join(labels)
    there = {user["username"]: user["id"] for user in before.get("reviewers") or ()}
    ids = _ids(at, missing(wanted.reviewers, there), notes)
    if ids:
        changes["reviewer_ids"] = [*there.values(), *ids.values()]  # the list as a whole is replaced
    if not changes:
        return Update(replace(_pull_request(before), notes=tuple(notes)), False)
    after = at.send("PUT", _one(at, number), changes, twice=True)
    _not_taken(after, ids, notes)
    changed = any(before.get(name) != after.get(name) for name in ("title", "description", "labels", "reviewers"))
    return Update(replace(_pull_request(after), notes=tuple(notes)), changed)


def status(at: Connection, number: int) -> Status:
    """GitLab's own judgement, which it computes after each push, and the last pipeline's, required or not."""
    data = at.get(_one(at, number))
    found = _pull_request(data)
    if found.state != "open":
        return Status(found, "refused", f"it is {found.state}")
    detail = data.get("detailed_merge_status") or _old_status(data)
    if detail in _NEVER:
        return Status(found, "refused", _NEVER[detail])
    if detail != "mergeable":
        return Status(found, "not yet", _NOT_READY.get(detail, f"GitLab says: {detail}"))
    pipeline = (data.get("head_pipeline") or {}).get("status", "success")
    if pipeline not in _PIPELINE_DONE:
        return Status(found, "not yet", f"its pipeline is {pipeline}")
    return Status(found, "yes")


def merge(at: Connection, number: int, sha: str) -> MergeOutcome:
    """Merges the commit `sha` and no other, in the project's own way."""
    answer = before_merging(status(at, number), sha)
    if answer:
        return answer
    try:
        done = at.send("PUT", f"{_one(at, number)}/merge", {"sha": sha}, twice=False)
    except UnansweredRequest as error:
        return after_no_answer(error, lambda: status(at, number), sha)
    except RefusedError as error:
        if error.status in (401, 403):  # the token was good for the status
            return MergeOutcome("refused", f"the token in {at.token.variable} may not merge into this protected branch")
        if error.status == 409:
            return MergeOutcome("refused", error.said or str(error))
        if error.status not in (405, 406, 422):
            raise
        return before_merging(status(at, number), sha) or MergeOutcome("not yet", error.said or str(error))
    if done["state"] == "merged":
        return MergeOutcome("merged")
    return MergeOutcome("not yet", "GitLab has taken it up and merges it later, in a merge train")


def checks(at: Connection, commit: str) -> dict[str, CheckState]:
    """Returns the commit's statuses, which jobs of pipelines are too: of each name the newest.
    See https://docs.gitlab.com/api/commits/#list-commit-statuses."""
    project = quote(at.repository.path, safe="")
    states: dict[str, CheckState] = {"success": "passed", "skipped": "passed", "failed": "failed", "canceled": "failed"}
    path = f"/projects/{project}/repository/commits/{commit}/statuses"
    return {one["name"]: states.get(one["status"], "pending") for one in at.pages(path, {"per_page": "100"})}


def _all(at: Connection) -> str:
    return f"/projects/{quote(at.repository.path, safe='')}/merge_requests"


def _one(at: Connection, number: int) -> str:
    return f"{_all(at)}/{number}"


def _pull_request(data: Any) -> PullRequest:
    return PullRequest(
        number=data["iid"],
        url=data["web_url"],
        title=_title(data),
        body=data["description"] or "",
        head=data["source_branch"],
        base=data["target_branch"],
        head_sha=data["sha"] or "",
        state=_STATES.get(data["state"], "open"),
        draft=data.get("draft", False),
    )


def _title(data: Any) -> str:
    """Returns the title without the mark of a draft (https://docs.gitlab.com/user/project/merge_requests/drafts/)."""
    title: str = data["title"]
    if data.get("draft"):
        for mark in ("draft:", "[draft]", "(draft)"):
            if title.lower().startswith(mark):
                return title[len(mark) :].lstrip()
    return title


def _old_status(data: Any) -> str:
    """Before GitLab 15.6 only conflicts were told."""
    return {"can_be_merged": "mergeable", "cannot_be_merged": "conflict"}.get(data.get("merge_status", ""), "checking")


def _labels(wanted: PullRequestSpec, notes: list[str]) -> list[str]:
    """Labels go over in one text with commas between them."""
    notes += [f"label {label}: GitLab allows no comma in a label" for label in wanted.labels if "," in label]
    return [label for label in dict.fromkeys(wanted.labels) if "," not in label]


def _ids(at: Connection, names: list[str], notes: list[str]) -> dict[str, int]:
    """Returns the numbers of users, by name; a note for those that there are not."""
    ids: dict[str, int] = {}
    for name in dict.fromkeys(names):
        found: list[Any] = []
        if noting(notes, f"reviewer {name}", partial(_look_up, at, name, found)):
            ids |= {user["username"]: user["id"] for user in found[:1]}
            notes += [] if found else [f"reviewer {name}: GitLab knows no such user"]
    return ids


def _look_up(at: Connection, name: str, found: list[Any]) -> None:
    found += at.get("/users", {"username": name})


def _not_taken(after: Any, ids: dict[str, int], notes: list[str]) -> None:
    """GitLab leaves out without a word whom it does not accept."""
    taken = {user["id"] for user in after.get("reviewers") or ()}
    notes += [
        f"reviewer {name}: GitLab did not take them (no member of the project, or more than one without a licence)"
        for name, number in ids.items()
        if number not in taken
    ]
