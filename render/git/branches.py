"""Bringing a commit to the branch that it is for, locally or at a remote, and never over somebody else's commit."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, NoReturn

from render.errors import InputError, OutsideError, wrong
from render.git.lock import alone, common_folder
from render.git.process import CODE, WRITES_MANY, GitError, config, git, of_the_remote, remote_failure, text
from render.messages import few, one_line
from render.secrets import hide_secrets

_FETCHED = "refs/meshrev/fetched"  # what was fetched last, kept apart from the person's own remote-tracking branches
OURS = "meshrev"  # branches for pull requests are below this name


class LostRaceError(Exception):
    """Somebody else moved the branch meanwhile: look again."""


class UnansweredError(LostRaceError):
    """The connection broke, and nobody knows whether the push arrived: look again."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch by its short name; `remote` is None for the local one."""

    name: str
    remote: str | None = None

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.name}"

    @property
    def title(self) -> str:
        return f"{self.name} of {self.remote}" if self.remote else self.name


def current_branch(root: Path) -> str | None:
    """Returns the branch that is checked out, None for a detached HEAD. `InputError` where there is no repository."""
    try:
        # Not --short, which calls it `heads/main` where a tag `main` is there too.
        ref = os.fsdecode(git("symbolic-ref", "--quiet", "HEAD", folder=root, ok=(0, 1))).strip()
    except GitError as error:
        raise wrong(CODE, str(error)) from None
    return ref.removeprefix("refs/heads/") or None


def local(root: Path, name: str | None) -> Branch:
    """Returns the local branch of that name, without a name the one that is checked out."""
    current = current_branch(root)
    return Branch(branch_name(root, name) if name else current or _no_branch())


def upstream(root: Path, name: str | None, remote: str | None = None) -> Branch:
    """Returns the branch at the remote that the local branch `name` (else the one that is checked out) is pushed to."""
    of = branch_name(root, name) if name else current_branch(root) or _no_branch()
    merge = config(root, f"branch.{of}.merge").removeprefix("refs/heads/") if not name else ""
    found = remote_named(root, remote, of)
    # As git has it for those who fetch from one repository and push to another, a fork.
    pushes_to = config(root, f"branch.{of}.pushRemote") or config(root, "remote.pushDefault")
    if not remote and pushes_to and pushes_to != found:
        message = f"{of} comes from {found}, and `git push` goes to {pushes_to}: say which is meant"
        raise wrong(CODE, f"{message}, --remote {found} or --remote {pushes_to}")
    return Branch(merge or of, found)


def remote_named(root: Path, remote: str | None, of: str | None = None) -> str:
    """Returns the remote of that name, without one that of the branch `of` (else of the one that is checked out), else
    origin or the only one. `InputError` where there is none."""
    of = of or current_branch(root)
    found = remote or (config(root, f"branch.{of}.remote") if of else "") or config(root, "remote.pushDefault")
    known = os.fsdecode(git("remote", folder=root)).split()
    if not found:
        found = "origin" if "origin" in known or len(known) != 1 else known[0]
    if found not in known:
        listed = f"it has {', '.join(known)}" if known else "it has none: git remote add origin URL"
        raise wrong(CODE, f"this repository has no remote {found} ({listed})")
    return found


def _no_branch() -> NoReturn:
    raise wrong(CODE, "no branch is checked out here: name the one that is meant, --onto BRANCH")


def branch_name(root: Path, name: str, option: str = "--onto") -> str:
    """Returns the name, which may be a branch's. `InputError` where it may not; `option` is where it was given."""
    try:
        git("check-ref-format", f"refs/heads/{name}", folder=root)
    except GitError:
        raise wrong(CODE, f"{option} {one_line(name)}: that is no name of a branch") from None
    return name


