"""Commits of the branch as git tells them: their messages, and which files each of them changed; when folders last
changed on the branch that is checked out, what was merged by first parents.

Every question is one `git log`, read only; nothing is checked out. Folders may lie inside the repository.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from render.errors import InputError, MeshrevError, OutsideError, wrong
from render.git.process import NoRepository, query, start
from render.git.trees import SHALLOW
from render.messages import did_you_mean, one_line

CODE = "MR170"
# A person's settings that would change what is printed (https://git-scm.com/docs/git-config).
_PLAIN = ("-c", "log.showSignature=false", "-c", "log.showRoot=true", "-c", "log.follow=false", "-c", "color.ui=false")
_READ = 1 << 16


@dataclass(frozen=True, slots=True)
class CommitMessage:
    """A commit with its message. `at` is the committer's time, None for one that cannot be; `parents` are hashes, the
    branch's own first."""

    commit: str
    parents: tuple[str, ...]
    at: datetime | None
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class CommitChange:
    """What a commit changed against its first parent: each path's blob ids before and after, empty for no file.

    `reached` is False where a shallow clone begins: everything looks new there, and nothing is known of before.
    """

    commit: str
    at: datetime | None
    paths: Mapping[str, tuple[str, str]]
    reached: bool = True


def messages(root: Path, rev: str = "HEAD") -> list[CommitMessage]:
    """Returns every commit that `rev` reaches, children before their parents; empty where nothing is committed yet.

    `NoRepository` where `root` is in none, `InputError` where there is no git, or `rev` names no commit.
    """
    tip = _tip(root, rev)
    if tip is None:
        return []
    options = ("--topo-order", "-z", "--encoding=UTF-8", "--format=%H%x00%P%x00%ct%x00%an%x00%B")
    fields = query(*_PLAIN, "log", *options, tip, "--", folder=root, code=CODE)
    texts = fields.decode(errors="replace").split("\0")
    return [
        CommitMessage(commit, tuple(parents.split()), _time(stamp), one_line(author), text)
        for commit, parents, stamp, author, text in zip(*(texts[at:-1:5] for at in range(5)), strict=True)
    ]


def changes(root: Path, paths: Sequence[str], rev: str = "HEAD") -> Iterator[CommitChange]:
    """First-parent commits that changed a file below `paths`, the newest first; stop asking, and git stops too.

    Paths are relative to `root`, those asked for and those told. Errors as for `messages`; `OutsideError` where git
    stops.
    """
    tip = _tip(root, rev)
    if tip is not None:
        cut = shallow_commits(root)
        with closing(_raw(root, tip, paths)) as found:
            for commit, at, changed in found:
                yield CommitChange(commit, at, changed, commit not in cut)


class FileVersion(NamedTuple):
    """A commit in which a file is another than before, and its blob id."""

    commit: str
    blob: str


def file_versions(root: Path, folder: str, paths: Collection[str], rev: str) -> dict[str, list[FileVersion]]:
    """Returns for each file the commits that `rev` reaches, merged branches included, in which it is another than in
    one of their parents: each with the file's blob id, empty where it is gone; the newest first.

    `folder` holds all of them, relative to `root` as they are. One walk serves all. Errors as for `changes`.
    """
    found: dict[str, list[FileVersion]] = {path: [] for path in paths}
    tip = _tip(root, rev)
    if tip is not None:
        with closing(_raw(root, tip, [folder], "--full-history")) as walk:
            for commit, _, changed in walk:
                for path in changed.keys() & found.keys():
                    found[path].append(FileVersion(commit, changed[path][1]))
    return found


def first_parents(root: Path, rev: str) -> list[str]:
    """Returns the commits of a branch, what was merged as one: `rev` first, then each one's first parent. Errors as for
    `changes`."""
    tip = _tip(root, rev)
    return query("rev-list", "--first-parent", tip, folder=root, code=CODE).decode().split() if tip else []


def folders_ever(root: Path, folder: str, rev: str) -> frozenset[str]:
    """Returns the names of the folders directly below a folder that any commit had which `rev` reaches. `folder` is
    relative to `root`. Errors as for `changes`."""
    tip = _tip(root, rev)
    if tip is None:
        return frozenset()
    with closing(_raw(root, tip, [folder], "--full-history")) as found:
        inside = (path.removeprefix(f"{folder}/").split("/") for _, _, changed in found for path in changed)
        return frozenset(steps[0] for steps in inside if len(steps) > 1)


def parents(root: Path, commit: str) -> tuple[str, ...]:
    """Returns the parents of a commit, the branch's own first; none for the first commit, and where a shallow clone
    begins."""
    return tuple(query("rev-parse", f"{commit}^@", folder=root, code=CODE).decode().split())


