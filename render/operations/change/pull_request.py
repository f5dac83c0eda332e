"""From a commit to its pull request: a branch with a stable name, and one pull request that is opened once and kept
up to date then."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from render.errors import InputError, wrong
from render.finding import Finding
from render.forge.types import PullRequestSpec
from render.git.branches import OURS, Branch, is_ancestor, push
from render.git.process import git, text
from render.git.trees import SHALLOW, Side
from render.operations.change.operation import NewCommit, Operation, OperationEdits
from render.operations.diff.report.as_markdown import LIMIT, markdown
from render.specs.kinds import ForgeSettings

CODE = "MR205"
_SLUG = 60  # characters of a branch's name that say what it is for
_ROOM = 400  # bytes of a body beside the comparison and the trailers


@dataclass(frozen=True, slots=True)
class Proposal:
    """The branch, the commit at its end, the URL of its pull request (None without a forge), and what a person should
    know."""

    branch: Branch
    commit: str
    url: str | None
    notes: tuple[str, ...] = ()


def branch_name(root: Path, operation: Operation, edited: OperationEdits, base: Branch) -> str:
    """`meshrev/main/promote-tag-prod-to-default-v1-24-3-in-all-clusters`: the same for the same operation on the same
    branch; and another for another fleet of the repository, which would otherwise be pushed over."""
    folder = text("rev-parse", "--show-prefix", folder=root)
    words = f"{operation.verb} {edited.words or operation.words}{f' in {folder}' if folder else ''}"
    slug = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
    if len(slug) > _SLUG or re.search(r"[^A-Za-z0-9 -]", re.sub(r"\bv\d+\.\d+\.\d+\b", "", words)):
        # What the slug leaves out would make one name of two operations.
        slug = f"{slug[:_SLUG].rstrip('-')}-{hashlib.sha256(words.encode()).hexdigest()[:8]}"
    return f"{OURS}/{base.name}/{slug}"


def propose(
    root: Path, done: NewCommit, branch: Branch, base: Branch, tip: str | None, forge: ForgeSettings
) -> Proposal:
    """Bring the commit to the operation's branch, whose newest commit is `tip`, and have one pull request for it.

    A branch that says the same already stays as it is. Raises `LostRaceError` where the branch was moved meanwhile, and
    `InputError` where it has commits of others.
    """
    assert branch.remote
    kept = _same_change(root, done, tip, branch)
    start, commit = kept or (done.base, done.commit)
    if forge.type == "none":
        if kept is None:
            push(root, branch, commit, tip)
        note = "no forge is named (spec.forge.type in meshrev.yaml): open the pull request of this branch by hand"
        return Proposal(branch, commit, None, (note,))
    from render.forge.forge import forge_for, open_or_update  # slow to import, and other ways need no forge

    url = text("remote", "get-url", "--push", branch.remote, folder=root)
    with forge_for(forge.type, url, forge.url, forge.project) as opened:
        body = _body(root, done, start, commit, min(opened.body_limit or LIMIT, LIMIT))
        wanted = PullRequestSpec(done.message.subject, body, branch.name, base.name, forge.labels, forge.reviewers)
        if kept is None:
            opened.find(wanted.head, wanted.base)  # a token that is no good is told of before anything is pushed
            push(root, branch, commit, tip)
        found, outcome = open_or_update(opened, wanted)
    return Proposal(branch, commit, found.url, (f"the pull request was {outcome}", *found.notes))


def _same_change(root: Path, done: NewCommit, tip: str | None, branch: Branch) -> tuple[str, str] | None:
    """Returns the commit of the branch that makes the same change, so that nobody's approval of it is lost, after the
    one that it began at."""
    if tip is None or is_ancestor(root, tip, done.base):
        return None
    start = os.fsdecode(git("merge-base", done.base, tip, folder=root, ok=(0, 1))).strip()
    if not start and text("rev-parse", "--is-shallow-repository", folder=root) == "true":
        raise wrong(CODE, f"{branch.title} cannot be compared with {done.base[:10]}: {SHALLOW}")
    if start and git("diff-tree", "-r", start, tip, folder=root) == git(
        "diff-tree", "-r", done.base, done.commit, folder=root
    ):
        return start, tip
    _refuse_others(root, done.base, tip, branch)
    return None


def _refuse_others(root: Path, base: str, tip: str, branch: Branch) -> None:
    """Never over a commit that meshrev did not make: one without its trailers, or with another time of its committer
    than of its author, as `commit --amend` and rebasing leave it."""
    form = "--format=%h%x00%an%x00%at %ct%x00%(trailers:key=Meshrev-Operation,valueonly)%x01"
    findings = []
    for entry in os.fsdecode(git("log", form, f"{base}..{tip}", folder=root)).split("\x01"):
        if not entry.strip():
            continue
        commit, author, times, operation = entry.strip("\n").split("\0")
        written, committed = times.split()
        if not operation.strip() or written != committed:
            message = (
                f"{branch.title} has a commit of {author}, {commit}, which would be lost: merge or close its pull "
                "request first, or delete the branch"
            )
            findings.append(Finding(CODE, message))
    if findings:
        raise InputError(findings)


def _body(root: Path, done: NewCommit, start: str, commit: str, limit: int) -> str:
    """Returns what changes between these commits, which others can have, and the trailers, which a squash merge takes
    into its commit."""
    trailers = _trailers(root, done.base, commit)
    compared = replace(done.diff, before=_side(start), after=_side(commit))
    notes = "".join(f"- {note}\n" for note in done.edited.notes)
    room = limit - len(trailers.encode()) - len(notes.encode()) - _ROOM
    if room < 1000:
        raise wrong(CODE, "what is to be said of this operation does not fit into a pull request")
    return f"{markdown(compared, room)}\n{notes}\n{trailers}\n"


def _side(commit: str) -> Side:
    return Side(commit[:10], commit)


def _trailers(root: Path, base: str, commit: str) -> str:
    """Returns those of the operation's commit on the branch, which others may have merged something into since."""
    listed = os.fsdecode(git("log", "--format=%(trailers:only)%x01", f"{base}..{commit}", folder=root)).split("\x01")
    return next((one.strip() for one in listed if "Meshrev-Operation:" in one), "")
