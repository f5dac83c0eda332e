"""What the repository's history holds: read only, and only when an answer needs it."""

from __future__ import annotations

import hashlib
from pathlib import Path

LOOK_BACK = 1000  # commits that touched the file; a frozen file has a handful


def commit_with(root: Path, path: str, sha256: str) -> str | None:
    """The newest commit reachable from HEAD in which the file has these contents, None where there is none.

    `path` is relative to `root`, a folder in a git work tree; None also where `root` is in no repository, or there is
    no git.
    """
    try:
        import git  # slow to import, and only an error needs it
    except ImportError:  # it looks for the program when it is imported
        return None
    try:
        repo = git.Repo(root, search_parent_directories=True)
        inside = (root.resolve() / path).relative_to(Path(repo.working_tree_dir or root).resolve()).as_posix()
        commits = repo.git.log(f"-{LOOK_BACK}", "--format=%H", "--", inside).split()
    except (git.InvalidGitRepositoryError, git.GitCommandError, git.GitCommandNotFound, ValueError):
        return None
    for commit in commits:
        try:
            blob = repo.commit(commit).tree[inside]
        except KeyError:  # this commit removed it
            continue
        if hashlib.sha256(blob.data_stream.read()).hexdigest() == sha256:
            return str(commit)
    return None
