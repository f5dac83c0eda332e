"""What a gate is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from render.forge.types import CheckState
from render.plan.observed.observation import Observation

Verdict = Literal["pass", "wait", "fail"]


@dataclass(frozen=True, slots=True)
class Question:
    """A wave, once its commits are on the branch.

    `since` is when the last of them came, in UTC, None where the history does not tell; `commit` is that one.
    `clusters` are the wave's, by name, each with the namespaces that it moved there; `revision` is the new one, `old`
    are those that they left. `observed` is what was seen of clusters. `root` is the fleet's, for files that a gate
    reads, `namespace` the control plane's. `checks` asks the forge of a commit's checks, by name; None where there is
    no forge.
    """

    now: datetime
    since: datetime | None
    commit: str | None
    clusters: Mapping[str, tuple[str, ...]]
    revision: str
    old: frozenset[str] = frozenset()
    observed: Mapping[str, Observation] = field(default_factory=dict)
    root: Path | None = None
    namespace: str = "istio-system"
    checks: Callable[[str], Mapping[str, CheckState]] | None = None


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """`reason` is one line for a person, without a full stop; `until` is when the answer may change by itself."""

    verdict: Verdict
    reason: str
    until: datetime | None = None


def worst(answers: list[GateAnswer]) -> Verdict:
    """Returns fail where one fails, wait where one waits, else pass."""
    verdicts = {answer.verdict for answer in answers}
    return "fail" if "fail" in verdicts else "wait" if "wait" in verdicts else "pass"
