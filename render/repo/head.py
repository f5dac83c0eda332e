"""The commit that is checked out."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from render.errors import MeshrevError, wrong
from render.repo.git import CODE, GitError, git


def authored_on(root: Path) -> date | None:
    """The day, in UTC, on which the commit at HEAD was authored; rebasing and merging leave it as it is.

    None where nothing is committed, `root` is in no repository, or there is no git.
    """
    command = ("log", "-1", "--format=%ad", "--date=format-local:%Y-%m-%d")
    try:
        return date.fromisoformat(git(*command, folder=root, variables={"TZ": "UTC"}).decode().strip())
    except (MeshrevError, ValueError):
        return None


def folders_at_head(folder: str) -> frozenset[str]:
    """The paths directly below a folder of the work tree (relative, as given) that the commit at HEAD has.

    Empty where nothing is committed, this is no repository, or there is no git. `InputError` where git does not trust
    the folder, because then it is not known what is committed.
    """
    return _folders_at_head(Path.cwd(), folder)


@cache
def _folders_at_head(here: Path, folder: str) -> frozenset[str]:
    try:
        listed = git("ls-tree", "--name-only", "-z", "HEAD", "--", f"{folder}/", folder=here)
    except GitError as error:
        if error.is_about_trust:
            raise wrong(CODE, str(error)) from None
        return frozenset()
    except MeshrevError:
        return frozenset()
    return frozenset(listed.decode(errors="surrogateescape").split("\0")) - {""}
