"""A rollout walked ahead of time: which step when, with the answers of gates that a file gives.

Pure: what a step does to the progress is done to the data, no spec is edited. Gates that time decides (soak, window,
freezes) are asked as in earnest; the others pass at once unless the file says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from render.gates import soak, window
from render.gates.answer import GateAnswer, Question
from render.operations.rollout.decide import NextStep, Phase, WaveStep, decide
from render.operations.rollout.progress import RolloutProgress, WaveCluster, WaveProgress
from render.specs.duration import in_words
from render.specs.rollout.kinds import Gate, Soak, Wave, Window

MOST = 10_000  # steps of one rollout
_LONGEST = timedelta(days=3650)
_LOOK = timedelta(minutes=5)  # how often the job runs


class GateName(NamedTuple):
    """A gate, by the name of its wave and its kind."""

    wave: str
    type: str


@dataclass(frozen=True, slots=True)
class GateScript:
    """What a gate of a wave is to answer: it waits for `wait` seconds after the wave's last commit, then passes or
    `fails`."""

    wait: int = 0
    fails: bool = False


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What happens when, in the time zone of the start, and how many tags, namespaces and gateways move; one
    namespace in three clusters is three."""

    at: datetime
    decision: NextStep
    namespaces: int = 0
    tags: int = 0
    gateways: int = 0


@dataclass(slots=True)
class _Walk:
    """The state of a walk: how far, when it is, and when the parts of waves came."""

    found: RolloutProgress
    now: datetime
    scripts: Mapping[GateName, GateScript]
    arrivals: dict[tuple[str, Phase], datetime] = field(default_factory=dict)

    def ask(self, wave: Wave, phase: Phase, gates: Sequence[Gate], clusters: Sequence[str]) -> list[GateAnswer]:
        since = self.arrivals.get((wave.name, phase), self.now)
        question = Question(self.now, since, None, dict.fromkeys(clusters, ()), self.found.revision)
        answers = []
        for gate in gates:
            answers.append(self._answer(gate, wave, question, since))
            if answers[-1].verdict == "fail":
                break
        return answers

    def _answer(self, gate: Gate, wave: Wave, question: Question, since: datetime) -> GateAnswer:
        if isinstance(gate, Soak):
            return soak.answer(gate, question)
        if isinstance(gate, Window):
            return window.answer(gate, question)
        script = self.scripts.get(GateName(wave.name, gate.type), GateScript())
        ends = since + timedelta(seconds=script.wait)
        if self.now < ends:
            return GateAnswer("wait", f"simulated: {in_words(script.wait)}", ends)
        return GateAnswer("fail" if script.fails else "pass", "simulated")

    def apply(self, step: WaveStep) -> None:
        waves = tuple(_with_step(wave, step) for wave in self.found.waves)
        rollout = self.found.rollout
        if step.kind in ("rollback", "pause"):
            rollout = replace(rollout, paused=step.reason or "failed")
        if step.kind == "complete":
            rollout = replace(rollout, completed=True)
        if step.kind == "introduce":  # in a cluster it is there for all waves
            waves = tuple(_with_introduced(wave, step.clusters) for wave in waves)
        if step.kind == "move" and self.found.wave(step.wave).wave.is_whole:
            waves = tuple(_with_tags_moved(wave, step.clusters) for wave in waves)
        self.found = replace(self.found, waves=waves, rollout=rollout)
        if step.kind in ("introduce", "move"):
            self.arrivals[step.wave, "introduced" if step.kind == "introduce" else "moved"] = self.now


def simulate(
    found: RolloutProgress, start: datetime, scripts: Mapping[GateName, GateScript] | None = None
) -> Iterator[CalendarEntry]:
    """Yields each step of a rollout with its time, from `start` on, and last where it ends: done, paused, or waiting
    for what no time brings. `scripts` say what gates answer, by the names of wave and gate."""
    walk = _Walk(_without_pause(found), start, scripts or {})
    for wave in found.waves:  # what has moved before counts from the start
        walk.arrivals[wave.wave.name, "introduced"] = walk.arrivals[wave.wave.name, "moved"] = start
    for _ in range(MOST):
        decision = decide(walk.found, walk.now, walk.ask)
        if decision.step:
            yield _entry(walk, decision, decision.step)
            walk.apply(decision.step)
            walk.now += _LOOK
            continue
        if decision.until is None or decision.until - start > _LONGEST:
            yield CalendarEntry(walk.now, decision)
            return
        walk.now = max(decision.until.astimezone(walk.now.tzinfo), walk.now + _LOOK)


def _entry(walk: _Walk, decision: NextStep, step: WaveStep) -> CalendarEntry:
    if step.kind != "move":
        return CalendarEntry(walk.now, decision)
    moving = [one for one in walk.found.wave(step.wave).clusters if one.name in step.clusters]
    namespaces = sum(len(one.waiting) + len(one.following) for one in moving)
    tags, gateways = sum(len(one.tags) for one in moving), sum(len(one.gateways) for one in moving)
    return CalendarEntry(walk.now, decision, namespaces, tags, gateways)


def without_gates(found: RolloutProgress) -> RolloutProgress:
    """Returns the progress of a rollout that nothing holds up."""
    waves = tuple(replace(one, wave=replace(one.wave, gates=())) for one in found.waves)
    return replace(found, waves=waves, rollout=replace(found.rollout, ready=(), freezes=(), paused=""))


def _without_pause(found: RolloutProgress) -> RolloutProgress:
    """Returns the progress of a rollout that goes on although a gate stopped it once."""
    return replace(found, rollout=replace(found.rollout, paused=""))


def _with_step(wave: WaveProgress, step: WaveStep) -> WaveProgress:
    change = {"move": _move_all, "restore": _give_back, "rollback": _take_back}.get(step.kind)
    if change is None or (step.kind != "restore" and wave.wave.name != step.wave):
        return wave
    clusters = tuple(change(one) if one.name in step.clusters else one for one in wave.clusters)
    return replace(wave, clusters=clusters)


def _move_all(one: WaveCluster) -> WaveCluster:
    moved = (*one.moved, *one.waiting, *one.following)
    return replace(
        one,
        waiting=(),
        following=(),
        tags=(),
        gateways=(),
        moved=moved,
        moved_tags=(*one.moved_tags, *one.tags),
        moved_gateways=(*one.moved_gateways, *one.gateways),
    )


def _give_back(one: WaveCluster) -> WaveCluster:
    return replace(one, restorable=())


def _take_back(one: WaveCluster) -> WaveCluster:
    back = replace(one, waiting=one.moved, moved=(), tags=one.moved_tags, moved_tags=())
    return replace(back, gateways=one.moved_gateways, moved_gateways=())


def _with_tags_moved(wave: WaveProgress, clusters: Sequence[str]) -> WaveProgress:
    """Returns the wave once the tags of these clusters have moved: its namespaces can go back to them."""
    return replace(wave, clusters=tuple(_behind_tags(one) if one.name in clusters else one for one in wave.clusters))


def _behind_tags(one: WaveCluster) -> WaveCluster:
    after = _move_all(replace(one, waiting=(), gateways=()))
    kept = replace(after, waiting=one.waiting, gateways=one.gateways)
    return replace(kept, restorable=tuple(name for name in one.relabelled if name in kept.moved))


def _with_introduced(wave: WaveProgress, clusters: Sequence[str]) -> WaveProgress:
    return replace(
        wave, clusters=tuple(replace(one, introduced=True) if one.name in clusters else one for one in wave.clusters)
    )
