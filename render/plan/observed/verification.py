"""What a cluster's API server said of its tree when it was asked (`meshrev verify`), as far as it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from render.plan.observed.observation import Owner


@dataclass(frozen=True, slots=True)
class ObjectRefusal:
    """An object that the server does not take, by its title, and the server's words."""

    title: str
    message: str


@dataclass(frozen=True, slots=True)
class OwnedField:
    """A field of an object, and its owners beside the deliverer; of an object that the tree lacks `field` is None."""

    title: str
    field: str | None
    owners: tuple[Owner, ...]

    @property
    def owners_text(self) -> str:
        return ", ".join(f"{owner.manager} ({owner.operation})" for owner in self.owners) or "nobody"


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """What the server of a cluster said at a moment: what it refuses, where another manager set something else, and
    what it has that the tree does not say (`left`)."""

    cluster: str
    at: datetime
    refused: tuple[ObjectRefusal, ...]
    conflicts: tuple[OwnedField, ...]
    left: tuple[OwnedField, ...]
