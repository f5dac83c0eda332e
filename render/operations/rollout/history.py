"""When the parts of a rollout reached the branch, from its history: by the trailers of its commits, and where a squash
lost those, by the last change of the clusters' folders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from render.areas import NAMESPACES, REVISIONS, TAGS
from render.git.log import changes
from render.operations.change.trailers import LoggedOperation, operations
from render.operations.rollout.decide import Phase
from render.operations.rollout.progress import RolloutProgress

_BELOW = {"introduced": (REVISIONS,), "moved": (TAGS, NAMESPACES)}


@dataclass(frozen=True, slots=True)
class Arrival:
    """The commit of the branch that brought a part of a wave, and when it came, in UTC; None where nobody knows."""

    at: datetime | None
    commit: str | None


@dataclass(slots=True)
class History:
    """The history of a fleet up to the commit `rev`; `output` is the folder of its trees."""

    root: Path
    rev: str
    output: str
    _operations: list[LoggedOperation] | None = None
    _changes: dict[tuple[Phase, tuple[str, ...]], Arrival] = field(default_factory=dict)

    def operations(self) -> Sequence[LoggedOperation]:
        """Returns the operations, the newest first, without those that were taken back."""
        if self._operations is None:
            known = operations(self.root, self.rev)
            undone: set[str] = set()
            for one in known:
                if one.id not in undone:
                    undone.update(one.undoes)
            self._operations = [one for one in known if one.id not in undone]
        return self._operations

    def of_wave(self, found: RolloutProgress, wave: str, phase: Phase) -> list[LoggedOperation]:
        """Returns the operations that brought the revision in for a wave, or moved it; the newest first."""
        name = trailer(found.rollout.name, wave)
        to = found.rollout.version if phase == "introduced" else found.revision
        return [one for one in self.operations() if one.wave == name and one.to == to]

    def arrival(self, found: RolloutProgress, wave: str, phase: Phase, clusters: Iterable[str]) -> Arrival:
        """Returns when the last part of a wave came."""
        if known := self.of_wave(found, wave, phase):
            return Arrival(known[0].at, known[0].landed)
        key = phase, tuple(clusters)
        if key not in self._changes:
            self._changes[key] = self._last_change(*key)
        return self._changes[key]

    def _last_change(self, phase: Phase, clusters: Sequence[str]) -> Arrival:
        folders = [f"{self.output}/{cluster}/{area}" for cluster in clusters for area in _BELOW[phase]]
        last = next(iter(changes(self.root, folders, self.rev)), None) if folders else None
        return Arrival(last.at, last.commit) if last and last.reached else Arrival(None, None)


def trailer(rollout: str, wave: str) -> str:
    """Returns what a wave is called in the log."""
    return f"{rollout}/{wave}"
