"""From a commit to the branch that it is for: made again on what others made meanwhile, at most a few times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from render.errors import OutsideError
from render.git.branches import (
    Branch,
    LostRaceError,
    UnansweredError,
    fast_forward,
    fetch,
    is_ancestor,
    local,
    not_in,
    push,
    upstream,
)
from render.git.worktree import clear_left_behind
from render.logs import CHANGE
from render.messages import count
from render.operations.change.operation import How, NewCommit, Operation
from render.operations.change.transaction import make_commit

ATTEMPTS = 5

Where = Literal["local", "push", "pr"]


@dataclass(frozen=True, slots=True)
class LandResult:
    """What an operation came to. `made` is None where all was so already; `branch` is where the commit is now, None
    where it was only tried."""

    made: NewCommit | None
    branch: Branch | None
    pull_request: str | None = None
    notes: tuple[str, ...] = ()


def land(
    root: Path,
    operation: Operation,
    where: Where,
    how: How,
    *,
    onto: str | None = None,
    remote: str | None = None,
    dry: bool = False,
) -> LandResult:
    """Do an operation on the fleet in `root` and bring its commit to the branch `onto`, else the one that is checked
    out (or its upstream).

    With `pr` the commit goes to a branch of its own, and a pull request into that branch is opened or updated.
    Raises `InputError` for what keeps it from being done, and `OutsideError` where the branch was moved by others
    again and again, or the remote cannot be reached; nothing is half done then.
    """
    clear_left_behind(root)
    branch = local(root, onto) if where == "local" else upstream(root, onto, remote)
    if where == "pr":
        how = replace(how, hazards=True)
    trouble: LostRaceError | None = None
    done: NewCommit | None = None
    for attempt in range(1, ATTEMPTS + 1):
        base, ours = _look(root, branch, where, trouble)
        if done and (arrived := _result_after_push(root, operation, done, branch, base, ours, where)):
            return arrived
        if attempt == 1 and branch.remote and not onto and (number := not_in(root, base)):
            commits = count(number, "commit of your branch is", "commits of your branch are")
            how.said(f"{commits} not in {branch.title}, and so not in this either: push first if that is meant")
        if done is None or done.base != base:
            done = make_commit(root, operation, base, how)
        if done is None or dry:
            return LandResult(done, None)
        try:
            return _bring(root, operation, done, branch, ours, where)
        except LostRaceError as error:
            trouble = error
            CHANGE.info("%s: try %s of %s", trouble, attempt, ATTEMPTS)
            how.said(f"{trouble}: trying again on what is there now")
    base, ours = _look(root, branch, where, trouble)
    if done and (arrived := _result_after_push(root, operation, done, branch, base, ours, where)):
        return arrived
    raise OutsideError(f"gave up after {ATTEMPTS} tries, and nothing was changed: {trouble}. Try again")


Ours = Mapping[str, str]  # branches of pull requests by name, each with its newest commit


def _look(root: Path, branch: Branch, where: Where, trouble: LostRaceError | None) -> tuple[str, Ours]:
    try:
        return fetch(root, branch, ours=where == "pr")
    except OutsideError as error:
        if not isinstance(trouble, UnansweredError):
            raise
        unknown = "whether the push before it arrived is not known: run the same command again"
        raise OutsideError(f"{error}; {unknown}") from None


def _result_after_push(
    root: Path, operation: Operation, done: NewCommit, branch: Branch, base: str, ours: Ours, where: Where
) -> LandResult | None:
    """Returns what it came to where the push did arrive, and only its answer did not."""
    if where == "pr":
        from render.operations.change.pull_request import branch_name

        is_there = ours.get(branch_name(root, operation, done.edited, branch)) == done.commit
        return _bring(root, operation, done, branch, ours, where) if is_there else None
    return LandResult(done, branch) if is_ancestor(root, done.commit, base) else None


def _bring(root: Path, operation: Operation, done: NewCommit, branch: Branch, ours: Ours, where: Where) -> LandResult:
    if where == "pr":
        from render.operations.change.pull_request import branch_name, propose  # forges: only where one is asked

        its = Branch(branch_name(root, operation, done.edited, branch), branch.remote)
        found = propose(root, done, its, branch, ours.get(its.name), done.forge)
        return LandResult(replace(done, commit=found.commit), found.branch, found.url, found.notes)
    if branch.remote is None:
        fast_forward(root, branch, done.commit, done.base)
    else:
        push(root, branch, done.commit, done.base)
    return LandResult(done, branch)
