"""What was seen in a cluster at one moment, how long that counts, and what it says about who is in use.

Counts only: of namespaces, the labels that decide injection; of pods, numbers. Pure; files and clocks are elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from render.messages import count
from render.plan.cluster import ClusterPlan, PlannedRevision, PlannedTag
from render.plan.labels import Labels
from render.plan.managed_revisions import PlannedManagedRevision
from render.plan.revision_names import istiod_service
from render.plan.usage import UNKNOWN, References, Usage, namespace_reference

# A revision or version that was not to be seen; no revision and no image tag can be spelled like this.
UNSEEN = "(unknown)"
# How far clocks may disagree before a time from the future is taken for a mistake.
SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Owner:
    """A field manager that owns a label. Only one that owns it alone, by Apply, can remove it by applying."""

    manager: str
    operation: str


@dataclass(frozen=True, slots=True)
class ObservedNamespace:
    """One namespace: its labels that decide injection, and its pods as numbers. Pods that Succeeded are left out; those
    that Failed are among `pods` and count for nothing else.

    `revisions` counts pods by the revision that injected them (never a tag), `references` by the revision or tag that
    their own labels name, `templates` workloads by what the labels of their pod templates name. `proxies` counts
    Istio's proxies by that revision and by version. `nodes` are node proxies (ztunnel) by version, `ambient` pods that
    belong to the ambient mesh. `owners` says of each of the labels who owns it; None where the input did not tell.
    """

    labels: Labels
    pods: int = 0
    failed: int = 0
    revisions: Mapping[str, int] = field(default_factory=dict)
    references: Mapping[str, int] = field(default_factory=dict)
    templates: Mapping[str, int] = field(default_factory=dict)
    proxies: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    nodes: Mapping[str, int] = field(default_factory=dict)
    ambient: int = 0
    owners: Mapping[str, tuple[Owner, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One cluster at one moment. `uid` is that of its namespace kube-system, by which clusters are told apart.

    `objects` are those of the mesh, by title, with the fields that are settings of theirs and that others own beside
    whoever delivers them, or alone (`plan.field_owners`); None where nobody looked.

    `webhooks` are tags' webhooks by the names of their configurations, with the Services that they call as
    `istio-system/istiod-default-v1-24-2`; empty where nobody looked.
    """

    cluster: str
    at: datetime
    uid: str | None
    namespaces: Mapping[str, ObservedNamespace]
    objects: Mapping[str, Mapping[str, tuple[Owner, ...]]] | None = None
    webhooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def pods(self) -> int:
        return sum(namespace.pods for namespace in self.namespaces.values())

    @property
    def revisions(self) -> dict[str, int]:
        """Pods by the revision that injected them."""
        return _add(namespace.revisions for namespace in self.namespaces.values())

    @property
    def proxies(self) -> dict[tuple[str, str], int]:
        """Proxies by revision and version: a managed channel upgrades them under an unchanged revision."""
        found: dict[tuple[str, str], int] = {}
        for namespace in self.namespaces.values():
            for revision, versions in namespace.proxies.items():
                for version, pods in versions.items():
                    found[revision, version] = found.get((revision, version), 0) + pods
        return found


