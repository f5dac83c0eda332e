"""From a commit to the branch that it is for: made again on what others made meanwhile, at most a few times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from render.errors import OutsideError
from render.operations.operate import How, Made, Operation, made
from render.repo.publish import Branch, LostRaceError, advanced, fetched, is_ancestor, local, pushed, upstream

ATTEMPTS = 5

Where = Literal["local", "push", "pr"]


@dataclass(frozen=True, slots=True)
class Landed:
    """What an operation came to. `made` is None where all was so already; `branch` is where the commit is now, None
    where it was only tried."""

    made: Made | None
    branch: Branch | None
    attempts: int = 1
    pull_request: str | None = None
    notes: tuple[str, ...] = ()


def landed(
    operation: Operation,
    where: Where,
    how: How,
    *,
    onto: str | None = None,
    remote: str | None = None,
    dry: bool = False,
) -> Landed:
    """Do an operation and bring its commit to the branch `onto`, else the one that is checked out (or its upstream).

    With `pr` the commit goes to a branch of its own, and a pull request into that branch is opened or updated.
    Raises `InputError` for what keeps it from being done, and `OutsideError` where the branch was moved by others
    again and again, or the remote cannot be reached; nothing is half done then.
    """
    branch = local(onto) if where == "local" else upstream(onto, remote)
    also = None
    if where == "pr":
        from render.operations.proposing import branch_name  # which needs a client for HTTP

        also = branch_name(operation)
        how = replace(how, hazards=True)
    trouble, done = "", None
    for attempt in range(1, ATTEMPTS + 1):
        base, tip = fetched(branch, also)
        if done and where != "pr" and is_ancestor(done.commit, base):
            return Landed(done, branch, attempt)  # the push arrived, only its answer did not
        done = made(operation, base, how)
        if done is None or dry:
            return Landed(done, None, attempt)
        try:
            return _brought(operation, done, branch, tip, where, attempt)
        except LostRaceError as error:
            trouble = str(error)
            how.said(f"{trouble}: doing it again on what is there now")
    raise OutsideError(f"gave up after {ATTEMPTS} tries, and nothing was changed: {trouble}. Try again")


def _brought(operation: Operation, done: Made, branch: Branch, tip: str | None, where: Where, attempt: int) -> Landed:
    if where == "pr":
        from render.operations.proposing import proposed

        found = proposed(operation, done, branch, tip, done.forge)
        return Landed(replace(done, commit=found.commit), found.branch, attempt, found.url, found.notes)
    if branch.remote is None:
        advanced(branch, done.commit, done.base)
    else:
        pushed(branch, done.commit, done.base)
    return Landed(done, branch, attempt)
