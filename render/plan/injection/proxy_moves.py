"""Who gets another proxy: what serves each namespace and workload of a cluster before and after a change.

Pure functions on what two trees of one cluster say. Files know the labels of namespaces and of the workloads that
pass through them; pods that others deploy follow their namespace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from render.plan.config_objects import ConfigObject
from render.plan.injection.admission import refusal
from render.plan.injection.precedence import decide
from render.plan.inventory import RevisionRecord
from render.plan.labels import NAMESPACE_NAME_LABEL, Labels
from render.plan.revision_facts import injects_by_default
from render.plan.usage import Pod

UNLABELLED = "*"  # stands for every namespace without injection labels


@dataclass(frozen=True, slots=True)
class InjectorMap:
    """Who serves whom in one cluster: its revisions, what its tags point at, and the labels that choose.

    `namespaces` have their injection labels only. A tag may point at a revision that the tree has not. `gateways` are
    those that istiod deploys, `managed` the revisions that somebody else runs.
    """

    revisions: Mapping[str, RevisionRecord] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    namespaces: Mapping[str, Labels] = field(default_factory=dict)
    workloads: tuple[Pod, ...] = ()
    gateways: tuple[ConfigObject, ...] = ()
    managed: frozenset[str] = frozenset()

    @property
    def by_default(self) -> bool:
        """Whether namespaces without labels are injected: a value of the revision that serves `default`."""
        record = self.revisions.get(self.tags.get("default", "default"))
        return bool(record and injects_by_default(record))


@dataclass(frozen=True, slots=True, order=True)
class Injector:
    """What injects a pod: the revision or tag that labels name, the revision that this means, and its version
    (`v1.24.3`). All empty: nothing does."""

    follows: str = ""
    revision: str = ""
    version: str = ""


NOBODY = Injector()


@dataclass(frozen=True, slots=True)
class Move:
    """A namespace, or a workload or Gateway in it (`Deployment/web`), whose pods get another revision or version.

    `workload` is empty for the namespace itself, which means every pod in it that does not say otherwise.
    """

    namespace: str
    workload: str
    before: Injector
    after: Injector


@dataclass(frozen=True, slots=True)
class Restart:
    """Pods that keep the proxy that they have until they are made anew: all of a namespace, or one workload's.

    `settings`: their revision stays, but what it injects is another proxy.
    """

    namespace: str
    workload: str
    why: Literal["revision", "settings"]

    @property
    def arguments(self) -> tuple[str, ...]:
        """What `kubectl` is called with; empty where it can restart nothing (a Job, namespaces that are not known)."""
        if self.namespace == UNLABELLED:
            return ()
        if not self.workload:
            return ("-n", self.namespace, "rollout", "restart", "deployment,statefulset,daemonset")
        kind, _, name = self.workload.partition("/")
        if kind not in RESTARTABLE:
            return ()
        return ("-n", self.namespace, "rollout", "restart", f"{kind.lower()}/{name}")


RESTARTABLE = ("Deployment", "StatefulSet", "DaemonSet")  # `kubectl rollout restart --help`


def moves(before: InjectorMap, after: InjectorMap) -> tuple[Move, ...]:
    """Returns every namespace and workload that another revision or version serves, namespaces first, by name.

    A namespace whose file is gone keeps its labels, because namespaces are never pruned. A workload that is not in
    both is none that moves.
    """
    labels = {**before.namespaces, **after.namespaces}
    candidates = []
    if before.by_default or after.by_default:
        anyone = _pod_of("")
        candidates.append(Move(UNLABELLED, "", injector_of(before, {}, anyone), injector_of(after, {}, anyone)))
    for name, new in sorted(labels.items()):
        old = before.namespaces.get(name, {})
        anyone = _pod_of(name)
        candidates.append(Move(name, "", injector_of(before, old, anyone), injector_of(after, new, anyone)))
    old_pods = {(pod.namespace, pod.name): pod for pod in before.workloads}
    for pod in sorted(after.workloads, key=lambda pod: (pod.namespace, pod.name)):
        if (pod.namespace, pod.name) in old_pods:
            its_old = old_pods[pod.namespace, pod.name]
            was = injector_of(before, before.namespaces.get(pod.namespace, {}), its_old)
            will = injector_of(after, labels.get(pod.namespace, {}), pod)
            candidates.append(Move(pod.namespace, pod.name, was, will))
    old_gateways = {(one.namespace, one.name): one for one in before.gateways}
    for gateway in sorted(after.gateways, key=lambda one: (one.namespace, one.name)):
        if its_own := old_gateways.get((gateway.namespace, gateway.name)):
            was = owner_of(before, before.namespaces.get(gateway.namespace, {}), its_own)
            will = owner_of(after, labels.get(gateway.namespace, {}), gateway)
            candidates.append(Move(gateway.namespace, f"{gateway.kind}/{gateway.name}", was, will))
    return tuple(move for move in candidates if _proxy(move.before) != _proxy(move.after))


def restarts(
    before: InjectorMap,
    after: InjectorMap,
    moved: Iterable[Move],
    settings: Collection[str] = (),
    rolled: Collection[tuple[str, str]] = (),
) -> tuple[Restart, ...]:
    """Returns what has to be restarted so that the change reaches its pods, each pod once. Gateways are left out: the
    istiod that takes one over makes its pods anew.

    `settings` are revisions of which the injected proxy changes while name and version stay. `rolled` are
    workloads (namespace, `Deployment/web`) that Kubernetes restarts by itself, because the change is in their pods.
    """
    gateways = {(one.namespace, f"{one.kind}/{one.name}") for one in after.gateways}
    found = [
        Restart(move.namespace, move.workload, "revision")
        for move in moved
        if (move.namespace, move.workload) not in gateways
    ]
    if settings:
        labels = {**before.namespaces, **after.namespaces}
        found += [
            Restart(namespace, workload, "settings")
            for namespace, workload, pod in _everyone(labels, after)
            if injector_of(after, labels.get(namespace, {}), pod).revision in settings
        ]
    whole = {restart.namespace for restart in found if not restart.workload}
    needed: dict[tuple[str, str], Restart] = {}
    for restart in found:
        key = (restart.namespace, restart.workload)
        if not restart.workload or (restart.namespace not in whole and key not in rolled):
            needed.setdefault(key, restart)
    return tuple(needed.values())


def _everyone(labels: Mapping[str, Labels], serving: InjectorMap) -> Iterator[tuple[str, str, Pod]]:
    """Namespace, workload (empty for the namespace itself) and the pods of all that files know."""
    if serving.by_default:
        yield UNLABELLED, "", _pod_of("")
    for name in sorted(labels):
        yield name, "", _pod_of(name)
    for pod in sorted(serving.workloads, key=lambda pod: (pod.namespace, pod.name)):
        yield pod.namespace, pod.name, pod


def _pod_of(namespace: str) -> Pod:
    """Returns a pod that says nothing itself."""
    return Pod("", namespace, {}, {})


def injector_of(serving: InjectorMap, namespace: Labels, pod: Pod) -> Injector:
    """Returns what injects a pod in its namespace, which has these labels, by Istio's rules."""
    labels = {**namespace, NAMESPACE_NAME_LABEL: pod.namespace}
    wants = decide(labels, pod.labels, by_default=serving.by_default).wants
    found = _injector_by_name(serving, wants)
    record = serving.revisions.get(found.revision)
    return NOBODY if record and refusal(pod, record.version, record.values) else found


def owner_of(serving: InjectorMap, namespace: Labels, gateway: ConfigObject) -> Injector:
    """Returns whose istiod deploys a Gateway in its namespace, which has these labels: its pods get that proxy."""
    return _injector_by_name(serving, gateway.wants(namespace))


def _injector_by_name(serving: InjectorMap, wants: str | None) -> Injector:
    if wants is None or not (wants in serving.tags or wants in serving.revisions or wants in serving.managed):
        return NOBODY
    revision = serving.tags.get(wants, wants)
    record = serving.revisions.get(revision)
    return Injector(wants, revision, record.version if record else "")


def _proxy(what: Injector) -> tuple[str, str]:
    return what.revision, what.version
