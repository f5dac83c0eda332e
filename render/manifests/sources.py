"""Where a component's objects come from: the builtin templates or a chart. Both answer the same questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from render.errors import wrong
from render.kustomize.problem import Problem
from render.manifests import builtin
from render.plan.cluster import ClusterPlan
from render.specs.kinds import ClusterSpecs

# What charts are told of a cluster that does not say its Kubernetes. Fixed, so that a tree depends on no machine.
KUBERNETES = "v1.34.0"


class ComponentSource(Protocol):
    """The objects and values of components, each of a release such as `1.31.0`. What cannot be rendered is an
    `InputError`."""

    def render_json(
        self, component: str, version: str, release: str, namespace: str, values: Mapping[str, Any]
    ) -> Sequence[str]: ...

    def check_values(self, component: str, version: str, values: Mapping[str, Any]) -> None:
        """Raise an `InputError` for values that the component itself says are wrong, beside what specs say of them."""
        ...

    def computed_values(self, component: str, version: str, values: Mapping[str, Any]) -> dict[str, Any]: ...

    def platforms(self, component: str, version: str) -> tuple[str, ...]: ...

    def __hash__(self) -> int:
        """Equal sources give equal objects, which are made once."""
        ...


class Builtin:
    """The templates and facts of this program."""

    def render_json(
        self, component: str, version: str, release: str, namespace: str, values: Mapping[str, Any]
    ) -> Sequence[str]:
        return builtin.render_json(component, version, release, namespace, values)

    def check_values(self, component: str, version: str, values: Mapping[str, Any]) -> None:
        """Refuses nothing: the specs have said all."""

    def computed_values(self, component: str, version: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return builtin.component_values(component, version, values)

    def platforms(self, component: str, version: str) -> tuple[str, ...]:
        return builtin.platforms(version, component)


BUILTIN = Builtin()


def source_of(specs: ClusterSpecs, kind: str) -> ComponentSource:
    """Returns the source of this kind (`builtin`, `chart`), as a cluster has it."""
    if kind != "chart":
        return BUILTIN
    from render.manifests.chart.component import ChartSource

    asked = specs.cluster.kubernetes
    charts = specs.charts
    if charts is None:
        raise wrong("MR281", "these specs were read without a fleet, so there are no charts")
    versions = asked.api_versions if asked else ()
    return ChartSource(charts, asked.version if asked else KUBERNETES, versions, specs.settings.source.helm)


def source_problems(plan: ClusterPlan) -> Iterable[Problem]:
    """Returns what is wrong between the cluster and the sources of what is rendered anew."""
    agents = (one for one in (plan.cni, plan.ztunnel) if one)
    sources = {one.record.source for one in plan.revisions if not one.frozen} | {one.source for one in agents}
    if "chart" not in sources:
        return ()
    from render.manifests.chart.kubernetes_range import kubernetes_problems

    return kubernetes_problems(plan)
