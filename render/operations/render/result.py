"""What `render` and `check` come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from render.finding import Finding

LEFT_BEHIND = "MR099"  # the folder of a cluster that no overlay describes any more


class Progress(Protocol):
    """Told how many clusters are done, of how many, and where it is not plain what is done with them, that."""

    def __call__(self, done: int, of: int, doing: str = "", /) -> None: ...


@dataclass(frozen=True, slots=True)
class ClusterResult:
    """What was written to a cluster's folder, or would be. Paths are relative to `folder`."""

    name: str
    folder: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class FleetResult:
    """All clusters, the folders that they share, and what concerns none of them alone. `recovered`: `finished` or
    `undone`, where an earlier run was cut off and this one writes."""

    clusters: tuple[ClusterResult, ...]
    shared: tuple[ClusterResult, ...]
    findings: tuple[Finding, ...]
    recovered: str | None

    @property
    def as_specified(self) -> bool:
        """Whether the tree is what the specs say, and holds no cluster that they do not describe."""
        left = any(finding.code == LEFT_BEHIND for finding in self.findings)
        return not left and not any(folder.differs for folder in (*self.clusters, *self.shared))