def has_commits(root: Path) -> bool:
    """Returns whether anything is committed on the branch that is checked out. Errors as for `messages`."""
    return _tip(root, "HEAD") is not None


def is_shallow(root: Path) -> bool:
    """Returns whether older commits are not in this clone."""
    return query("rev-parse", "--is-shallow-repository", folder=root, code=CODE).strip() == b"true"


_Raw = tuple[str, datetime | None, dict[str, tuple[str, str]]]


def _raw(root: Path, tip: str, paths: Sequence[str], which: str = "--first-parent") -> Generator[_Raw]:
    options = (which, "-m", "--no-renames", "--raw", "--no-abbrev", "--relative", "-z", "--format=@%H %ct")
    process = start(*_PLAIN, "log", *options, tip, "--", *paths, folder=root)
    try:
        commit, at = "", None
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
    """Yields what stands between the NULs; git puts a line break before the first change of a commit."""
    assert process.stdout
    rest = b""
    while part := os.read(process.stdout.fileno(), _READ):
        *words, rest = (rest + part).split(b"\0")
        for word in words:
            yield os.fsdecode(word.lstrip(b"\n"))


def _id(oid: str) -> str:
    return oid if oid.strip("0") else ""


def _time(stamp: str) -> datetime | None:
    """Returns the time of a commit, None outside of the years 1 to 9999: git takes any number from whoever commits."""
    try:
        return datetime.fromtimestamp(int(stamp), UTC)
    except (ValueError, OverflowError, OSError):  # the last, from the C library, for what its own type cannot hold
        return None


def _tip(root: Path, rev: str) -> str | None:
    """Returns the commit that a revision's name means; None for a HEAD without commits."""
    query("rev-parse", "--git-dir", folder=root, code=CODE)  # says what is wrong where this is no repository
    if not rev.startswith("-") and "\0" not in rev:
        with suppress(InputError):
            commit = ("--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
            found = query("rev-parse", *commit, folder=root, code=CODE)
            return found.decode().split()[-1]
    if rev == "HEAD":
        return None
    shown = one_line(rev) or "''"
    if is_shallow(root):
        raise wrong(CODE, f"{shown} names no commit here: {SHALLOW}")
    names = query("for-each-ref", "--format=%(refname:short)", folder=root, code=CODE).decode(errors="replace").split()
    raise wrong(CODE, f"{shown} names no commit of this repository{did_you_mean(rev, names)}")


def shallow_commits(root: Path) -> frozenset[str]:
    """Returns the commits at which a shallow clone begins."""
    file = root / os.fsdecode(query("rev-parse", "--git-path", "shallow", folder=root, code=CODE).rstrip(b"\n"))
    return frozenset(file.read_text().split()) if file.is_file() else frozenset()


@dataclass(frozen=True, slots=True)
class LastChanges:
    """Names with the time of their last change. `unknown` are names that may have changed before what the history
    reaches back to (a shallow clone), or at a time that cannot be; any other name that is not in `at` never changed."""

    at: Mapping[str, datetime]
    unknown: frozenset[str] = frozenset()


def last_changes(root: Path, folder: str, names: Collection[str], below: Collection[str]) -> LastChanges:
    """Returns when a first-parent commit last changed a file below `<folder>/<name>/<one of below>/`, for each of the
    names.

    `folder` is relative to `root`, a folder in a git work tree. Committer times are meant. Nothing ever changed where
    `root` is in no repository or nothing is committed; where git cannot tell, all is unknown. One walk serves all
    names, and ends where the last of them is found.
    """
    prefix = "" if folder == "." else f"{folder}/"
    wanted, parts = frozenset(names), frozenset(below)
    times: dict[str, datetime] = {}
    unknown: set[str] = set()
    try:
        for change in changes(root, [folder]) if wanted else ():
            changed = {name for path in change.paths if (name := _name(path.removeprefix(prefix), parts))} & wanted
            new = changed - times.keys() - unknown
            if change.reached and change.at:
                times |= dict.fromkeys(new, change.at)
            else:  # where a shallow clone begins, everything looks new: when it came is not known
                unknown |= new
            if len(times) + len(unknown) == len(wanted):
                break
    except NoRepository:
        return LastChanges({})
    except MeshrevError:
        return LastChanges({}, wanted)
    return LastChanges(times, frozenset(unknown))


def _name(path: str, below: frozenset[str]) -> str | None:
    parts = path.split("/", 2)
    return parts[0] if len(parts) == 3 and parts[1] in below else None
