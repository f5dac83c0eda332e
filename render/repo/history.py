"""What the repository's history holds: read only, and only when an answer needs it."""

from __future__ import annotations

import hashlib
from itertools import islice
from pathlib import Path

from render.errors import MeshrevError
from render.repo.commits import changes
from render.repo.git import READING, git

LOOK_BACK = 1000  # commits that touched the file; a frozen file has a handful


def commit_with(root: Path, path: str, sha256: str) -> str | None:
    """The newest commit of the branch (by first parents) that gave the file these contents, None where there is none.

    `path` is relative to `root`, a folder in a git work tree; None also where git cannot tell: `root` is in no
    repository, or there is no git.
    """
    try:
        for change in islice(changes(root, [path]), LOOK_BACK):
            _, blob = change.paths[path]
            if (
                blob
                and hashlib.sha256(git("cat-file", "blob", blob, folder=root, variables=READING)).hexdigest() == sha256
            ):
                return change.commit
    except MeshrevError:
        return None
    return None
