"""When folders last changed on the branch that is checked out: what was merged, by first parents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from render.errors import MeshrevError
from render.repo.commits import changes
from render.repo.git import NoRepository


@dataclass(frozen=True, slots=True)
class LastChanges:
    """Names with the time of their last change. `unknown` are names that may have changed before what the history
    reaches back to (a shallow clone); any other name that is not in `at` never changed."""

    at: Mapping[str, datetime]
    unknown: frozenset[str] = frozenset()


def last_changes(root: Path, folder: str, names: Collection[str], below: Collection[str]) -> LastChanges:
    """When a first-parent commit last changed a file below `<folder>/<name>/<one of below>/`, for each of the names.

    `folder` is relative to `root`, a folder in a git work tree. Committer times are meant. Nothing ever changed where
    `root` is in no repository or nothing is committed; where git cannot tell, all is unknown. One walk serves all
    names, and ends where the last of them is found.
    """
    prefix = "" if folder == "." else f"{folder}/"
    wanted, parts = frozenset(names), frozenset(below)
    at: dict[str, datetime] = {}
    unknown: set[str] = set()
    try:
        for change in changes(root, [folder]) if wanted else ():
            changed = {name for path in change.paths if (name := _name(path.removeprefix(prefix), parts))} & wanted
            new = changed - at.keys() - unknown
            if change.reached:
                at |= dict.fromkeys(new, change.at)
            else:  # where a shallow clone begins, everything looks new: when it came is not known
                unknown |= new
            if len(at) + len(unknown) == len(wanted):
                break
    except NoRepository:
        return LastChanges({})
    except MeshrevError:
        return LastChanges({}, wanted)
    return LastChanges(at, frozenset(unknown))


def _name(path: str, below: frozenset[str]) -> str | None:
    parts = path.split("/", 2)
    return parts[0] if len(parts) == 3 and parts[1] in below else None
