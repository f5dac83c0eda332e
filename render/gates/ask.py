"""All gates of a wave, asked in order."""

from __future__ import annotations

from collections.abc import Iterable

from render.gates import approval, checks, health, observed, prometheus, soak, window
from render.gates.answer import GateAnswer, Question
from render.specs.rollout.kinds import (
    Approval,
    Checks,
    Gate,
    Health,
    ObservationGate,
    Prometheus,
    Soak,
    Window,
)


def ask(gates: Iterable[Gate], question: Question) -> list[GateAnswer]:
    """Returns the answer of each gate, in their order. The first that fails is the last one asked."""
    answers = []
    for gate in gates:
        answers.append(_answer(gate, question))
        if answers[-1].verdict == "fail":
            break
    return answers


def _answer(gate: Gate, question: Question) -> GateAnswer:
    match gate:
        case Soak():
            return soak.answer(gate, question)
        case ObservationGate():
            return observed.answer(gate, question)
        case Health():
            return health.answer(gate, question)
        case Window():
            return window.answer(gate, question)
        case Prometheus():
            return prometheus.answer(gate, question)
        case Checks():
            return checks.answer(gate, question)
        case Approval():
            return approval.answer(gate, question)
