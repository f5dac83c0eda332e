"""How many pods still run what they had before a change, by what was observed in their clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from render.errors import InputError
from render.operations.diff.model import ClusterDiff, SeenPods
from render.plan.injection.proxy_moves import UNLABELLED, Move, Restart

if TYPE_CHECKING:
    from render.operations.observe.freshness import DatedObservation
    from render.plan.observed.observation import Observation, ObservedNamespace


def with_observations(root: Path, diffs: Sequence[ClusterDiff], folder: str | None) -> list[ClusterDiff]:
    """Returns the clusters that need a restart with what was seen of them; the others as they are.

    `folder` is the one given on the command line, the fleet in `root` says it without. `InputError` for an
    observation that is broken, and for a folder that was given and is not there.
    """
    names = [diff.name for diff in diffs if diff.restarts]
    if not names and folder is None:
        return list(diffs)
    from render.operations.observe.freshness import load_observations
    from render.operations.render.fleet import open_fleet

    try:
        opened = open_fleet(root)
    except InputError:
        if folder is not None:
            raise
        return list(diffs)  # two commits can be compared where there is no fleet now
    found = load_observations(opened, names, folder)
    return [replace(diff, seen=_seen_pods(diff, found[diff.name])) if diff.name in found else diff for diff in diffs]


def _seen_pods(diff: ClusterDiff, observed: DatedObservation) -> SeenPods:
    from render.operations.observe.fields import TIME

    observation, fresh = observed.observation, observed.freshness
    moves = {(move.namespace, move.workload): move for move in diff.moves}
    pods = {}
    for restart in diff.restarts:
        move = moves.get((restart.namespace, restart.workload))
        if move and restart.why == "revision":
            pods[restart] = sum(_old_pods(one, move) for one in _namespaces(observation, restart))
    at, age = observation.at.strftime(TIME), int(fresh.age.total_seconds())
    return SeenPods(observed.basis, at, age, fresh.stale, pods)


def _namespaces(observation: Observation, restart: Restart) -> list[ObservedNamespace]:
    from render.plan.usage import namespace_reference

    if restart.namespace == UNLABELLED:
        return [one for one in observation.namespaces.values() if not namespace_reference(one.labels)]
    found = observation.namespaces.get(restart.namespace)
    return [found] if found else []


def _old_pods(namespace: ObservedNamespace, move: Move) -> int:
    """Returns pods that have not what the move gives them: another revision's proxy or none; in place, another
    version."""
    before, after = move.before, move.after
    if not before.revision:
        return namespace.pods - namespace.failed - sum(namespace.revisions.values())
    if before.revision != after.revision:
        return namespace.revisions.get(before.revision, 0)
    versions = namespace.proxies.get(before.revision, {})
    return sum(versions.values()) - versions.get(after.version.removeprefix("v"), 0)
