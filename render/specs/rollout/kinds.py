"""A rollout as data: waves, gates, and when nothing may happen; defaults are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from render.kustomize.resource import Resource

OnFailure = Literal["pause", "rollback", "rollbackAll"]
GateType = Literal["soak", "observed", "health", "window", "prometheus", "checks", "approval"]
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Soak:
    """So many seconds since the wave's last commit reached the branch."""

    seconds: int

    type: GateType = "soak"


@dataclass(frozen=True, slots=True)
class ObservationGate:
    """A newer observation shows this share of the wave's pods, in percent, on the new revision."""

    share: int = 100

    type: GateType = "observed"


@dataclass(frozen=True, slots=True)
class Health:
    """Argo CD or Flux says in a file of this folder that the wave's clusters are well; older than `max_age` seconds it
    says nothing."""

    path: str = "health"
    max_age: int = 3600

    type: GateType = "health"


@dataclass(frozen=True, slots=True)
class Window:
    """The hours in which the next wave may begin, by the clocks of an IANA time zone; `end` is on the next day where
    it is not after `start`, and None is the end of the day."""

    days: tuple[str, ...]
    start: time
    end: time | None
    time_zone: str = "UTC"

    type: GateType = "window"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A query whose values all keep to a bound in each sample of the last `seconds`, every `step` seconds. `urls` are
    servers by cluster, `url` is the one of all others."""

    query: str
    url: str | None
    urls: Mapping[str, str]
    below: float | None
    above: float | None
    seconds: int
    step: int

    type: GateType = "prometheus"


@dataclass(frozen=True, slots=True)
class Checks:
    """These checks of the wave's commit have passed at the forge."""

    names: tuple[str, ...]

    type: GateType = "checks"


@dataclass(frozen=True, slots=True)
class Approval:
    """The next wave comes as a pull request."""

    type: GateType = "approval"


Gate = Soak | ObservationGate | Health | Window | Prometheus | Checks | Approval


@dataclass(frozen=True, slots=True)
class Choice:
    """Clusters or namespaces: by labels, by name, and a share in percent; all that is said must hold."""

    labels: Mapping[str, str]
    names: tuple[str, ...] = ()
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class Wave:
    """What moves together. `clusters` is None for all that have the Istio. Where neither `namespaces` nor `gateways`
    are said, the tags move, and all that is left (`is_whole`)."""

    name: str
    clusters: Choice | None
    namespaces: Choice | None
    gates: tuple[Gate, ...]
    gateways: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return self.namespaces is None and not self.gateways


@dataclass(frozen=True, slots=True)
class Freeze:
    """A time in which nothing moves, its end excluded."""

    start: datetime
    end: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SkippedCluster:
    """A cluster that is left out up to and including a day."""

    cluster: str
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class RevisionRollout:
    """An upgrade in waves. `version` begins with `v`. `max_unavailable` is a number of clusters, or a share of a wave's
    (`10%`), None for all. `paused` says why nothing goes on, empty where it does; where it is `completed` nothing is
    asked any more."""

    name: str
    istio: str
    version: str
    waves: tuple[Wave, ...]
    ready: tuple[Gate, ...]
    max_unavailable: int | str | None
    on_failure: OnFailure
    freezes: tuple[Freeze, ...]
    paused: str
    skipped: tuple[SkippedCluster, ...]
    resource: Resource
    completed: bool = False

    @property
    def file(self) -> str:
        return self.resource.origin.file

    def wave(self, name: str) -> Wave:
        return next(wave for wave in self.waves if wave.name == name)
