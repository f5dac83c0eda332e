"""What a change to the tree is made of."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Step(NamedTuple):
    """One move that leaves nothing half done, and that can be asked for twice.

    `put` moves a staged file to its place, over what is there; `move` does so with a folder that is new;
    `remove` takes a file away. `target` is relative to the output, `staged` to its staging folder.
    """

    what: Literal["put", "move", "remove"]
    target: str
    staged: str = ""


class Staged(NamedTuple):
    """A cluster's change, ready to be committed; small, so that worker processes can hand it over."""

    cluster: str
    steps: tuple[Step, ...]
