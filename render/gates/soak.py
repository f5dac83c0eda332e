"""The gate `soak`: time since the wave's last commit."""

from __future__ import annotations

from datetime import timedelta

from render.gates.answer import GateAnswer, Question
from render.specs.duration import in_words
from render.specs.rollout.kinds import Soak

UNKNOWN = "when the wave's commit came is not known: the history is cut off before it (fetch-depth: 0)"


def answer(gate: Soak, question: Question) -> GateAnswer:
    if question.since is None:
        return GateAnswer("wait", UNKNOWN)
    wanted = timedelta(seconds=gate.seconds)
    gone = question.now - question.since
    if gone < wanted:
        words = f"{in_words(max(gone.total_seconds(), 0))} of {in_words(gate.seconds)}"
        return GateAnswer("wait", words, question.since + wanted)
    return GateAnswer("pass", f"{in_words(gone.total_seconds())}, wanted {in_words(gate.seconds)}")
