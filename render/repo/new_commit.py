"""Commits that meshrev makes: of the index of a checkout, with trailers, signed where git is set up so."""

from __future__ import annotations

import os
from collections.abc import Iterable

from render.errors import wrong
from render.repo.git import CODE, GitError, git, is_set

Trailer = tuple[str, str]


def with_trailers(message: str, trailers: Iterable[Trailer]) -> str:
    """The message as `git interpret-trailers` ends it with these trailers, in order; values are one line each."""
    arguments = [f"--trailer={key}: {' '.join(value.split())}" for key, value in trailers]
    # What people have configured for trailers of their own (where they go, what is done with equal ones) is not ours.
    ours = ("--where=end", "--if-exists=add", "--if-missing=add")
    return git("interpret-trailers", *ours, *arguments, stdin=message.encode()).decode()


def commit_tree(tree: str, parent: str | None, message: str, *, sign: bool = True) -> str:
    """A commit of a tree, by whoever git is configured for; nothing refers to it yet. Without a parent, the first.

    Signed where `commit.gpgSign` says so, which `git commit-tree` leaves to its caller. `InputError` where git does
    not know who commits, or cannot sign.
    """
    parents = ["-p", parent] if parent else []
    signed = ["-S"] if sign and is_set("commit.gpgSign") else []
    try:
        said = git("commit-tree", *signed, *parents, "-F", "-", tree, stdin=message.encode())
    except GitError as error:
        raise wrong(CODE, _why(error, bool(signed))) from None
    return os.fsdecode(said).strip()


def _why(error: GitError, signed: bool) -> str:
    if any(words in error.said for words in ("user.email", "tell me who you are", "empty ident name")):
        return (
            "git does not know who commits: git config user.name NAME, git config user.email ADDRESS "
            "(or GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL)"
        )
    if signed:
        said = [line.strip() for line in error.said.splitlines() if line.strip()]
        return f"the commit cannot be signed, and commit.gpgSign asks for it: {'; '.join(said[:3])}"
    return str(error)
