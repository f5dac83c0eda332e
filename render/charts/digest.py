"""The digest that a vendored chart is pinned by, and whether its files are still those."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from render.errors import wrong


def tree_digest(files: Mapping[str, bytes]) -> str:
    """Returns the SHA-256, in hex, of the lines that `sha256sum` prints for the files of a chart, sorted by path."""
    lines = (f"{hashlib.sha256(data).hexdigest()}  {path}\n" for path, data in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def check_digest(files: Mapping[str, bytes], pinned: str, folder: str, lock: str) -> None:
    """Raise an `InputError` where the files of a chart in a folder are not those whose digest its lock pins."""
    if tree_digest(files) != pinned:
        message = (
            f"is not the chart that {lock} names: its files were changed (git tells which), or the lock was; "
            "a chart is never edited, what differs belongs in values and patches"
        )
        raise wrong("MR280", message, file=folder)
