"""Commits of the branch as git tells them: their messages, and which files each of them changed.

Every question is one `git log`; nothing is checked out. Folders may lie inside the repository.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from render.errors import InputError, OutsideError, wrong
from render.repo.git import environment, told
from render.repo.trees import SHALLOW
from render.specs.mistake import one_line
from render.specs.nearest import did_you_mean

CODE = "MR170"
# A person's settings that would change what is printed (https://git-scm.com/docs/git-config).
_PLAIN = ("-c", "log.showSignature=false", "-c", "log.showRoot=true", "-c", "log.follow=false", "-c", "color.ui=false")
_READ = 1 << 16


@dataclass(frozen=True, slots=True)
class Message:
    """A commit with its message. `at` is the committer's time, `parents` are hashes, the branch's own first."""

    commit: str
    parents: tuple[str, ...]
    at: datetime
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit changed against its first parent: each path's blob ids before and after, empty for no file.

    `reached` is False where a shallow clone begins: everything looks new there, and nothing is known of before.
    """

    commit: str
    at: datetime
    paths: Mapping[str, tuple[str, str]]
    reached: bool = True


def messages(root: Path, rev: str = "HEAD") -> list[Message]:
    """Every commit that `rev` reaches, children before their parents; empty where nothing is committed yet.

    `NoRepository` where `root` is in none, `InputError` where there is no git, or `rev` names no commit.
    """
    tip = _tip(root, rev)
    if tip is None:
        return []
    options = ("--topo-order", "-z", "--encoding=UTF-8", "--format=%H%x00%P%x00%ct%x00%an%x00%B")
    fields = told(*_PLAIN, "log", *options, tip, "--", folder=root, code=CODE)
    texts = fields.decode(errors="replace").split("\0")
    return [
        Message(commit, tuple(parents.split()), _time(stamp), one_line(author), text)
        for commit, parents, stamp, author, text in zip(*(texts[at:-1:5] for at in range(5)), strict=True)
    ]


def changes(root: Path, paths: Sequence[str], rev: str = "HEAD") -> Iterator[Change]:
    """First-parent commits that changed a file below `paths`, the newest first; stop asking, and git stops too.

    Paths are relative to `root`, those asked for and those told. Errors as for `messages`; `OutsideError` where git
    stops.
    """
    tip = _tip(root, rev)
    if tip is not None:
        cut = _cut_off(root)
        with closing(_raw(root, tip, paths)) as found:
            for commit, at, changed in found:
                yield Change(commit, at, changed, commit not in cut)


def is_shallow(root: Path) -> bool:
    """Whether older commits are not in this clone."""
    return told("rev-parse", "--is-shallow-repository", folder=root, code=CODE).strip() == b"true"


def _raw(root: Path, tip: str, paths: Sequence[str]) -> Generator[tuple[str, datetime, dict[str, tuple[str, str]]]]:
    options = ("--first-parent", "-m", "--no-renames", "--raw", "--no-abbrev", "--relative", "-z", "--format=@%H %ct")
    command = ["git", *_PLAIN, "log", *options, tip, "--", *paths]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment())
    try:
        commit, at = "", datetime.min
        changed: dict[str, tuple[str, str]] = {}
        about = ""
        for word in _words(process):
            if about:
                _, _, before, after, _ = about.split()
                changed[word] = _id(before), _id(after)
                about = ""
            elif word.startswith(":"):
                about = word
            elif word.startswith("@"):
                if commit:
                    yield commit, at, changed
                commit, _, stamp = word[1:].partition(" ")
                at, changed = _time(stamp), {}
        if process.wait():
            raise OutsideError("git stopped while the history was read: `git fsck` says what is wrong")
        if commit:
            yield commit, at, changed
    finally:
        process.kill()  # only where the walk ended early
        process.communicate()


def _words(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """What stands between the NULs; git puts a line break before the first change of a commit."""
    assert process.stdout
    rest = b""
    while part := os.read(process.stdout.fileno(), _READ):
        *words, rest = (rest + part).split(b"\0")
        for word in words:
            yield os.fsdecode(word.lstrip(b"\n"))


def _id(oid: str) -> str:
    return oid if oid.strip("0") else ""


def _time(stamp: str) -> datetime:
    return datetime.fromtimestamp(int(stamp), UTC)


def _tip(root: Path, rev: str) -> str | None:
    """The commit that a revision's name means; None for a HEAD without commits."""
    told("rev-parse", "--git-dir", folder=root, code=CODE)  # says what is wrong where this is no repository
    if not rev.startswith("-") and "\0" not in rev:
        with suppress(InputError):
            commit = ("--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
            found = told("rev-parse", *commit, folder=root, code=CODE)
            return found.decode().split()[-1]
    if rev == "HEAD":
        return None
    shown = one_line(rev) or "''"
    if is_shallow(root):
        raise wrong(CODE, f"{shown} names no commit here: {SHALLOW}")
    names = told("for-each-ref", "--format=%(refname:short)", folder=root, code=CODE).decode(errors="replace").split()
    raise wrong(CODE, f"{shown} names no commit of this repository{did_you_mean(rev, names)}")


def _cut_off(root: Path) -> frozenset[str]:
    """The commits at which a shallow clone begins."""
    file = root / os.fsdecode(told("rev-parse", "--git-path", "shallow", folder=root, code=CODE).rstrip(b"\n"))
    return frozenset(file.read_text().split()) if file.is_file() else frozenset()
