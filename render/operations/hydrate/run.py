"""`hydrate`: the tree of one cluster, as a commit of the fleet has it, on a branch for who promotes by branches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from render.errors import OutsideError, wrong
from render.git.branches import Branch, LostRaceError, branch_name, remote_named
from render.git.commit import commit_tree
from render.git.commit_reader import CommitReader
from render.git.process import config, text
from render.git.trees import Repository
from render.git.worktree import checkout, clear_left_behind
from render.logs import CHANGE
from render.operations.change.push import ATTEMPTS
from render.operations.change.transaction import needed_paths
from render.operations.hydrate.branch import (
    Tip,
    add_note,
    dry_sha,
    fetch_tip,
    hydrated_tree,
    is_newer,
    publish,
    starting_tip,
)
from render.operations.hydrate.dry_commit import dry_commit
from render.operations.render.fleet import open_fleet, refuse_committed_state
from render.operations.render.run import check
from render.secrets import hide_secrets
from render.specs.clusters import load_clusters
from render.tree.layout import SHARED_CRDS

CODE = "MR206"


@dataclass(frozen=True, slots=True)
class HydrateResult:
    """What came of it: the branch's commit, and whether it is new; `dry` is the commit that it comes from."""

    branch: Branch
    commit: str
    dry: str
    is_new: bool


def hydrate(root: Path, cluster: str, branch: str, rev: str, *, push: bool, remote: str | None) -> HydrateResult:
    """Bring the tree that the commit `rev` has of a cluster of the fleet in `root` to a branch; no commit where no
    manifest changes.

    Raises `InputError` where the tree is not what the specs of that commit say, and where the branch holds a newer one.
    """
    clear_left_behind(root)
    branch = branch_name(root, branch, "--branch")
    dry, crds, prefix, output = _check(root, cluster, rev)
    target = Branch(branch, remote_named(root, remote) if push else None)
    of = target.remote
    url = text("remote", "get-url", of, folder=root) if of else config(root, "remote.origin.url")
    about = dry_commit(root, dry, hide_secrets(url))
    own = f"{prefix}{output}/{cluster}"
    shared = [f"{prefix}{output}/{SHARED_CRDS}"] if crds else []
    trouble = ""
    for attempt in range(1, ATTEMPTS + 1):
        tip = fetch_tip(root, target)
        begin = starting_tip(root, target, tip)
        _refuse_older(root, begin, dry, target)
        tree = hydrated_tree(root, begin, about, shared, own)
        if tree is None and tip.commit and dry_sha(root, tip) == dry:
            return HydrateResult(target, tip.commit, dry, False)
        message = f"{cluster}: {about.subject}\n\nHydrated from {dry}\n"
        commit = commit_tree(root, tree, begin.commit, message) if tree else begin.commit
        assert commit
        try:
            publish(root, target, tip, commit, add_note(root, tip, commit, dry))
        except LostRaceError as error:
            trouble = str(error)
            CHANGE.info("%s: try %s of %s", trouble, attempt, ATTEMPTS)
            continue
        return HydrateResult(target, commit, dry, tree is not None)
    raise OutsideError(f"gave up after {ATTEMPTS} tries, and nothing was changed: {trouble}. Try again")


def _check(root: Path, cluster: str, rev: str) -> tuple[str, bool, str, str]:
    """Returns the commit, whether the cluster refers to shared definitions, the fleet's folder with a slash, and its
    output.

    `InputError` where the committed tree is not what the specs say.
    """
    with Repository(root) as repository:
        side = repository.side(rev)
        assert side.commit
        reader = CommitReader(repository, side)
        opened = open_fleet(root, reader)
        refuse_committed_state(opened)
        (specs,) = load_clusters(reader, opened.fleet, opened.cache, [cluster]).specs
        prefix = repository.prefix
        with checkout(repository, side, needed_paths(opened, [specs], ())) as at:
            result = check(at.root / prefix, [cluster])
    for one in (*result.shared, *result.clusters):
        if one.differs:
            message = f"is not what the specs at {rev} say: run `meshrev render` and commit what it writes"
            raise wrong(CODE, message, file=one.folder)
    return side.commit, bool(result.shared), prefix, opened.fleet.output


def _refuse_older(root: Path, tip: Tip, dry: str, branch: Branch) -> None:
    """Refuses a branch that is ahead: a run that was slow does not take it back."""
    there = dry_sha(root, tip)
    if there and there != dry and is_newer(root, there, dry, branch):
        message = f"{branch.title} holds what the newer commit {there[:10]} renders to: hydrate that one, or a newer"
        raise wrong(CODE, message)
