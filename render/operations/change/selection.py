"""Which clusters, and which of their namespaces, an operation is for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from render.errors import InputError, wrong
from render.finding import Finding
from render.kustomize.reader import Reader
from render.kustomize.targets import SelectorError, SelectorRequirement, label_selector
from render.messages import did_you_mean, few, plural
from render.plan.cluster import ClusterPlan, PlannedNamespace
from render.plan.labels import INJECTION_LABEL, joins_ambient
from render.specs.clusters import SpecsCache, load_clusters
from render.specs.kinds import ClusterSpecs, Fleet

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Clusters:
    """The clusters by name, or by a selector on their labels; all where neither is given."""

    names: tuple[str, ...] = ()
    selector: str | None = None

    @classmethod
    def of(cls, names: Iterable[str], selector: str | None = None) -> Clusters:
        """As a person names them: in any order, and maybe twice."""
        return cls(tuple(sorted(set(names))), selector)

    @property
    def words(self) -> str:
        """`all clusters`, `cluster staging`, `clusters with env=prod`."""
        if self.selector:
            return f"clusters with {self.selector}"
        if len(self.names) > _NAMED:
            return f"{len(self.names)} clusters"
        return f"{plural(len(self.names), 'cluster')} {', '.join(self.names)}" if self.names else "all clusters"

    def load(self, reader: Reader, fleet: Fleet, cache: SpecsCache) -> list[ClusterSpecs]:
        """Returns the specs of these clusters. `InputError` where there is none, and for what is wrong in their
        specs."""
        found = load_clusters(reader, fleet, cache, self.names).specs
        if not self.selector:
            return found
        wanted = requirements("--cluster-selector", self.selector)
        chosen = [specs for specs in found if all(one.matches(specs.cluster.labels) for one in wanted)]
        if not chosen:
            keys = sorted({f"{key}={value}" for specs in found for key, value in specs.cluster.labels.items()})
            known = f"known: {', '.join(keys[:10])}" if keys else "no cluster has labels"
            raise wrong("MR063", f"no cluster has the labels {self.selector} ({known})", file="--cluster-selector")
        return chosen


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Namespaces by name, by a selector on their labels, or a share of all (`percent`, above 0 and at most 100)."""

    names: tuple[str, ...] = ()
    selector: str | None = None
    percent: float | None = None

    @property
    def words(self) -> str:
        """`namespace cart`, `namespaces with team=data`, `25% of the namespaces`."""
        if self.percent is not None:
            return f"{self.percent:g}% of the namespaces"
        if self.selector:
            return f"namespaces with {self.selector}"
        if len(self.names) > _NAMED:
            return f"{len(self.names)} namespaces"
        return f"{plural(len(self.names), 'namespace')} {', '.join(self.names)}"

    def of(self, plans: Iterable[ClusterPlan]) -> dict[str, list[PlannedNamespace]]:
        """Of each cluster, by name, the namespaces that are meant and have an injector to move away from.

        A namespace that nothing injects is left out, unless it is named: then that is an `InputError`, since moving it
        would give its pods a proxy that they do not have.
        """
        found = {plan.specs.cluster.name: list(plan.namespaces) for plan in plans}
        if self.names:
            return _named_namespaces(self.names, found)
        injected = {cluster: [one for one in some if is_injected(one)] for cluster, some in found.items()}
        if self.selector:
            wanted = requirements("--selector", self.selector)
            return {
                cluster: [one for one in some if all(r.matches(one.namespace.labels) for r in wanted)]
                for cluster, some in injected.items()
            }
        picked = picks({one.namespace.name for some in injected.values() for one in some}, self.percent or 0)
        return {cluster: [one for one in some if one.namespace.name in picked] for cluster, some in injected.items()}


def picks(names: Iterable[str], percent: float) -> frozenset[str]:
    """Returns a share of names, rounded up: the first in an order that only the names themselves decide, so that the
    same are picked every time, and a larger share holds every smaller one."""
    ordered = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
    return frozenset(ordered[: -int(-len(ordered) * percent // 100)])


def is_injected(planned: PlannedNamespace) -> bool:
    """Returns whether its labels name an injector (which may not be there)."""
    return bool(planned.follows) and planned.namespace.labels.get(INJECTION_LABEL, "enabled") == "enabled"


def _is_in_mesh(planned: PlannedNamespace) -> bool:
    return is_injected(planned) or joins_ambient(planned.namespace.labels)


def requirements(option: str, text: str) -> tuple[SelectorRequirement, ...]:
    """Returns a label selector as `kubectl -l` takes it; `option` is for the message where it is none."""
    try:
        return label_selector(option, text)
    except SelectorError as error:
        raise wrong("MR030", error.message, file=option) from None


def _named_namespaces(
    names: Sequence[str], found: Mapping[str, list[PlannedNamespace]]
) -> dict[str, list[PlannedNamespace]]:
    known = {one.namespace.name for some in found.values() for one in some}
    findings = []
    for name in names:
        if name not in known:
            clusters = ", ".join(list(found)[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
            message = f"the specs of {clusters} have no Namespace {name}{did_you_mean(name, known)}"
            findings.append(Finding("MR063", message, file="--namespace"))
    chosen = {cluster: [one for one in some if one.namespace.name in names] for cluster, some in found.items()}
    for name in names:
        idle = {cluster: one for cluster, some in chosen.items() for one in some if one.namespace.name == name}
        idle = {cluster: one for cluster, one in idle.items() if not _is_in_mesh(one)}
        if idle:
            findings.append(_not_injected(idle))
    if findings:
        raise InputError(findings)
    return chosen


def _not_injected(idle: Mapping[str, PlannedNamespace]) -> Finding:
    """Returns one namespace in the clusters in which nothing injects it."""
    clusters = few(list(idle), _NAMED)
    namespace = next(iter(idle.values())).namespace
    labels = namespace.labels
    why = f"{INJECTION_LABEL}: {labels[INJECTION_LABEL]}" if INJECTION_LABEL in labels else "no label names an injector"
    message = (
        f"nothing injects its pods in {clusters} ({why}), and moving it would give them a proxy: "
        "leave it out there (--cluster), or set its label in the specs if that is meant"
    )
    return Finding("MR203", message, file=namespace.resource.origin.file, object=namespace.resource.title)
