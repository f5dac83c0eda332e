"""When folders last changed on the branch that is checked out: what was merged, by first parents."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import git

_COMMIT = "commit:"  # no path in a tree begins like this: a part of one holds no colon


@dataclass(frozen=True, slots=True)
class LastChanges:
    """Names with the time of their last change. `unknown` are names that may have changed before what the history
    reaches back to (a shallow clone); any other name that is not in `at` never changed."""

    at: Mapping[str, datetime]
    unknown: frozenset[str] = frozenset()


def last_changes(root: Path, folder: str, names: Collection[str], below: Collection[str]) -> LastChanges:
    """When a first-parent commit last changed a file below `<folder>/<name>/<one of below>/`, for each of the names.

    `folder` is relative to `root`, a folder in a git work tree. Committer times are meant. Nothing ever changed where
    `root` is in no repository or nothing is committed; without a git program all is unknown. One walk serves all names,
    and ends where the last of them is found.
    """
    import git  # slow to import

    try:
        repo = git.Repo(root, search_parent_directories=True)
        shallow = _shallow(repo)
        commits = _commits(git.Git(root), "." if folder == "." else f"./{folder}")
        return _found(commits, "" if folder == "." else f"{folder}/", frozenset(names), frozenset(below), shallow)
    except git.InvalidGitRepositoryError:
        return LastChanges({})
    except git.GitCommandError:
        return LastChanges({}) if not repo.head.is_valid() else LastChanges({}, frozenset(names))
    except git.GitCommandNotFound:
        return LastChanges({}, frozenset(names))


def _found(
    commits: Iterator[tuple[str, int, list[str]]],
    prefix: str,
    names: frozenset[str],
    below: frozenset[str],
    shallow: frozenset[str],
) -> LastChanges:
    at: dict[str, datetime] = {}
    unknown: set[str] = set()
    for commit, time, paths in commits:
        changed = {name for path in paths if (name := _name(path.removeprefix(prefix), below))} & names
        new = changed - at.keys() - unknown
        if commit in shallow:
            # Where a shallow clone begins, everything looks new: when it came is not known.
            unknown |= new
        else:
            at |= dict.fromkeys(new, datetime.fromtimestamp(time, UTC))
        if len(at) + len(unknown) == len(names):
            break
    return LastChanges(at, frozenset(unknown))


def _name(path: str, below: frozenset[str]) -> str | None:
    parts = path.split("/", 2)
    return parts[0] if len(parts) == 3 and parts[1] in below else None


def _commits(program: git.Git, folder: str) -> Iterator[tuple[str, int, list[str]]]:
    """First-parent commits that changed a folder, the newest first: hash, time, paths relative to where we are."""
    options = ("--first-parent", "-m", "--no-renames", "--name-only", "--relative", f"--format={_COMMIT}%H %ct")
    process = program.log(*options, "--", folder, as_process=True)
    commit, time = "", 0
    paths: list[str] = []
    try:
        for line in process.stdout:
            text = line.decode(errors="surrogateescape").rstrip("\n")
            if text.startswith(_COMMIT):
                if commit:
                    yield commit, time, paths
                commit, _, stamp = text.removeprefix(_COMMIT).partition(" ")
                time, paths = int(stamp), []
            elif text:
                paths.append(text)
        process.wait()
        if commit:
            yield commit, time, paths
    finally:
        process.terminate()  # only where the walk ended early


def _shallow(repo: git.Repo) -> frozenset[str]:
    """The commits at which a shallow clone begins."""
    file = Path(repo.common_dir) / "shallow"
    return frozenset(file.read_text().split()) if file.is_file() else frozenset()
