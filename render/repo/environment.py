"""Git's own variables, which git sets for the hooks that it runs.

They name the repository and the index of the command that runs the hook, and would lead every git that meshrev starts
to those instead of to the ones of its folder. How git authenticates and what it is configured with stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

INDEX = "GIT_INDEX_FILE"
# Those of `git rev-parse --local-env-vars` that choose a repository or a part of one; GIT_CONFIG_* are not among them,
# by which CI systems say that a folder is safe.
CHOOSING = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)


def forget_the_hook() -> None:
    """Take the variables out of this process, but for the index: only it says what a commit will hold, and whoever
    asks for something else removes it."""
    for name in CHOOSING:
        os.environ.pop(name, None)


def without_hook(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a git that goes by its folder alone."""
    return {name: value for name, value in environment.items() if name not in (*CHOOSING, INDEX)}
