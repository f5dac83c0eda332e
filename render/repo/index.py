"""What git's index holds: that is what the next commit will hold, whatever lies in the work tree.

In a hook git names the index of the commit that is being made (GIT_INDEX_FILE): for `git commit -a` and `git commit
FILE` that is not the repository's usual one. It is used where it lies in the repository of the current folder.
(https://git-scm.com/docs/githooks, https://git-scm.com/docs/git#_environment_variables)
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from render.errors import InputError, OutsideError, wrong
from render.repo.environment import INDEX, without_hook

CODE = "MR089"


@dataclass(frozen=True, slots=True)
class Unstaged:
    """Files that are not in the index as they lie on the disk. Paths are relative to the current folder."""

    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()  # the index still has them
    untracked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()  # untracked, and `git add` would refuse them


def unstaged(folder: str) -> Unstaged | None:
    """What is not in the index as it lies on the disk below a folder, which is relative to the current one.

    None where the current folder is in no work tree, or there is no git. What a sparse checkout leaves out counts as
    staged: nobody has touched it.
    """
    try:
        environment = _environment()
    except InputError:
        return None
    listed = {
        what: _paths(_git(environment, "ls-files", *options, "-z", "--", folder))
        for what, options in {
            "removed": ("--deleted",),
            "changed": ("--modified",),  # those that are removed too
            "untracked": ("--others", "--exclude-standard"),
            "ignored": ("--others", "--ignored", "--exclude-standard"),
        }.items()
    }
    changed = listed["changed"] - listed["removed"]
    return Unstaged(*(tuple(sorted(paths)) for paths in (changed, *(listed[what] for what in _BESIDE_CHANGED))))


_BESIDE_CHANGED = ("removed", "untracked", "ignored")


def only_untracked() -> frozenset[str] | None:
    """What below the current folder is untracked, ignored or not, where that is all in which the files differ from the
    index; a folder of which everything is untracked stands for it, with `/` at its end.

    None where a tracked file is not as in the index, or git was told not to look (a sparse checkout, files that are
    assumed unchanged). `InputError` outside of a work tree.
    """
    environment = _environment()
    # `H` is a file that git looks at (https://git-scm.com/docs/git-ls-files, -t and -v).
    looked_at = all(
        entry.startswith(b"H ") for entry in _git(environment, "ls-files", "-v", "-z").split(b"\0") if entry
    )
    if not looked_at or _git(environment, "ls-files", "--modified", "--deleted", "--unmerged", "-z"):
        return None
    return frozenset(_paths(_git(environment, "ls-files", "--others", "--directory", "--no-empty-directory", "-z")))


@contextmanager
def staged_copy() -> Iterator[Path]:
    """A copy, in a temporary folder, of what the index has below the current folder: what a commit would hold of it.

    The copy belongs to the same repository, so that its history can be asked. What is only announced (`git add -N`)
    is not in it, what a sparse checkout leaves out is. `InputError` outside of a work tree and in a merge that is not
    resolved.
    """
    environment = _environment()
    inside, git_folder = _lines(_git(environment, "rev-parse", "--show-prefix", "--absolute-git-dir"))
    if unmerged := _paths(_git(environment, "ls-files", "--unmerged", "-z")):
        path = min(unmerged).partition("\t")[2]
        raise wrong(CODE, "is in a merge conflict, so there is nothing yet to commit: resolve it first", file=path)
    announced = _paths(_git(environment, "diff-files", "--diff-filter=A", "--relative", "--name-only", "-z"))
    paths = _paths(_git(environment, "ls-files", "-z")) - announced
    with tempfile.TemporaryDirectory(prefix="meshrev-") as folder:
        root = Path(folder).resolve()
        listed = b"".join(os.fsencode(path) + b"\0" for path in sorted(paths))
        copy = ("checkout-index", "--quiet", "--ignore-skip-worktree-bits", f"--prefix={root}/", "-z", "--stdin")
        _git(environment, *copy, stdin=listed)
        (root / ".git").write_text(f"gitdir: {git_folder}\n")
        (root / inside).mkdir(parents=True, exist_ok=True)
        yield root / inside


def _environment() -> dict[str, str]:
    """The environment for a git that looks at the index of the commit that is being made."""
    # A path is a path and no pattern, and looking writes nothing, not even a fresher index.
    plain = {**without_hook(os.environ), "GIT_LITERAL_PATHSPECS": "1", "GIT_OPTIONAL_LOCKS": "0"}
    top, git_folder = _lines(_git(plain, "rev-parse", "--show-toplevel", "--absolute-git-dir"))
    if index := os.environ.get(INDEX):
        # A relative one counts from the top of the work tree.
        file = Path(top, index).resolve()
        if file.is_relative_to(Path(git_folder).resolve()):
            plain[INDEX] = str(file)
    return plain


def _git(environment: dict[str, str], *arguments: str, stdin: bytes = b"") -> bytes:
    """What git prints. `InputError` outside of a repository and without git, `OutsideError` where git fails."""
    try:
        done = subprocess.run(["git", *arguments], input=stdin, capture_output=True, env=environment, check=False)
    except FileNotFoundError:
        raise wrong(CODE, "git is not installed, and only git knows what is staged") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0] or f"exit code {done.returncode}"
        if arguments[0] == "rev-parse":
            raise wrong(CODE, f"git: {said}")
        raise OutsideError(f"git {arguments[0]}: {said}")
    return done.stdout


def _lines(printed: bytes) -> list[str]:
    return os.fsdecode(printed).split("\n")[:-1]


def _paths(printed: bytes) -> set[str]:
    return {os.fsdecode(path) for path in printed.split(b"\0") if path}
