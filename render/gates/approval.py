"""The gate `approval`: the next wave comes as a pull request, so whoever may merge it decides."""

from __future__ import annotations

from render.gates.answer import GateAnswer, Question
from render.specs.rollout.kinds import Approval


def answer(_gate: Approval, _question: Question) -> GateAnswer:
    return GateAnswer("pass", "the next wave comes as a pull request")
