"""The git program: how it is called, and what its failures mean.

Never through a shell; with paths taken as they are written; without the variables that git sets for its hooks, which
lead to another repository or index; and without hooks, which may be files of the repository.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from render.errors import OutsideError, wrong
from render.repo.environment import without_hook

CODE = "MR089"
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")
# One process a core, where git can, from a hundred files on (https://git-scm.com/docs/git-config, checkout.workers).
_WRITES_MANY = ("-c", "checkout.workers=0")


class GitError(OutsideError):
    """A git command that failed; `said` is what it printed on both outputs. Where nobody knows better, it is the disk
    or the repository that failed."""

    def __init__(self, command: str, code: int, said: str) -> None:
        super().__init__(f"git {command}: {_first(said) or f'exit code {code}'}")
        self.said = said


def environment() -> dict[str, str]:
    """This process's environment for git: one repository, that of the folder, and messages that can be read."""
    asks = {} if sys.stdin.isatty() else {"GIT_TERMINAL_PROMPT": "0"}
    return {**without_hook(os.environ), **asks, "LC_ALL": "C", "GIT_LITERAL_PATHSPECS": "1"}


def git(
    *arguments: str,
    folder: Path | str | None = None,
    stdin: bytes | None = None,
    ok: Collection[int] = (0,),
    variables: Mapping[str, str] | None = None,
    writes_many: bool = False,
) -> bytes:
    """What git prints in `folder`, the current one without it. `writes_many` is for a command that may write thousands
    of files. Raises `GitError` for other exit codes than `ok`."""
    command = ["git", *_NO_HOOKS, *(_WRITES_MANY if writes_many else ()), *arguments]
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
        raise wrong(CODE, "git is not installed, and only git can commit") from None
    if done.returncode not in ok:
        raise GitError(arguments[0], done.returncode, (done.stderr + done.stdout).decode(errors="replace"))
    return done.stdout


def text(*arguments: str, folder: Path | str | None = None) -> str:
    """The one line that git prints. `InputError` with what it says is wrong."""
    try:
        return os.fsdecode(git(*arguments, folder=folder)).strip()
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
