"""The log of a fleet as data: what was done to it, by whom, and when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.git.log import is_shallow
from render.operations.change.record import LoggedOperation, operations


@dataclass(frozen=True, slots=True)
class Log:
    """Operations, the newest first. `shallow`: older ones may not be in this clone."""

    operations: tuple[LoggedOperation, ...]
    shallow: bool


def log(root: Path, rev: str = "HEAD", limit: int | None = None) -> Log:
    """Returns the operations of the fleet in `root` in the history of `rev`. `InputError` as
    `render.operations.change.record` raises it."""
    return Log(tuple(operations(root, rev, limit)), is_shallow(root))


def data(found: Log) -> dict[str, Any]:
    """`{"shallow", "operations": [...]}`: times in UTC, null where a commit says nothing."""
    return {"shallow": found.shallow, "operations": [_operation(one) for one in found.operations]}


def _operation(one: LoggedOperation) -> dict[str, Any]:
    return {
        "id": one.id,
        "verb": one.verb,
        "at": one.at and f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
        "author": one.author,
        "from": one.from_ or None,
        "to": one.to or None,
        "wave": one.wave or None,
        "moved": one.moved or None,
        "undoes": list(one.undoes),
        "commit": one.commit,
        "parent": one.parent,
        "landed": one.landed,
        "subject": one.subject,
        "specsDigest": one.specs_digest or None,
        "version": one.version or None,
    }
