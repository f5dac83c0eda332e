"""Where a fleet's root is: the nearest folder upwards that holds a `meshrev.yaml`."""

from __future__ import annotations

import os
from pathlib import Path

from render.specs.fleet import FILE


def find_root(folder: Path, above: int | None = None) -> Path | None:
    """Returns the nearest of a folder, given by its real path, and those above it that holds a `meshrev.yaml`; None
    where none does.

    Never above the top of the git repository that the folder is in, which `.git` shows, and as git never on another
    file system (https://git-scm.com/docs/git, GIT_DISCOVERY_ACROSS_FILESYSTEM). `above` is how many folders above it
    are looked at, at most.
    """
    device = folder.stat().st_dev
    for steps, candidate in enumerate((folder, *folder.parents)):
        if candidate.stat().st_dev != device:
            return None
        if os.path.lexists(candidate / FILE):  # a link that leads nowhere is told of, and no other fleet taken for it
            return candidate
        if steps == above or os.path.lexists(candidate / ".git"):
            return None
    return None
