"""When Sail would delete a revision that nothing uses; `retire` asks the same question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A revision of an Istio. `unused_for` is in seconds since nothing used it; None while it is in use,
    and also while that is unknown, which counts as in use."""

    name: str
    unused_for: float | None


@dataclass(frozen=True, slots=True)
class Pruning:
    """Which revisions may go now, and in how many seconds to look again (None: nothing to wait for)."""

    prunable: tuple[str, ...]
    look_again_in: float | None


def prunable(active: str, owned: Iterable[Candidate], grace_seconds: float) -> Pruning:
    """Decide which revisions that one Istio owns may be deleted (Sail Operator, pruning of inactive revisions).

    Only inactive ones, and only when unused for at least the grace period.
    """
    now: list[str] = []
    later: list[float] = []
    for candidate in owned:
        if candidate.name == active or candidate.unused_for is None:
            continue
        left = grace_seconds - candidate.unused_for
        if left <= 0:
            now.append(candidate.name)
        else:
            later.append(left)
    return Pruning(tuple(now), min(later, default=None))
