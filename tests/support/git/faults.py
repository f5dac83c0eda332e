"""Killing a command, whole, right before or right after any chosen git process that it starts.

    for number in itertools.count(1):
        result = killed_at_git_call(number, command, cwd=repo)
        if not result.killed:
            break
        ...  # nothing is half-done, and running the command again finishes it

A program named `git`, found first on PATH, counts its calls and runs the real one. What git itself starts is git's own
business and not counted: git looks for its parts in its own folder first.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

When = Literal["before", "after"]

# Each call takes the next free number, also where several are made at once: the shell makes a file in one step that
# fails where it exists (`set -C`). `kill` with a negative number ends the command and all that it started.
_GIT = """\
#!/bin/sh
set -C
number=1
until {{ command : >{calls}/$number; }} 2>/dev/null; do number=$((number + 1)); done
set +C
printf '%s\\0' "$@" >{calls}/$number
[ "$number" = {before} ] && {{ kill -s KILL -- "-$(cat {group})"; exit 1; }}
[ "$number" = {after} ] || exec {git} "$@"
{git} "$@"
kill -s KILL -- "-$(cat {group})"
"""
_COMMAND = 'echo $$ >"$0"; exec "$@"'


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended.

    calls: the arguments of each git process that it started, in order, the one of the kill included
    returncode: its exit code, or minus the signal that ended it
    """

    calls: list[list[str]]
    returncode: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """Whether it was; otherwise it came to its end first."""
        return self.returncode == -signal.SIGKILL


def killed_at_git_call(
    number: int,
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    when: When = "before",
) -> Result:
    """Run a command that is killed at its `number`-th call of git, counted from 1: before that git starts, or after
    it ended and before the command learns of it. With 0 it is not killed, and its calls are told.

    `env` is the command's whole environment (default: this process's). The command and all that it started in its
    process group are ended; other processes that it put into a session of their own are not.
    """
    full = dict(os.environ if env is None else env)
    git = shutil.which("git", path=full.get("PATH"))
    assert git is not None, "git is not on PATH"
    with tempfile.TemporaryDirectory(prefix="gitfaults") as made:
        folder, calls, group = Path(made), Path(made, "calls"), Path(made, "group")
        calls.mkdir()
        wrapper = folder / "bin" / "git"
        wrapper.parent.mkdir()
        places = {"calls": shlex.quote(str(calls)), "group": shlex.quote(str(group)), "git": shlex.quote(git)}
        wrapper.write_text(
            _GIT.format(before=number if when == "before" else 0, after=number if when == "after" else 0, **places)
        )
        wrapper.chmod(0o755)
        full["PATH"] = f"{wrapper.parent}{os.pathsep}{full.get('PATH', '')}"
        command = ["/bin/sh", "-c", _COMMAND, str(group), *argv]
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=full,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        out, err = process.communicate()  # until all that writes there has ended, not the command alone
        made_calls = sorted(calls.iterdir(), key=lambda file: int(file.name))
        told = [file.read_text().split("\0")[:-1] for file in made_calls]
        return Result(told, process.returncode, out, err)
