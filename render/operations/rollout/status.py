"""`rollout status`: waves with how far they are, gates with what they answer, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from render.operations.rollout.decide import GateResult, NextStep
from render.operations.rollout.progress import WaveProgress
from render.operations.rollout.standing import Standing
from render.specs.rollout.kinds import OnFailure

State = Literal["waiting", "introduced", "moving", "moved"]


@dataclass(frozen=True, slots=True)
class WaveStatus:
    """A wave: in how many of its `clusters` the revision is there, how many of them are done, and how many of its
    namespaces have moved; `since` is when its last part came, in UTC."""

    name: str
    state: State
    clusters: int
    introduced: int
    done: int
    namespaces: int
    moved: int
    skipped: tuple[str, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class RolloutStatus:
    """A rollout at a commit. `answers` are those of the gates that matter now, of the wave `decision.wave`."""

    name: str
    istio: str
    version: str
    revision: str
    commit: str
    on_failure: OnFailure
    waves: tuple[WaveStatus, ...]
    decision: NextStep
    answers: tuple[GateResult, ...]


def rollout_status(standing: Standing) -> RolloutStatus:
    """Returns the status of a rollout; its gates are asked."""
    decision, rollout = standing.decision(), standing.rollout
    return RolloutStatus(
        name=rollout.name,
        istio=rollout.istio,
        version=rollout.version,
        revision=standing.progress.revision,
        commit=standing.commit,
        on_failure=rollout.on_failure,
        waves=tuple(_wave(standing, wave) for wave in standing.progress.waves),
        decision=decision,
        answers=decision.answers,
    )


def _wave(standing: Standing, found: WaveProgress) -> WaveStatus:
    moved = sum(len(cluster.moved) for cluster in found.clusters)
    begun = found.has_begun or (found.is_done and found.clusters)
    names = [cluster.name for cluster in found.clusters]
    return WaveStatus(
        name=found.wave.name,
        state=_state(found),
        clusters=len(found.clusters),
        introduced=sum(cluster.introduced for cluster in found.clusters),
        done=sum(cluster.is_done for cluster in found.clusters),
        namespaces=moved + sum(len(cluster.waiting) + len(cluster.following) for cluster in found.clusters),
        moved=moved,
        skipped=found.skipped,
        since=standing.arrival(found.wave.name, "moved", names).at if begun else None,
    )


def _state(found: WaveProgress) -> State:
    if found.is_done:
        return "moved"
    if found.has_begun:
        return "moving"
    return "introduced" if all(cluster.introduced for cluster in found.clusters) else "waiting"
