"""The commit that is checked out: its day, its folders, and which commit before it had a file as it is to be."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import date
from pathlib import Path

from render.errors import MeshrevError, wrong
from render.git.process import CODE, Foreign, GitError, git, locate, open_objects

LOOK_BACK = 1000  # commits that touched the file; a frozen file has a handful


def author_date(root: Path) -> date | None:
    """Returns the day, in UTC, on which the commit at HEAD was authored; rebasing and merging leave it as it is.

    None where nothing is committed, `root` is in no repository, or there is no git.
    """
    command = ("log", "-1", "--format=%ad", "--date=format-local:%Y-%m-%d")
    try:
        return date.fromisoformat(git(*command, folder=root, variables={"TZ": "UTC"}).decode().strip())
    except (MeshrevError, ValueError):
        return None


def folders_at_head(root: Path, folder: str) -> frozenset[str]:
    """Returns the paths directly below a folder of the work tree that the commit at HEAD has, both relative to `root`.

    Empty where nothing is committed, this is no repository, or there is no git. `InputError` where git does not trust
    the folder, or finds another repository there, because then it is not known what is committed.
    """
    try:
        listed = git("ls-tree", "--name-only", "-z", "HEAD", "--", f"{folder}/", folder=root)
    except GitError as error:
        if error.is_about_trust:
            raise wrong(CODE, str(error)) from None
        return frozenset()
    except Foreign:
        raise
    except MeshrevError:
        return frozenset()
    return frozenset(listed.decode(errors="surrogateescape").split("\0")) - {""}


def commit_with(root: Path, path: str, sha256: str) -> str | None:
    """Returns the newest commit reachable from HEAD in which the file has these contents, None where there is none.

    `path` is relative to `root`, a folder in a git work tree; None also where `root` is in no repository, or there is
    no git.
    """
    try:
        import git  # slow to import, and only an error needs it
    except ImportError:  # it looks for the program when it is imported
        return None
    there = locate(root)
    if there is None:
        return None
    inside = (root.resolve() / path).relative_to(there.top).as_posix()
    try:
        for commit in open_objects(there).iter_commits(paths=inside, max_count=LOOK_BACK):
            with suppress(KeyError):  # this commit removed it
                if hashlib.sha256(commit.tree[inside].data_stream.read()).hexdigest() == sha256:
                    return commit.hexsha
    except (git.GitCommandError, ValueError):  # nothing is committed
        return None
    return None
