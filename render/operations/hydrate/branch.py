"""Hydrated branches: the tree of one cluster on a branch of its own, as Argo CD's source hydrator leaves it.

`hydrator.metadata` names the dry commit (drySha) that the manifests come from: at the branch's root, where GitOps
Promoter reads it, and in the cluster's folder, where it does for a strategy with an `activePath`. Where a newer dry
commit changes no manifest there is no new commit, but a git note under `refs/notes/hydrator.metadata` of the hydrated
commit says so (argoproj/argo-cd, reposerver's commit server, and argoproj-labs/gitops-promoter, whose facts these are).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.errors import wrong
from render.git.branches import FETCH, PUSH, Branch, LostRaceError, is_ancestor, push_failure, worktree_of
from render.git.lock import alone, common_folder
from render.git.process import CODE, GitError, git, remote_failure
from render.operations.hydrate.dry_commit import Dry, commit_fields
from render.secrets import hide_secrets

METADATA = "hydrator.metadata"
NOTES = "refs/notes/hydrator.metadata"
_MANIFEST = "manifest.yaml"
_FETCHED = "refs/meshrev/hydrated"
# GitOps Promoter's name of what is proposed, with the path of a strategy that has an `activePath`.
_ACTIVE = re.compile(r"(.+?)-next(?:/.+)?")
_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Tip:
    """Where a hydrated branch and its notes stand; None: there is none yet."""

    commit: str | None
    notes: str | None


def fetch_tip(root: Path, branch: Branch) -> Tip:
    """Returns where the branch stands, after one fetch where it is at a remote; it need not be there yet."""
    if branch.remote is None:
        return Tip(_tip(root, branch.ref), _tip(root, NOTES))
    into = f"{_FETCHED}/{branch.remote}"
    # Patterns, since they may match nothing where a name would have to be there.
    specs = (f"+{branch.ref}*:{into}/heads/{branch.name}*", f"+{NOTES}*:{into}/notes*")
    with alone(common_folder(root)):  # two would want to write the same refs
        try:
            git("fetch", *FETCH, branch.remote, *specs, folder=root)
        except GitError as error:
            raise remote_failure(error, f"fetching {branch.title}") from None
        return Tip(_tip(root, f"{into}/heads/{branch.name}"), _tip(root, f"{into}/notes"))


def starting_tip(root: Path, branch: Branch, tip: Tip) -> Tip:
    """Returns what a branch goes on from: where it stands, or where `env/prod` does for a new `env/prod-next`, since a
    forge opens no pull request between branches that have no commit in common."""
    active = _ACTIVE.fullmatch(branch.name)
    if tip.commit or not active:
        return tip
    return Tip(fetch_tip(root, Branch(active[1], branch.remote)).commit, tip.notes)


def dry_sha(root: Path, tip: Tip) -> str | None:
    """Returns the dry commit that the branch was hydrated from last, by its note or else by its metadata."""
    if tip.commit is None:
        return None
    notes = _entries(root, tip.notes) if tip.notes else {}
    blobs = [entry.split()[2] for path, entry in notes.items() if _noted_commit(path) == tip.commit]
    for blob in (*blobs, f"{tip.commit}:{METADATA}"):
        with suppress(GitError, ValueError, AttributeError):
            if found := json.loads(git("cat-file", "blob", blob, folder=root)).get("drySha"):
                return str(found)
    return None


# What git says of a commit that a remote does not have, and of one that is older than what is asked for.
_NOT_NEWER = ("not our ref", "no commits selected for shallow requests")


def is_newer(root: Path, commit: str, dry: str, branch: Branch) -> bool:
    """Returns whether a dry commit has another one in its history. Where it is not in this clone, which a run that was
    slow began with, the branch's remote is asked for it; one that is at neither, after history was rewritten, is not.

    Raises `InputError` where the remote does not tell, `OutsideError` where it cannot be reached.
    """
    if not _ID.fullmatch(commit):
        return False
    if branch.remote and not _is_here(root, commit):
        # A shallow clone stays one: nothing from before `dry` is asked for.
        shallow = git("rev-parse", "--is-shallow-repository", folder=root).strip() == b"true"
        since = (f"--shallow-since={commit_fields(root, '%cI', dry)[0]}",) if shallow else ()
        try:
            with alone(common_folder(root)):
                # Of the older protocols a remote hands out the ends of branches alone.
                git("fetch", *FETCH, *since, branch.remote, commit, folder=root, settings=("protocol.version=2",))
        except GitError as error:
            if any(words in error.said for words in _NOT_NEWER):
                return False
            if "unadvertised object" in error.said:
                message = f"{branch.title} holds what commit {commit[:10]} renders to, and {branch.remote} does not"
                raise wrong(CODE, f"{message} tell whether it is newer: fetch the branch that it is on first") from None
            raise remote_failure(error, f"fetching commit {commit[:10]} of {branch.remote}") from None
    return is_ancestor(root, dry, commit)


def _is_here(root: Path, commit: str) -> bool:
    try:
        git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", folder=root)
    except GitError:
        return False
    return True


def hydrated_tree(root: Path, tip: Tip, dry: Dry, folders: Iterable[str], own: str) -> str | None:
    """Returns the tree of the branch with the folders `own` and `folders` (from the root of the dry commit's
    repository) as the dry commit has them, and new metadata; None where the branch has all of it. Other files of the
    branch stay. `InputError` for a branch that Argo CD's own hydrator writes."""
    entries = _entries(root, tip.commit) if tip.commit else {}
    _refuse_another_hydrator(entries)
    before = dict(entries)
    entries = {path: entry for path, entry in entries.items() if not path.startswith(f"{own}/")}
    for folder in (own, *folders):
        entries |= _entries(root, dry.commit, folder)
    if not any(path.startswith(f"{own}/") for path in entries):
        raise wrong(
            CODE, f"commit {dry.commit[:10]} has no {own}: `meshrev render` and commit what it writes", file=own
        )
    ours = {METADATA, f"{own}/{METADATA}"}
    if _without(entries, ours) == _without(before, ours):
        return None
    text = json.dumps(dry.metadata, indent=2, ensure_ascii=False) + "\n"
    blob = os.fsdecode(git("hash-object", "-w", "--stdin", folder=root, stdin=text.encode())).strip()
    entries |= dict.fromkeys(ours, f"100644 blob {blob}")
    return _tree(root, entries)


