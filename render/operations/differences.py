"""What a comparison of two trees comes to, as data: for the terminal, a pull request, a commit message or a program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from render.finding import Finding
from render.plan.moves import Move, Restart
from render.repo.trees import Side
from render.tree.objectdiff import Change, Identity

How = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class ObjectDiff:
    """An object that is added, removed or changed, and by which changes."""

    object: Identity
    how: How
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class PartDiff:
    """What differs in one part of a cluster: a `revision`, `tag` or `gateway` by name; `mesh`, `cni`, `ztunnel`,
    `namespaces`, `extra`, `crds`.

    `before` and `after`: for a revision that takes over from another the names of both, for a tag the revisions
    that it points at, for `mesh` those that serve `default`, for `crds` the releases; else empty. `versions` are
    Istio's before and after, empty where not known.
    """

    kind: str
    name: str
    how: How
    before: str = ""
    after: str = ""
    versions: tuple[str, str] = ("", "")
    objects: tuple[ObjectDiff, ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterDiff:
    """What differs in one cluster. `rolls` are workloads whose pods Kubernetes replaces by itself."""

    name: str
    how: How
    parts: tuple[PartDiff, ...]
    moves: tuple[Move, ...] = ()
    restarts: tuple[Restart, ...] = ()
    rolls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """All that differs between two sides. `names` are the clusters of either side that were compared, `clusters` those
    of them that differ; `shared` are folders that clusters share; `silent` are folders of which files differ, but no
    object."""

    before: Side
    after: Side
    names: tuple[str, ...]
    clusters: tuple[ClusterDiff, ...]
    shared: tuple[ClusterDiff, ...] = ()
    silent: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.clusters or self.shared)
