"""The gate `checks`: what the forge says of the wave's commit."""

from __future__ import annotations

from render.gates.answer import GateAnswer, Question
from render.gates.soak import UNKNOWN
from render.messages import few
from render.specs.rollout.kinds import Checks

_NAMED = 3


def answer(gate: Checks, question: Question) -> GateAnswer:
    """Fails where a named check failed; waits where one is missing or runs."""
    if question.commit is None:
        return GateAnswer("wait", UNKNOWN)
    if question.checks is None:
        return GateAnswer("wait", "no forge is named whose checks could be read (spec.forge.type in meshrev.yaml)")
    known = question.checks(question.commit)
    failed = [name for name in gate.names if known.get(name) == "failed"]
    if failed:
        return GateAnswer("fail", f"{few(failed, _NAMED)} failed for {question.commit[:10]}")
    missing = [name for name in gate.names if known.get(name) != "passed"]
    if missing:
        return GateAnswer("wait", f"{few(missing, _NAMED)} has not passed for {question.commit[:10]}")
    return GateAnswer("pass", f"passed for {question.commit[:10]}")
