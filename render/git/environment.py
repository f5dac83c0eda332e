"""What of git's settings and variables holds where meshrev starts git.

A person's own settings are theirs: how git signs, authenticates and reaches a remote. What a commit can bring in is
never run: see docs/threat-model.md, whose table says for each setting what is done with it, and why.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping

READING = {"GIT_OPTIONAL_LOCKS": "0"}  # nothing is written, not even a fresher index
INDEX = "GIT_INDEX_FILE"

# https://git-scm.com/docs/git-config has each. With `-c` they win over every file, and git hands them on to the git
# programs that it starts itself (but not to one that serves another repository, such as a remote on this disk).
OURS = (
    # A folder that looks like a repository can be committed, with settings of its own.
    "safe.bareRepository=explicit",
    # Hooks may be files of the repository.
    f"core.hooksPath={os.devnull}",
    # The program that tells git what changed on the disk may be one too.
    "core.fsmonitor=false",
    # An address `ext::COMMAND` is a command.
    "protocol.ext.allow=never",
    # Submodules are other repositories, with settings of their own: none is read, fetched or checked out.
    "submodule.recurse=false",
    "diff.ignoreSubmodules=dirty",
    # Housekeeping, which has a hook of its own (gc.recentObjectsHook), is left to the git that people start.
    "maintenance.auto=false",
    "gc.auto=0",
    # Nothing of a person's settings that changes what git prints, or how trailers are written.
    "trailer.separators=:",
    "log.showSignature=false",
    "i18n.commitEncoding=UTF-8",
    "i18n.logOutputEncoding=UTF-8",
)

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

# In no repository and with no file of settings, for what is computed from its input alone.
NO_SETTINGS = {
    "GIT_DIR": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_PARAMETERS": "",
}
# What stands in for objects in this clone alone (git replace) would go into commits that others get.
_AS_STORED = {"GIT_NO_REPLACE_OBJECTS": "1"}
VALUES = {"MESHREV_NOTHING": "", "MESHREV_FALSE": "false"}
_FILTER = re.compile(r"filter\.(?P<name>.+)\.(?:clean|smudge|process|required)", re.DOTALL)


def environment() -> dict[str, str]:
    """Returns this process's environment for git: of no repository yet, and with messages that can be read."""
    asks = {} if sys.stdin.isatty() else {"GIT_TERMINAL_PROMPT": "0"}
    return {**without_hook(os.environ), **asks, **_AS_STORED, **VALUES, "LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1"}


def forget_the_hook() -> None:
    """Take the variables out of this process, but for the index: only it says what a commit will hold, and whoever
    asks for something else removes it."""
    for name in CHOOSING:
        os.environ.pop(name, None)


def without_hook(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment without the variables that git sets for the hooks that it runs: they name the repository
    and the index of the command that runs the hook, and would lead every git to those instead of to its folder's."""
    return {name: value for name, value in environment.items() if name not in (*CHOOSING, INDEX)}


def without_filters(settings: Iterable[str]) -> list[str]:
    """Returns options with which git passes no file through a filter, given the names of all its settings.

    `.gitattributes` chooses among the filters that a person has configured, and a commit can bring that file in. Unlike
    `-c`, this option takes any name of a filter (https://git-scm.com/docs/git, --config-env); its values are `VALUES`.
    """
    names = sorted({found["name"] for setting in settings if (found := _FILTER.fullmatch(setting))})
    off = (("clean", "NOTHING"), ("smudge", "NOTHING"), ("process", "NOTHING"), ("required", "FALSE"))
    return [f"--config-env=filter.{name}.{what}=MESHREV_{value}" for name in names for what, value in off]