# Nothing but the refs that are named, whatever a person has configured: `--refmap=` spares remote-tracking branches.
FETCH = ("--quiet", "--no-tags", "--prune", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=")
# An ignored file is somebody's too: git would write over it.
FAST_FORWARD = ("--quiet", "--ff-only", "--no-overwrite-ignore", "--no-autostash", "--no-verify-signatures")
_STRATEGY = "--strategy=recursive"  # not one of pull.twohead, such as `ours`, that makes a merge of a fast-forward
PUSH = ("--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")


class Fetch(NamedTuple):
    """The newest commit of a branch, and those of the branches below `meshrev/`, by name."""

    commit: str
    ours: Mapping[str, str]


def fetch(root: Path, branch: Branch, *, ours: bool = False) -> Fetch:
    """Returns the newest commit of the branch, after one fetch where it is at a remote; and where `ours` are asked for,
    that of each branch below `meshrev/`, by name.

    Raises `InputError` where the branch does not exist, `OutsideError` where the remote cannot be reached.
    """
    if branch.remote is None:
        return Fetch(_known_tip(root, branch.ref, branch), {})
    into = f"{_FETCHED}/{branch.remote}"
    # One name for whichever branch: a branch `release` that there was would be in the way of a `release/1.24`.
    base = f"{into}/base"
    specs = [f"+{branch.ref}:{base}"]
    if ours:
        # A pattern may match nothing, where a name would have to be there.
        specs.append(f"+refs/heads/{OURS}/*:{into}/{OURS}/*")
    with alone(common_folder(root)):  # two would want to write the same refs
        try:
            git("fetch", *FETCH, branch.remote, *specs, folder=root)
        except GitError as error:
            if "couldn't find remote ref" in error.said:
                raise wrong(CODE, f"{branch.remote} has no branch {branch.name}: name another with --onto") from None
            raise remote_failure(error, f"fetching {branch.title}") from None
        return Fetch(_known_tip(root, base, branch), _tips(root, f"{into}/") if ours else {})


def _tips(root: Path, into: str) -> dict[str, str]:
    listed = git("for-each-ref", "--format=%(refname) %(objectname)", f"{into}{OURS}/", folder=root)
    return dict(
        line.removeprefix(into).split(" ") for line in os.fsdecode(listed).splitlines()
    )  # no name of a ref holds a space


def _known_tip(root: Path, ref: str, branch: Branch) -> str:
    tip = _tip(root, ref)
    if tip is None:
        raise wrong(CODE, f"there is no commit on the branch {branch.title} yet")
    return tip


def _tip(root: Path, ref: str) -> str | None:
    found = git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", folder=root, ok=(0, 1))
    return os.fsdecode(found).strip() or None


def not_in(root: Path, commit: str) -> int:
    """Returns how many commits of the branch that is checked out are not in the history of a commit."""
    return int(git("rev-list", "--count", f"{commit}..HEAD", folder=root, ok=(0, 128)).strip() or 0)


def is_ancestor(root: Path, commit: str, of: str) -> bool:
    """Returns whether a commit is in the history of another, or is that one."""
    try:
        git("merge-base", "--is-ancestor", commit, of, folder=root)
    except GitError:
        return False
    return True


def push(root: Path, branch: Branch, commit: str, expected: str | None) -> None:
    """Move a branch of a remote from `expected` (None: it must not exist yet) to `commit`, and only from there.

    Raises `LostRaceError` where it stands elsewhere, `UnansweredError` where the connection broke and nobody knows,
    `InputError` with the remote's own words where the remote refuses it, `OutsideError` where it was not reached.
    """
    assert branch.remote
    lease = f"--force-with-lease={branch.ref}:{expected or ''}"
    try:
        git("push", *PUSH, lease, branch.remote, f"{commit}:{branch.ref}", folder=root)
    except GitError as error:
        raise push_failure(error, branch, "Where the branch is protected: --pr") from None


# Said before a remote has done anything.
_NOT_REACHED = (
    "Authentication failed",
    "could not read Username",
    "could not read Password",
    "returned error: 401",
    "returned error: 403",
    "returned error: 404",
    "Permission denied (",
    "ERROR: ",  # a forge's own, over ssh
    "Could not resolve host",
    "Failed to connect",
    "Connection refused",
    "can't be combined with refspecs",  # remote.<name>.mirror is set
)
_LOST = ("stale info", "fetch first", "non-fast-forward", "cannot lock ref", "failed to update ref", "already exists")


def push_failure(error: GitError, branch: Branch, way_out: str = "") -> Exception:
    """Returns what a push that failed means: a lost race, which is worth another try, or a refusal in the remote's
    words."""
    lines = [hide_secrets(line.strip()) for line in error.said.splitlines() if line.strip()]
    rejected = next((line for line in lines if line.startswith("!\t")), None)
    if rejected is None:
        trouble = remote_failure(error, f"pushing to {branch.title}")
        return trouble if any(word in error.said for word in _NOT_REACHED) else UnansweredError(str(trouble))
    # An atomic push tells of the ref that stood elsewhere in the remote's own words only.
    said_of_refs = [rejected, *(line for line in lines if "error: " in line)]
    if any(word in line for word in _LOST for line in said_of_refs):
        return LostRaceError(f"{branch.title} was moved by somebody else")
    why = rejected.rpartition("\t")[2]
    message = f"{branch.remote} refuses the push to {branch.name}, and nothing was changed: {why}"
    said = of_the_remote(lines)
    return wrong(CODE, f"{message}{f' ({said})' if said else ''}{f'. {way_out}' if way_out else ''}")


def fast_forward(root: Path, branch: Branch, commit: str, expected: str) -> None:
    """Move a local branch from `expected` to `commit`, its child; where it is checked out, as a fast-forward, which
    leaves alone whatever a person has changed in other files.

    Raises `LostRaceError` where the branch stands elsewhere, `InputError` where changes of a person are in the way.
    """
    with alone(common_folder(root)):  # another meshrev is waited for, any other git is told of
        _advance(root, branch, commit, expected)


def _advance(root: Path, branch: Branch, commit: str, expected: str) -> None:
    if _tip(root, branch.ref) != expected:
        raise LostRaceError(f"{branch.name} was moved by somebody else")
    if current_branch(root) == branch.name:
        _fast_forward(root, branch, commit, expected)
        return
    if elsewhere := worktree_of(root, branch):
        there = "run the same command there" if elsewhere.is_dir() else "where that is gone: `git worktree prune`"
        raise wrong(CODE, f"{branch.name} is checked out in {elsewhere}: {there}, or with --push")
    try:
        git("update-ref", "-m", "meshrev", branch.ref, commit, expected, folder=root)
    except GitError:
        raise LostRaceError(f"{branch.name} was moved by somebody else") from None


def _fast_forward(root: Path, branch: Branch, commit: str, expected: str) -> None:
    top = text("rev-parse", "--show-toplevel", folder=root)
    try:
        settings = (WRITES_MANY, f"branch.{branch.name}.mergeOptions=")  # which may squash instead
        git("merge", *FAST_FORWARD, _STRATEGY, commit, folder=top, settings=settings)
    except GitError as error:
        if _tip(root, branch.ref) != expected:
            raise LostRaceError(f"{branch.name} was moved by somebody else") from None
        raise _in_the_way(error) from None
    if not is_ancestor(root, commit, branch.ref):
        raise OutsideError(f"git merge did not bring {commit[:10]} to {branch.name}: `git status` says what it did")


def _in_the_way(error: GitError) -> InputError | OutsideError:
    # Once each: something in the way of a folder is told of for every file in it.
    files = list(dict.fromkeys(line.strip() for line in error.said.splitlines() if line.startswith("\t")))
    if files:
        message = f"your own changes are in the way, and nothing was changed: commit or stash {few(files, 5)} first"
        return wrong(CODE, message)
    if "index.lock" in error.said:
        return OutsideError("another git command is at work here (index.lock): wait for it to end, then try again")
    return wrong(CODE, f"the commit cannot be taken into the branch that is checked out, nothing was changed: {error}")


def worktree_of(root: Path, branch: Branch) -> Path | None:
    """Returns the working tree in which a branch is checked out."""
    folder = ""
    for line in os.fsdecode(git("worktree", "list", "--porcelain", folder=root)).splitlines():
        if line.startswith("worktree "):
            folder = line.removeprefix("worktree ")
        elif line == f"branch {branch.ref}":
            return Path(folder)
    return None
