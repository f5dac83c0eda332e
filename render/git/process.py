"""The git program: how it is called, and what its failures mean.

Never through a shell; with paths taken as they are written; without the variables that git sets for its hooks, which
lead to another repository or index; and without hooks, which may be files of the repository (the one that tells git
what changed on the disk is called so too, and has a setting of its own).

Git's own variables, which git sets for the hooks that it runs.

They name the repository and the index of the command that runs the hook, and would lead every git that meshrev starts
to those instead of to the ones of its folder. How git authenticates and what it is configured with stays as it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from render.errors import InputError, OutsideError, wrong
from render.finding import Finding

CODE = "MR089"
# https://git-scm.com/docs/git-config, safe.directory
_UNTRUSTED = "dubious ownership"
_SAFE = "another user owns it; where you trust what is in it: git config --global --add safe.directory FOLDER"
READING = {"GIT_OPTIONAL_LOCKS": "0"}  # nothing is written, not even a fresher index
_OUTSIDE = "this folder is in no git repository: go to the fleet's, or name it with meshrev -C FOLDER"
# No hooks and no program that watches files, which may be files of the repository; and nothing of a person's settings
# that changes what git prints, or how trailers are written.
_OURS = tuple(
    part
    for setting in (
        f"core.hooksPath={os.devnull}",
        "core.fsmonitor=false",
        "trailer.separators=:",
        "log.showSignature=false",
        "i18n.commitEncoding=UTF-8",
        "i18n.logOutputEncoding=UTF-8",
    )
    for part in ("-c", setting)
)
# What stands in for objects in this clone alone (git replace) would go into commits that others get.
_AS_STORED = {"GIT_NO_REPLACE_OBJECTS": "1"}
# One process a core, where git can, from a hundred files on (https://git-scm.com/docs/git-config, checkout.workers).
WRITES_MANY = "checkout.workers=0"


class GitError(OutsideError):
    """A git command that failed; `said` is what it printed on both outputs. Where nobody knows better, it is the disk
    or the repository that failed."""

    def __init__(self, command: str, code: int, said: str) -> None:
        owned = f" ({_SAFE})" if _UNTRUSTED in said else ""
        super().__init__(f"git {command}: {_first(said) or f'exit code {code}'}{owned}")
        self.said = said

    @property
    def is_about_trust(self) -> bool:
        """Whether git refuses to look, because somebody else owns the folder."""
        return _UNTRUSTED in self.said


class NoRepository(InputError):
    """The folder is in no git repository."""


def environment() -> dict[str, str]:
    """This process's environment for git: one repository, that of the folder, and messages that can be read."""
    asks = {} if sys.stdin.isatty() else {"GIT_TERMINAL_PROMPT": "0"}
    return {**without_hook(os.environ), **asks, **_AS_STORED, "LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1"}


def git(
    *arguments: str,
    folder: Path | str | None = None,
    stdin: bytes | None = None,
    ok: Collection[int] = (0,),
    variables: Mapping[str, str] | None = None,
    settings: Collection[str] = (),
) -> bytes:
    """What git prints in `folder`, the current one without it, with other `settings` (`name=value`) than it has. Raises
    `GitError` for other exit codes than `ok`."""
    command = ["git", *_OURS, *(part for one in settings for part in ("-c", one)), *arguments]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            input=stdin if stdin is not None else b"",
            capture_output=True,
            env={**environment(), **(variables or {})},
            check=False,
        )
    except FileNotFoundError:
        raise wrong(CODE, "git is not installed, and only git knows what is committed, and can commit") from None
    if done.returncode not in ok:
        raise GitError(_name(arguments), done.returncode, (done.stderr + done.stdout).decode(errors="replace"))
    return done.stdout


def told(*arguments: str, folder: Path | str | None = None, code: str = CODE) -> bytes:
    """What git tells without writing anything. `NoRepository`, or an `InputError` with what git says is wrong."""
    try:
        return git(*arguments, folder=folder, variables=READING)
    except GitError as error:
        if "not a git repository" in error.said:
            raise NoRepository([Finding(code, _OUTSIDE)]) from None
        raise wrong(code, str(error)) from None


def text(*arguments: str, folder: Path | str | None = None) -> str:
    """The one line that git prints. `InputError` with what it says is wrong."""
    try:
        return os.fsdecode(git(*arguments, folder=folder)).removesuffix("\n")  # a path may end in a space
    except GitError as error:
        raise wrong(CODE, str(error)) from None


def config(name: str) -> str:
    """A value of git's configuration, empty where it has none."""
    return os.fsdecode(git("config", "--get", name, ok=(0, 1))).strip()


def is_set(name: str) -> bool:
    """Whether a value of git's configuration is true. `InputError` where it is neither true nor false."""
    try:
        return git("config", "--type=bool", "--get", name, ok=(0, 1)).strip() == b"true"
    except GitError as error:
        raise wrong(CODE, str(error)) from None


def failed(error: GitError, doing: str) -> OutsideError:
    """What the failure of a command that reaches another machine means to a person."""
    lines = [hidden(line.strip()) for line in error.said.splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))), lines[0] if lines else "")
    told = of_the_remote(lines)
    return OutsideError(f"{doing} failed: {said}{f' ({told})' if told else ''}")


def of_the_remote(lines: Iterable[str]) -> str:
    """What the other side said, in one line."""
    told = (line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:"))
    return "; ".join(line for line in told if line)


def _name(arguments: Sequence[str]) -> str:
    """The command: what is no `-c` nor the setting after it."""
    return next(word for before, word in pairwise(("", *arguments)) if "-c" not in (before, word))


def _first(said: str) -> str:
    return hidden(said.strip().partition("\n")[0])


def hidden(line: str) -> str:
    """The line without what may be a password in a URL."""
    words = []
    for word in line.split(" "):
        scheme, sep, rest = word.partition("://")
        host, slash, path = rest.partition("/")
        words.append(f"{scheme}://{host.rpartition('@')[2]}{slash}{path}" if sep else word)
    return " ".join(words)


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