Stale = Literal["too-old", "before-the-last-move", "last-move-unknown", "from-the-future"]


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old an observation is, and why it no longer proves that something is unused; None: it does."""

    age: timedelta
    stale: Stale | None = None


def freshness(
    observation: Observation, now: datetime, max_age: timedelta, moved: datetime | None, *, history_known: bool = True
) -> Freshness:
    """Returns whether an observation still tells what runs: not older than `max_age`, nor than the cluster's last move.

    `moved` is when the cluster's namespaces, tags or revisions last changed, None for never. Where the history does
    not reach back to that (`history_known`), the observation proves nothing.
    """
    age = max(now - observation.at, timedelta())
    if observation.at > now + SKEW:
        return Freshness(age, "from-the-future")
    if age > max_age:
        return Freshness(age, "too-old")
    if not history_known:
        return Freshness(age, "last-move-unknown")
    if moved is not None and observation.at < moved:
        return Freshness(age, "before-the-last-move")
    return Freshness(age)


def observed_references(observation: Observation) -> References:
    """Returns who referred to what when the cluster was observed, by Sail's rules (`plan.usage`).

    The labels of pods and of their templates count only where the namespace, as it was labelled in the cluster, refers
    to nothing.
    """
    by_labels: dict[str, list[str]] = {}
    by_injection: dict[str, list[str]] = {}
    for name, namespace in sorted(observation.namespaces.items()):
        reference = namespace_reference(namespace.labels)
        if reference:
            by_labels.setdefault(reference, []).append(f"Namespace/{name}")
        else:
            for wanted, pods in namespace.references.items():
                by_labels.setdefault(wanted, []).append(f"{count(pods, 'pod')} of Namespace/{name}")
            for wanted, workloads in namespace.templates.items():
                by_labels.setdefault(wanted, []).append(f"{count(workloads, 'workload')} of Namespace/{name}")
        for revision, pods in namespace.revisions.items():
            by_injection.setdefault(revision, []).append(f"{count(pods, 'pod')} of Namespace/{name}")
    return References(
        {name: tuple(users) for name, users in by_labels.items()},
        {name: tuple(users) for name, users in by_injection.items()},
    )


def with_observation(plan: ClusterPlan, observation: Observation) -> ClusterPlan:
    """Returns the plan with what was seen added to what the specs say: in use is what either of them uses.

    An old observation still counts as evidence of use. That nothing was seen says nothing here: see `retire_usage`.
    """
    return replace(
        plan,
        revisions=tuple(replace(revision, usage=_join(revision, observation)) for revision in plan.revisions),
        tags=tuple(replace(tag, usage=_join(tag, observation)) for tag in plan.tags),
        managed=tuple(replace(one, usage=_join(one, observation)) for one in plan.managed),
    )


def retire_usage(
    planned: PlannedRevision | PlannedTag, observation: Observation | None, fresh: Freshness | None
) -> Usage:
    """Returns whether a revision or tag may be retired: only where this is False. Unknown counts as in use.

    It is unused when neither the specs nor a fresh observation of the cluster use it. Unknown says why in `by`: there
    is no observation, it is stale, it saw no pod at all (it was of namespaces only), or some pod's revision was not to
    be seen.
    """
    usage = planned.usage
    if observation is not None and fresh is not None:
        usage = _join(planned, observation)
    if usage.status == "True":
        return usage
    doubt = _doubt(planned, observation, fresh)
    return replace(UNKNOWN, by=(doubt,)) if doubt else usage


def _doubt(
    planned: PlannedRevision | PlannedTag, observation: Observation | None, fresh: Freshness | None
) -> str | None:
    if observation is None or fresh is None:
        return "the cluster was not observed"
    if fresh.stale:
        return f"the observation is stale: {fresh.stale}"
    if not observation.pods:
        return "the observation saw no pod"
    if isinstance(planned, PlannedRevision) and observation.revisions.get(UNSEEN):
        return "pods were seen whose revision is unknown"
    return None


def _join(planned: PlannedRevision | PlannedTag | PlannedManagedRevision, observation: Observation) -> Usage:
    seen = observed_references(observation)
    is_meant = not (isinstance(planned, PlannedRevision) and planned.replaced)
    by = [*planned.usage.by, *(seen.by_labels.get(planned.name, ()) if is_meant else ())]
    if not isinstance(planned, PlannedTag):  # an injected pod names its revision, never a tag
        by += seen.by_injection.get(planned.name, ())
    if isinstance(planned, PlannedRevision):
        by += _calling(planned, observation)
    return Usage("True", "ReferencedByWorkloads", tuple(dict.fromkeys(by))) if by else planned.usage


def _calling(planned: PlannedRevision, observation: Observation) -> list[str]:
    """Returns the tags' webhooks of the cluster that call a revision's istiod: what moves them may be committed and not
    applied."""
    service = f"{planned.record.namespace}/{istiod_service(planned.name)}"
    return [
        f"MutatingWebhookConfiguration/{webhook} in the cluster"
        for webhook, services in sorted(observation.webhooks.items())
        if service in services
    ]


def _add(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in counts:
        for name, number in one.items():
            found[name] = found.get(name, 0) + number
    return found
