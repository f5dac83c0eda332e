"""What meshrev did to a fleet, read back from the trailers of its commits.

A squash merge leaves the trailers of several commits in the middle of one message, and the message of a merge commit
may repeat those of the commits that it brings: each operation is told once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from render.errors import wrong
from render.git.log import CommitMessage, is_shallow, messages
from render.git.trees import SHALLOW
from render.messages import did_you_mean, one_line

CODE = "MR171"
ENOUGH = 6  # characters of an id that a person may leave it at, where they mean one operation only

OPERATION = "Meshrev-Operation"
UNDOES = "Meshrev-Undoes"
_FIELDS = {
    "Meshrev-From": "from_",
    "Meshrev-To": "to",
    "Meshrev-Wave": "wave",
    "Meshrev-Moved": "moved",
    "Meshrev-Specs-Digest": "specs_digest",
    "Meshrev-Version": "version",
}
# A trailer as `git interpret-trailers` writes it; some hosts indent what they squash.
_TRAILER = re.compile(r"[ \t]*([A-Za-z0-9-]+):[ \t]+(\S.*?)\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class LoggedOperation:
    """An operation and the commit that it made: `commit` and its first `parent` (None for the first of a history).

    `at` is when the branch got it: the committer's time, in UTC, of the commit `landed`, which is the merge where a
    merge brought it, else `commit` itself; None for a time that cannot be. Texts are as the trailers have them, empty
    where there is none; `undoes` are the ids that a rollback took back.
    """

    id: str
    commit: str
    parent: str | None
    landed: str
    at: datetime | None
    author: str
    subject: str
    from_: str = ""
    to: str = ""
    wave: str = ""
    moved: str = ""
    specs_digest: str = ""
    version: str = ""
    undoes: tuple[str, ...] = ()

    @property
    def verb(self) -> str:
        """`promote` of `promote-3f2a9c01d4`."""
        return self.id.rpartition("-")[0] or self.id


def operations(root: Path, rev: str = "HEAD", limit: int | None = None) -> list[LoggedOperation]:
    """Returns the operations of the history of `rev`, the newest first, `limit` of them at most.

    `root` is a folder of the repository. `InputError` where it is in none, or `rev` names no commit; empty where
    nothing is committed yet.
    """
    history = messages(root, rev)
    landings = _landings(history)
    times = {message.commit: message.at for message in history}
    logged: dict[tuple[str, str], LoggedOperation] = {}
    for message in history:
        landed = landings[message.commit]
        for operation in _operations(message, landed, times[landed]):
            # Of a merge and the commit that it brought, the latter: it is the operation's own.
            logged[landed, operation.id] = operation
    place = {commit: number for number, commit in enumerate(_first_parents(history))}
    newest_first = sorted(logged.values(), key=lambda operation: place[operation.landed])
    return newest_first[:limit]


def find_operation(root: Path, name: str, rev: str = "HEAD") -> LoggedOperation:
    """Returns the operation of this id, or of the only id that begins like this; the newest, where one was done twice.

    `InputError` where there is none, with the nearest, and where several are meant.
    """
    known = operations(root, rev)
    ids = {operation.id: operation for operation in reversed(known)}
    if name in ids:
        return ids[name]
    meant = sorted(each for each in ids if each.startswith(name) or each.rpartition("-")[2].startswith(name))
    shown = one_line(name) or "''"
    if len(name) < ENOUGH:
        raise wrong(CODE, f"{shown} is too short to name an operation: {ENOUGH} characters at least{_guess(name, ids)}")
    if len(meant) > 1:
        raise wrong(CODE, f"{shown} could be {', '.join(meant[:5])}: write more of it")
    if meant:
        return ids[meant[0]]
    if is_shallow(root):
        raise wrong(CODE, f"there is no operation {shown} here{did_you_mean(name, ids)}: {SHALLOW}")
    raise wrong(CODE, f"there is no operation {shown}{_guess(name, ids)}")


def _guess(name: str, ids: Mapping[str, LoggedOperation]) -> str:
    return did_you_mean(name, ids) or (" (`meshrev log` lists them)" if ids else " (nothing was done yet)")


def _first_parents(history: Sequence[CommitMessage]) -> Iterator[str]:
    """Yields the branch's own commits, the newest first."""
    by_commit = {message.commit: message for message in history}
    commit = history[0].commit if history else ""
    while message := by_commit.get(commit):
        yield commit
        commit = message.parents[0] if message.parents else ""


def _landings(history: Sequence[CommitMessage]) -> dict[str, str]:
    """For each commit the one of the branch's own with which the branch got it."""
    parents = {message.commit: message.parents for message in history}
    own = list(_first_parents(history))
    landed = {commit: commit for commit in own}
    for commit in reversed(own):
        ahead = list(parents[commit][1:])
        while ahead:
            other = ahead.pop()
            if other in parents and other not in landed:
                landed[other] = commit
                ahead += parents[other]
    return landed


def _operations(message: CommitMessage, landed: str, at: datetime | None) -> Iterator[LoggedOperation]:
    if OPERATION not in message.text:
        return
    subject = one_line(message.text.strip().partition("\n")[0].rstrip())
    parent = message.parents[0] if message.parents else None
    for trailers in _groups(message.text):
        fields = {_FIELDS[key]: value for key, value in trailers if key in _FIELDS}
        (name,) = (value for key, value in trailers if key == OPERATION)
        undoes = tuple(value for key, value in trailers if key == UNDOES)
        yield LoggedOperation(
            name, message.commit, parent, landed, at, message.author, subject, **fields, undoes=undoes
        )


def _groups(text: str) -> Iterator[list[tuple[str, str]]]:
    """Yields the trailers of each operation in a message: those that stand together, up to the next operation's."""
    together: list[tuple[str, str]] = []
    for line in [*text.split("\n"), ""]:
        if match := _TRAILER.fullmatch(line):
            key = match[1]
            if key == OPERATION and any(before == OPERATION for before, _ in together):
                yield together
                together = []
            together.append((key, one_line(match[2])))
            continue
        if any(key == OPERATION for key, _ in together):
            yield together
        together = []
