"""Where in the files something was written."""

from __future__ import annotations

from dataclasses import dataclass

from render.messages import FieldPath


@dataclass(frozen=True, slots=True)
class Place:
    """A document in a file: `document` counts from 0. `inside` leads to a block scalar that is itself
    YAML (an inline patch), or to an item of a `kind: List`; empty when the file's document is meant."""

    file: str
    document: int = 0
    inside: FieldPath = ()
