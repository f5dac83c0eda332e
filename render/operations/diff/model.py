"""What a comparison of two trees comes to, as data: for the terminal, a pull request, a commit message or a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from render.compare.objects import FieldChange, Identity
from render.finding import Finding
from render.git.trees import Side
from render.hazards.data import Hazard, Meeting
from render.plan.injection.proxy_moves import Move, Restart
from render.specs.kinds import SourceType

How = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class ObjectDiff:
    """An object that is added, removed or changed, and by which changes."""

    object: Identity
    how: How
    changes: tuple[FieldChange, ...] = ()


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
class MetHazard:
    """A hazard that a move meets, and the place in the specs that shows it: the field of an object, and its line."""

    hazard: Hazard
    meeting: Meeting
    file: str
    line: int
    column: int
    object: str
    field: str

    @property
    def place(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return ": ".join(part for part in (where, self.object, self.field) if part)

    @property
    def is_left_behind(self) -> bool:
        """Whether it is a fault of the release alone that the move leaves: nothing is to be done about it."""
        return self.meeting == "leaves" and self.hazard.is_of_version_alone


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A move of a cluster to another release, and the hazards on the way. Versions have their `v`.

    Of basis `files`, `met` are those that the specs show, `questions` those that files neither show nor rule out, the
    shortest first, and `elsewhere` the kinds of objects that the specs have none of, which alone could show others.
    Of basis `versions` the specs could not be read, and `questions` are all hazards of the move, the worst first.
    """

    title: str
    before: str
    after: str
    basis: Literal["files", "versions"]
    met: tuple[MetHazard, ...] = ()
    questions: tuple[Hazard, ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenPods:
    """What an observation says of the pods that need a restart: how many `pods` of a restart's namespace still run what
    they had, where that can be counted (other settings of a proxy cannot). `basis` is its age in words, `at` when it
    was, `age` in seconds, `stale` why it proves nothing any more."""

    basis: str
    at: str
    age: int
    stale: str | None
    pods: Mapping[Restart, int]


@dataclass(frozen=True, slots=True)
class ReplicaDrop:
    """A workload that says no longer how many replicas it has, `before` of them. The API server sets 1, its default,
    unless another field manager owns the field."""

    object: str
    before: int


@dataclass(frozen=True, slots=True)
class ClusterDiff:
    """What differs in one cluster. `rolls` are workloads whose pods Kubernetes replaces by itself, `drops` those that
    fall to one replica. `hazards` are those of its moves to other releases; `seen` is None where the cluster was not
    observed or nothing has to be restarted.
    """

    name: str
    how: How
    parts: tuple[PartDiff, ...]
    moves: tuple[Move, ...] = ()
    restarts: tuple[Restart, ...] = ()
    rolls: tuple[str, ...] = ()
    drops: tuple[ReplicaDrop, ...] = ()
    hazards: tuple[Upgrade, ...] = ()
    seen: SeenPods | None = None


@dataclass(frozen=True, slots=True)
class Diff:
    """All that differs between two sides. `names` are the clusters of either side that were compared, `clusters` those
    of them that differ; `shared` are folders that clusters share; `silent` are folders of which files differ, but no
    object. `source` is what manifests come from on the later side, where that alone is compared."""

    before: Side
    after: Side
    names: tuple[str, ...]
    clusters: tuple[ClusterDiff, ...]
    shared: tuple[ClusterDiff, ...] = ()
    silent: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    source: SourceType | None = None

    @property
    def differs(self) -> bool:
        return bool(self.clusters or self.shared)