def _refuse_another_hydrator(entries: Collection[str]) -> None:
    """Argo CD's hydrator writes one `manifest.yaml` beside its metadata (commitserver/commit/hydratorhelper.go of
    argoproj/argo-cd) and leaves other files alone. Beside a kustomization nobody reads it: what is synced would be what
    this program wrote last, under the other's newer commit. Notes and the root's metadata would be each other's too.
    """
    for path in entries:
        folder, _, name = path.rpartition("/")
        if name == _MANIFEST and (f"{folder}/{METADATA}" if folder else METADATA) in entries:
            message = (
                "stands on this branch beside hydrator.metadata, so Argo CD's own hydrator writes it: two on one "
                "branch would bring old manifests under a new commit. Give each a branch of its own"
            )
            raise wrong(CODE, message, file=path)


def _without(entries: Mapping[str, str], paths: Collection[str]) -> dict[str, str]:
    return {path: entry for path, entry in entries.items() if path not in paths}


def add_note(root: Path, tip: Tip, commit: str, dry: str) -> str:
    """Returns the notes with one more: that `commit` holds what the dry commit of this id renders to. Nothing refers to
    it."""
    text = json.dumps({"drySha": dry}) + "\n"
    blob = os.fsdecode(git("hash-object", "-w", "--stdin", folder=root, stdin=text.encode())).strip()
    entries = _entries(root, tip.notes) if tip.notes else {}
    kept = {path: entry for path, entry in entries.items() if _noted_commit(path) != commit}
    kept[commit] = f"100644 blob {blob}"
    parents = ["-p", tip.notes] if tip.notes else []
    message = b"Notes of hydrated commits\n"
    return os.fsdecode(git("commit-tree", *parents, "-F", "-", _tree(root, kept), folder=root, stdin=message)).strip()


def publish(root: Path, branch: Branch, tip: Tip, commit: str, notes: str) -> None:
    """Move the branch and the notes from where they stood, both or none. Raises as `publish.pushed` does."""
    moves = [(branch.ref, tip.commit, commit), (NOTES, tip.notes, notes)]
    if branch.remote is None:
        if elsewhere := worktree_of(root, branch):
            raise wrong(CODE, f"{branch.name} is checked out in {elsewhere}: go to another branch there first")
        lines = "".join(f"update {ref} {new} {old or '0' * len(new)}\n" for ref, old, new in moves)
        try:
            git("update-ref", "-m", "meshrev", "--stdin", folder=root, stdin=lines.encode())
        except GitError as error:
            raise LostRaceError(f"{branch.name} was moved by somebody else: {hide_secrets(str(error))}") from None
        return
    leases = [f"--force-with-lease={ref}:{old or ''}" for ref, old, _ in moves]
    try:
        git(
            *("push", *PUSH, "--atomic", *leases, branch.remote),
            *(f"{new}:{ref}" for ref, _, new in moves),
            folder=root,
        )
    except GitError as error:
        raise push_failure(error, branch) from None


def _noted_commit(path: str) -> str:
    """Returns the commit that a note is of: git spreads many notes over folders of two digits each."""
    return path.replace("/", "")


def _tip(root: Path, ref: str) -> str | None:
    found = git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", folder=root, ok=(0, 1))
    return os.fsdecode(found).strip() or None


def _entries(root: Path, commit: str, folder: str = "") -> dict[str, str]:
    """Returns all files of a commit, of a folder of it where one is named, by path: mode, kind and id."""
    below = ("--", f"{folder}/") if folder else ()
    listed = os.fsdecode(git("ls-tree", "-r", "-z", "--full-tree", commit, *below, folder=root)).split("\0")
    return {path: about for about, _, path in (entry.partition("\t") for entry in listed) if path}


def _tree(root: Path, entries: Mapping[str, str]) -> str:
    """Returns the id of a tree with these files."""
    found: dict[str, Any] = {}
    for path, entry in entries.items():
        *folders, name = path.split("/")
        into = found
        for folder in folders:
            into = into.setdefault(folder, {})
        into[name] = entry
    return _write(root, found)


def _write(root: Path, folder: Mapping[str, Any]) -> str:
    lines = [
        f"{entry}\t{name}\0" if isinstance(entry, str) else f"040000 tree {_write(root, entry)}\t{name}\0"
        for name, entry in folder.items()
    ]
    return os.fsdecode(git("mktree", "-z", folder=root, stdin=os.fsencode("".join(lines)))).strip()
