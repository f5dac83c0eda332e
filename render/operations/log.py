"""The log of a fleet as data: what was done to it, by whom, and when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from render.git.log import is_shallow
from render.operations.change.trailers import LoggedOperation, operations


@dataclass(frozen=True, slots=True)
class Log:
    """Operations, the newest first. `shallow`: older ones may not be in this clone."""

    operations: tuple[LoggedOperation, ...]
    shallow: bool


def log(root: Path, rev: str = "HEAD", limit: int | None = None) -> Log:
    """Returns the operations of the fleet in `root` in the history of `rev`. `InputError` as
    `render.operations.change.trailers` raises it."""
    return Log(tuple(operations(root, rev, limit)), is_shallow(root))
