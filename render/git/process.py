"""The git program: the one door through which it is started, and what its failures mean.

Never through a shell; with paths taken as they are written; and with nothing that a commit can bring in run by it
(`render.git.environment`). The repository of a folder is found once; from then on git is told where it is, and looks
for none itself.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import subprocess
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from logging import DEBUG, INFO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from render.errors import InputError, OutsideError, wrong
from render.finding import Finding
from render.git.environment import INDEX, OURS, READING, environment, without_filters
from render.logs import GIT
from render.secrets import hide_secrets
from render.tree.store.disk import full_disk

if TYPE_CHECKING:
    from git import Repo

CODE = "MR089"
_SHOWN = 300  # characters of a command in the log, unless it tells all
# https://git-scm.com/docs/git-config, safe.directory
_UNTRUSTED = "dubious ownership"
_SAFE = "another user owns it; where you trust what is in it: git config --global --add safe.directory FOLDER"
_OUTSIDE = "this folder is in no git repository: go to the fleet's, or name it with meshrev -C FOLDER"
_NO_CLONE = (
    "git takes a folder without .git for a repository here, and a commit can bring such a folder in, with settings "
    "that run programs: remove its HEAD, objects and refs, or go to a clone with a work tree"
)
# What git itself says of it (from 2.38 on), and where a repository has no work tree at all.
_SAID_OF_BARE = ("cannot use bare repository", "must be run in a work tree")
_PROGRAM = ("git", "--no-pager", *(part for setting in OURS for part in ("-c", setting)))
# Commands that would pass files of a folder through filters. Not `merge`, which writes into a person's own working
# tree: there their filters hold, as in `git pull`.
_FILTERING = ("add", "checkout", "checkout-index", "commit", "diff-files", "ls-files", "update-index")
# One process a core, where git can, from a hundred files on (https://git-scm.com/docs/git-config, checkout.workers).
WRITES_MANY = "checkout.workers=0"
_SAID_OF_FULL = ("No space left on device", "Disk quota exceeded")
_SAID_OF_ANY_WRITE = "unable to write"  # for whatever reason, of which git says nothing for most files
_FULL = 1 << 20  # bytes: with less room than that a disk counts as full
_PREFIX = re.compile(r"--prefix=([^\0]+)")  # of `checkout-index`: where it writes


@dataclass(frozen=True, slots=True)
class Location:
    """Where the repository of a folder is: the top of its work tree, which holds `.git`, the folder that this means,
    and the one that all work trees share."""

    top: str
    git_folder: str
    common_folder: str

    @property
    def variables(self) -> dict[str, str]:
        """With these git looks for no repository (https://git-scm.com/docs/git, GIT_DIR)."""
        return {"GIT_DIR": self.git_folder, "GIT_WORK_TREE": self.top}


class GitError(OutsideError):
    """A git command that failed; `said` is what it printed on both outputs, `hint` what a person may have to know
    besides (in brackets, after a space). Where nobody knows better, it is the disk or the repository that failed."""

    def __init__(self, command: str, code: int, said: str, hint: str = "") -> None:
        hint += f" ({_SAFE})" if _UNTRUSTED in said else ""
        super().__init__(f"git {command}: {_first(said) or f'exit code {code}'}{hint}")
        self.said = said
        self.hint = hint

    @property
    def is_about_trust(self) -> bool:
        """Whether git refuses to look, because somebody else owns the folder."""
        return _UNTRUSTED in self.said


class NoRepository(InputError):
    """The folder is in no git repository."""


class Foreign(InputError):
    """What git takes for the folder's repository can have been brought in by a commit."""

    def __init__(self) -> None:
        super().__init__([Finding(CODE, _NO_CLONE)])


def git(
    *arguments: str,
    folder: Path | str,
    stdin: bytes | None = None,
    ok: Collection[int] = (0,),
    variables: Mapping[str, str] | None = None,
    settings: Collection[str] = (),
) -> bytes:
    """Returns what git prints in `folder`, with other `settings` (`name=value`) than it has. Raises `GitError` for
    other exit codes than `ok`, `Foreign` where a repository was brought in by a commit."""
    command, environment = prepare(arguments, folder, settings, variables)
    return _run(command, folder, environment, arguments, stdin, ok)


def start(*arguments: str, folder: Path | str, variables: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a git that is spoken to while it runs; what it complains of is dropped. Errors as for `git`."""
    command, environment = prepare(arguments, folder, (), variables)
    GIT.info("%s: started, and spoken to", _command_text(arguments))
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, stderr=none, env=environment)


class GitCommand(NamedTuple):
    """A command line of git, and the environment for it."""

    command: list[str]
    environment: dict[str, str]


def prepare(
    arguments: Sequence[str],
    folder: Path | str,
    settings: Collection[str] = (),
    variables: Mapping[str, str] | None = None,
) -> GitCommand:
    """Returns the command line and the environment with which git is started in a folder. Errors as for `git`."""
    there = locate(folder)
    filters = _filters(there) if there and _name(arguments) in _FILTERING else ()
    command = [*_PROGRAM, *filters, *(part for one in settings for part in ("-c", one)), *arguments]
    return GitCommand(command, {**environment(), **(there.variables if there else {}), **(variables or {})})


def open_objects(there: Location) -> Repo:
    """Returns the repository for GitPython, which then starts git as `git` does."""
    from git import Repo  # slow to import

    found = Repo(there.git_folder, expand_vars=False)
    found.git.set_persistent_git_options(c=list(OURS))
    found.git.update_environment(**environment(), **there.variables)
    return found


def locate(folder: Path | str) -> Location | None:
    """Returns where the repository of a folder is. None where git finds none, or none that it trusts: what is asked of
    it then fails with its own words.

    `Foreign` where what it finds is no clone with a work tree around the folder, but a folder that a commit can have
    brought in (https://git-scm.com/docs/git-config, safe.bareRepository).
    """
    return _locate(os.path.abspath(folder))  # noqa: PTH100  `..` is left to the system


@cache
def _locate(folder: str) -> Location | None:
    asked = ("rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--show-toplevel")
    try:
        said = os.fsdecode(_run([*_PROGRAM, *asked], folder, environment(), asked))
    except GitError as error:
        if any(words in error.said for words in _SAID_OF_BARE):
            raise Foreign from None
        return None
    git_folder, common_folder, _ = said.split("\n")[:3]
    here = Path(folder).resolve()
    top = next((path for path in (here, *here.parents) if (path / ".git").exists()), None)
    if top is None or not _leads_to(top / ".git", git_folder):
        raise Foreign
    return Location(str(top), git_folder, common_folder)


def _leads_to(dot_git: Path, git_folder: str) -> bool:
    """Returns whether the `.git` of a work tree means this folder: it is it, or a file that names it
    (https://git-scm.com/docs/gitrepository-layout)."""
    if dot_git.is_file():
        named = os.fsdecode(dot_git.read_bytes()).removeprefix("gitdir:").strip()
        dot_git = dot_git.parent / named
    return dot_git.is_dir() and dot_git.samefile(git_folder)


@cache
def _filters(there: Location) -> tuple[str, ...]:
    asked = ("config", "--list", "--name-only", "-z")
    said = _run([*_PROGRAM, *asked], there.top, {**environment(), **there.variables}, asked)
    return tuple(without_filters(os.fsdecode(said).split("\0")))


def _run(
    command: Sequence[str],
    folder: Path | str,
    environment: Mapping[str, str],
    arguments: Sequence[str],
    stdin: bytes | None = None,
    ok: Collection[int] = (0,),
) -> bytes:
    began = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=folder, input=stdin or b"", capture_output=True, env=environment, check=False
        )
    except FileNotFoundError:
        raise wrong(CODE, "git is not installed, and only git knows what is committed, and can commit") from None
    GIT.info("%s", _command_text(arguments), extra={"seconds": time.perf_counter() - began})
    GIT.debug("exit code %s, %s bytes, in %s", done.returncode, len(done.stdout), folder)
    if done.returncode not in ok:
        said = (done.stderr + done.stdout).decode(errors="replace")
        raise GitError(_name(arguments), done.returncode, said, _full_disk(said, folder, environment, arguments))
    return done.stdout


def _full_disk(said: str, folder: Path | str, environment: Mapping[str, str], arguments: Sequence[str]) -> str:
    """Returns which disk was full, in brackets after a space, where git could not write for that: of the places that it
    may have written to, the one with the least room. Git names none, or a file that is only relative."""
    is_full = any(words in said for words in _SAID_OF_FULL)
    if not is_full and _SAID_OF_ANY_WRITE not in said:
        return ""
    named = (environment.get("GIT_DIR"), environment.get(INDEX), *_PREFIX.findall("\0".join(arguments)), folder)
    places = [Path(place) for place in named if place]
    least = min((place if place.exists() else place.parent for place in places), key=_room)
    return full_disk(OSError(errno.ENOSPC, ""), least) if is_full or _room(least) < _FULL else ""


def _room(place: Path) -> int:
    """Returns how many bytes the file system of a place has left."""
    disk = os.statvfs(place)
    return disk.f_bavail * disk.f_frsize


def query(*arguments: str, folder: Path | str, code: str = CODE) -> bytes:
    """Returns what git tells without writing anything. `NoRepository`, or an `InputError` with what git says is
    wrong."""
    try:
        return git(*arguments, folder=folder, variables=READING)
    except GitError as error:
        if "not a git repository" in error.said:
            raise NoRepository([Finding(code, _OUTSIDE)]) from None
        raise wrong(code, str(error)) from None


def text(*arguments: str, folder: Path | str) -> str:
    """Returns the one line that git prints. `InputError` with what it says is wrong."""
    try:
        return os.fsdecode(git(*arguments, folder=folder)).removesuffix("\n")  # a path may end in a space
    except GitError as error:
        raise wrong(CODE, str(error)) from None


def config(root: Path, name: str) -> str:
    """Returns a value of git's configuration, empty where it has none."""
    return os.fsdecode(git("config", "--get", name, folder=root, ok=(0, 1))).strip()


def is_set(root: Path, name: str) -> bool:
    """Returns whether a value of git's configuration is true. `InputError` where it is neither true nor false."""
    try:
        return git("config", "--type=bool", "--get", name, folder=root, ok=(0, 1)).strip() == b"true"
    except GitError as error:
        raise wrong(CODE, str(error)) from None


def remote_failure(error: GitError, doing: str) -> OutsideError:
    """Returns what the failure of a command that reaches another machine means to a person."""
    lines = [hide_secrets(line.strip()) for line in error.said.splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith(("fatal:", "error:", "ERROR:"))), lines[0] if lines else "")
    told = of_the_remote(lines)
    return OutsideError(f"{doing} failed: {said}{f' ({told})' if told else ''}{error.hint}")


def of_the_remote(lines: Iterable[str]) -> str:
    """Returns what the other side said, in one line."""
    told = (line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:"))
    return "; ".join(line for line in told if line)


def _command_text(arguments: Sequence[str]) -> str:
    """Returns the command for the log, each word without secrets."""
    command = shlex.join(["git", *map(hide_secrets, arguments)]) if GIT.isEnabledFor(INFO) else ""
    return command if len(command) <= _SHOWN or GIT.isEnabledFor(DEBUG) else f"{command[:_SHOWN]}..."


def _name(arguments: Sequence[str]) -> str:
    """Returns the command: what is no `-c` nor the setting after it."""
    return next(word for before, word in pairwise(("", *arguments)) if "-c" not in (before, word))


def _first(said: str) -> str:
    return hide_secrets(said.strip().partition("\n")[0])
