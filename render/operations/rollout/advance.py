"""`rollout advance`: the next step of a rollout, if it may be done now. Run again, it does no step twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from render.errors import OutsideError
from render.git.branches import fetch, local, upstream
from render.operations.change.operation import How
from render.operations.change.push import LandResult, Where, land
from render.operations.rollout.decide import NextStep
from render.operations.rollout.standing import Standing, stand
from render.operations.rollout.step import BranchMovedError, RolloutStep

ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class AdvanceResult:
    """Where the rollout stood, what was decided, and what came of its step; None where there was no step to do."""

    standing: Standing
    decision: NextStep
    landed: LandResult | None = None


def advance(
    root: Path,
    name: str | None,
    where: Where,
    how: How,
    *,
    onto: str | None = None,
    remote: str | None = None,
    dry: bool = False,
    now: datetime | None = None,
) -> AdvanceResult:
    """Do the next step of a rollout of the fleet in `root`, or say why there is none now.

    Decided and done on one commit of the branch: where somebody else was faster, all is looked at again. Errors as for
    `land`.
    """
    for _ in range(ATTEMPTS):
        branch = local(root, onto) if where == "local" else upstream(root, onto, remote)
        commit, _ours = fetch(root, branch)
        standing = stand(
            root, commit, name, observed=how.observed, now=now, allow_unknown_values=how.allow_unknown_values
        )
        decision = standing.decision()
        if decision.step is None:
            return AdvanceResult(standing, decision)
        way: Where = "pr" if decision.step.by_request and not dry else where
        try:
            landed = land(root, RolloutStep(standing, decision.step), way, how, onto=onto, remote=remote, dry=dry)
        except BranchMovedError:
            how.said("the branch was moved by somebody else: looking again")
            continue
        return AdvanceResult(standing, decision, landed)
    raise OutsideError(f"gave up after {ATTEMPTS} tries, and nothing was changed: others move the branch. Try again")
