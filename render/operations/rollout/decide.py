"""What a rollout does next: from how far it is and what its gates answer.

Pure: who asks gates is handed in, so that a plan can be walked with answers from a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from render.gates.answer import GateAnswer, worst
from render.gates.window import freeze
from render.messages import count, few
from render.operations.rollout.progress import RolloutProgress, WaveCluster, WaveProgress
from render.specs.rollout.kinds import Gate, Wave

Kind = Literal["introduce", "move", "restore", "complete", "rollback", "pause"]
Outcome = Literal["step", "waiting", "paused", "done"]
Phase = Literal["introduced", "moved"]
# Gates that say whether what was committed has arrived, asked between two parts of a wave too.
_PROOFS = ("observed", "health")
_NAMED = 3


@dataclass(frozen=True, slots=True)
class GateResult:
    """A gate and what it answered, in words that a table has room for."""

    gate: Gate
    answer: GateAnswer


@dataclass(frozen=True, slots=True)
class WaveStep:
    """What is done next, in these clusters. `by_request`: it comes as a pull request, whatever was asked for."""

    kind: Kind
    wave: str
    clusters: tuple[str, ...]
    reason: str = ""
    by_request: bool = False

    @property
    def words(self) -> str:
        where = f"in {count(len(self.clusters), 'cluster')}" if len(self.clusters) != 1 else f"in {self.clusters[0]}"
        return {
            "introduce": f"bring the revision in for wave {self.wave}, {where}",
            "move": f"move wave {self.wave}, {where}",
            "restore": f"give namespaces of wave {self.wave} back the label that people wrote, {where}",
            "complete": "complete the rollout",
            "rollback": f"take wave {self.wave} back: {self.reason}",
            "pause": f"pause after wave {self.wave}: {self.reason}",
        }[self.kind]


@dataclass(frozen=True, slots=True)
class NextStep:
    """What comes next. `wave` is the one that it is about, None where all is done; `answers` are of its gates that were
    asked; `until` is when a wait may end by itself."""

    outcome: Outcome
    reason: str
    wave: str | None = None
    step: WaveStep | None = None
    answers: tuple[GateResult, ...] = ()
    until: datetime | None = None


Ask = Callable[[Wave, Phase, Sequence[Gate], Sequence[str]], list[GateAnswer]]
"""Answers of gates about these clusters of a wave, since the revision was brought in or since they moved."""


def decide(found: RolloutProgress, now: datetime, ask: Ask) -> NextStep:
    """Returns the next step of a rollout, or why there is none now. Only the gates that matter now are asked."""
    rollout = found.rollout
    if rollout.completed:
        return NextStep("done", f"all is on {found.revision}")
    if rollout.paused:
        return NextStep("paused", f"{rollout.paused} (take `paused` out of {rollout.file} to go on)")
    before: WaveProgress | None = None
    for wave in found.waves:
        if wave.is_done:
            before = wave if wave.clusters else before
            continue
        return _next_of_wave(found, before, wave, now, ask)
    if before is None:
        return NextStep("done", "no cluster is in any wave")
    if stopped := _gates(found, before, before, ask):
        return stopped
    if step := _restore([wave for wave in found.waves if wave.clusters]):
        return _unless_frozen(found, step, now)
    if skipped := sorted({name for wave in found.waves for name in wave.skipped}):
        return NextStep("waiting", f"all is moved but what is skipped: {few(skipped, _NAMED)}", before.wave.name)
    return NextStep("step", "all waves are there", before.wave.name, WaveStep("complete", before.wave.name, ()))


def _next_of_wave(
    found: RolloutProgress, before: WaveProgress | None, wave: WaveProgress, now: datetime, ask: Ask
) -> NextStep:
    """The gates of the wave before are asked in the middle of this one too: somebody may have begun it by hand, and
    what they say may have changed."""
    if before:
        if stopped := _gates(found, before, wave if wave.has_begun else before, ask):
            return stopped
        if step := _restore(found.waves[: found.waves.index(before) + 1]):
            return _unless_frozen(found, step, now)
    by_request = any(gate.type == "approval" for gate in before.wave.gates) if before else False
    missing = tuple(cluster.name for cluster in wave.clusters if not cluster.introduced)
    if missing:
        return _unless_frozen(found, WaveStep("introduce", wave.wave.name, missing, by_request=by_request), now)
    return _move(found, wave, by_request, now, ask)


def _move(found: RolloutProgress, wave: WaveProgress, by_request: bool, now: datetime, ask: Ask) -> NextStep:
    rollout, name = found.rollout, wave.wave.name
    left = [cluster.name for cluster in wave.clusters if not cluster.is_done]
    answers = ask(wave.wave, "introduced", rollout.ready, left)
    if stopped := _hold(found, wave.wave, rollout.ready, answers, "the new revision"):
        return stopped
    begun = [cluster for cluster in wave.clusters if cluster.has_begun and cluster.is_done]
    room = _room(rollout.max_unavailable, wave.clusters) - len(begun)
    if room < len(left) and begun:
        proofs = [gate for gate in wave.wave.gates if gate.type in _PROOFS]
        unproven = [one.name for one in begun if worst(ask(wave.wave, "moved", proofs, [one.name])) != "pass"]
        room = _room(rollout.max_unavailable, wave.clusters) - len(unproven)
        if room <= 0:
            answers = ask(wave.wave, "moved", proofs, unproven)
            told = _results(proofs, answers)
            reason = f"{few(unproven, _NAMED)} first ({_reasons(told)})"
            if worst(answers) == "fail":
                return _after_failure(found, wave.wave, told)
            return NextStep("waiting", reason, name, answers=told, until=_until(answers))
    step = WaveStep("move", name, tuple(left[: max(room, 1)]), by_request=by_request)
    return _unless_frozen(found, step, now, _results(rollout.ready, answers))


def _room(most: int | str | None, clusters: Sequence[WaveCluster]) -> int:
    """Returns how many clusters may be under way at once: a share is rounded up, and never none."""
    if most is None:
        return len(clusters)
    number = most if isinstance(most, int) else -int(-len(clusters) * int(most[:-1]) // 100)
    return max(number, 1)


def _gates(found: RolloutProgress, wave: WaveProgress, failed: WaveProgress, ask: Ask) -> NextStep | None:
    """Returns what keeps the next wave from going on, None where nothing does; `failed` is the wave that a failure
    takes back."""
    names = [cluster.name for cluster in wave.clusters]
    answers = ask(wave.wave, "moved", wave.wave.gates, names)
    return _hold(found, failed.wave, wave.wave.gates, answers, f"wave {wave.wave.name}")


def _hold(
    found: RolloutProgress, wave: Wave, gates: Sequence[Gate], answers: Sequence[GateAnswer], what: str
) -> NextStep | None:
    told = _results(gates, answers)
    verdict = worst(list(answers))
    if verdict == "fail":
        return _after_failure(found, wave, told)
    if verdict == "wait":
        return NextStep("waiting", f"{what}: {_reasons(told)}", wave.name, answers=told, until=_until(answers))
    return None


def _after_failure(found: RolloutProgress, wave: Wave, told: tuple[GateResult, ...]) -> NextStep:
    """Returns what a failed gate leads to: a wave of which nothing moved is paused, since there is nothing to take
    back. Freezes do not hold this up."""
    reason = next(f"{one.gate.type}: {one.answer.reason}" for one in told if one.answer.verdict == "fail")
    policy = found.rollout.on_failure
    moved = tuple(one.name for one in found.wave(wave.name).clusters if one.has_begun)
    kind: Kind = "rollback" if policy != "pause" and moved else "pause"
    clusters = moved or tuple(one.name for one in found.wave(wave.name).clusters)
    return NextStep("step", reason, wave.name, WaveStep(kind, wave.name, clusters, reason), told)


def _restore(waves: Sequence[WaveProgress]) -> WaveStep | None:
    """Returns the step that gives namespaces their own labels back, in clusters whose tags one of these waves moved:
    its gates have passed, so the tags are there."""
    tags_moved = {one.name for wave in waves if wave.wave.is_whole for one in wave.clusters}
    for wave in waves:
        if names := tuple(name for name in wave.restorable if name in tags_moved):
            return WaveStep("restore", wave.wave.name, names)
    return None


def _unless_frozen(
    found: RolloutProgress, step: WaveStep, now: datetime, answers: tuple[GateResult, ...] = ()
) -> NextStep:
    if held := freeze(found.rollout.freezes, now):
        return NextStep("waiting", held.reason, step.wave, answers=answers, until=held.until)
    return NextStep("step", step.words, step.wave, step, answers)


def _results(gates: Sequence[Gate], answers: Sequence[GateAnswer]) -> tuple[GateResult, ...]:
    return tuple(GateResult(gate, answer) for gate, answer in zip(gates, answers, strict=False))


def _reasons(told: Sequence[GateResult]) -> str:
    waiting = [f"{one.gate.type}: {one.answer.reason}" for one in told if one.answer.verdict == "wait"]
    return "; ".join(waiting)


def _until(answers: Sequence[GateAnswer]) -> datetime | None:
    """Returns when the last of the waits that end by themselves ends; None where one of them does not."""
    waits = [answer.until for answer in answers if answer.verdict == "wait"]
    known = [until for until in waits if until]
    return max(known) if known and len(known) == len(waits) else None
