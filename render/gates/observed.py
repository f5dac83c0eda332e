"""The gate `observed`: what runs in the clusters, by observations that are newer than the wave's last commit."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from render.gates.answer import GateAnswer, Question
from render.gates.soak import UNKNOWN
from render.messages import count, few
from render.plan.observed.observation import Observation, ObservedNamespace
from render.specs.rollout.kinds import ObservationGate

_NAMED = 3


def answer(gate: ObservationGate, question: Question) -> GateAnswer:
    """Waits for observations, for the revision's istiod in each cluster, and for pods that still have an old proxy."""
    if question.since is None:
        return GateAnswer("wait", UNKNOWN)
    unseen = [name for name in question.clusters if not _is_fresh(question, name)]
    if unseen:
        return GateAnswer("wait", f"no observation since the wave's commit of {few(unseen, _NAMED)}: meshrev observe")
    without = [name for name in question.clusters if not _has_istiod(question.observed[name], question)]
    if without:
        return GateAnswer("wait", f"no istiod of {question.revision} was seen in {few(without, _NAMED)}")
    moved, left = 0, 0
    behind: list[str] = []
    for name, namespaces in question.clusters.items():
        there = question.observed[name].namespaces
        seen = [there[one] for one in namespaces if one in there]
        old_pods = _pods_of(question.old, seen)
        moved += _pods_of([question.revision], seen)
        left += old_pods
        if old_pods:
            behind.append(name)
    total = moved + left
    if total and moved * 100 < gate.share * total:
        where = few(behind, _NAMED)
        return GateAnswer(
            "wait", f"{moved} of {count(total, 'pod')} have the new proxy (others in {where}: restart them)"
        )
    return GateAnswer(
        "pass", f"{moved} of {count(total, 'pod')} have the new proxy" if total else "the revision is there"
    )


def _is_fresh(question: Question, cluster: str) -> bool:
    assert question.since
    return cluster in question.observed and question.observed[cluster].at >= question.since


def _has_istiod(observation: Observation, question: Question) -> bool:
    """Returns whether a pod in the control plane's namespace is labelled with the revision, as its istiod is."""
    there = observation.namespaces.get(question.namespace)
    return there is not None and there.references.get(question.revision, 0) > 0


def _pods_of(revisions: Collection[str], seen: Iterable[ObservedNamespace]) -> int:
    return sum(namespace.revisions.get(revision, 0) for namespace in seen for revision in revisions)
