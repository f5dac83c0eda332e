"""The gateways of a cluster (MeshGateway): which revision injects each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from render.kustomize.problem import Problem
from render.messages import did_you_mean
from render.plan.inventory import RevisionRecord
from render.plan.topology.gateway import gateway_name
from render.plan.usage import Reference
from render.specs.kinds import ClusterSpecs
from render.specs.mesh_gateway import CANARY_FOLLOWS, FOLLOWS, MeshGateway
from render.specs.releases import known_versions
from render.specs.values.check import check_values

GATEWAY_CHART = "gateway"


@dataclass(frozen=True, slots=True)
class PlannedMeshGateway:
    """A gateway, the name of the revision that injects it, and of the one that injects its canary."""

    spec: MeshGateway
    revision: str
    canary: str | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def title(self) -> str:
        return self.spec.resource.title


class PlannedMeshGateways(NamedTuple):
    """The gateways in order of name, and what is wrong with them."""

    gateways: tuple[PlannedMeshGateway, ...]
    problems: list[Problem]


def plan_mesh_gateways(
    specs: ClusterSpecs, records: Mapping[str, RevisionRecord], targets: Mapping[str, str]
) -> PlannedMeshGateways:
    """Returns the gateways of specs, and what is wrong with them. `records` are all revisions by name,
    `targets` the revisions that tags point at.

    A gateway that follows nothing is an error, other than a namespace: its image is `auto` until it is injected.
    """
    managed = {one.name for one in specs.settings.managed}
    managed |= {tag.name for tag in specs.tags if tag.target.name in managed and tag.name not in targets}
    lost_tags = {tag.name for tag in specs.tags} - targets.keys()  # reported already, where the tag leads nowhere
    planned: list[PlannedMeshGateway] = []
    problems: list[Problem] = list(_second_of_name(specs))
    for spec in sorted(specs.mesh_gateways, key=lambda one: one.name):
        paths = (FOLLOWS, CANARY_FOLLOWS)
        found = [targets.get(name, name) for name in spec.followed]
        problems += [
            Problem("MR320", _nobody(name, records, targets, managed), spec.resource, path)
            for name, revision, path in zip(spec.followed, found, paths, strict=False)
            if revision not in records and (name in managed or name not in lost_tags)
        ]
        if all(revision in records for revision in found):
            for revision in dict.fromkeys(found) if spec.gateway is None else ():
                problems += _chart_problems(specs, spec, records[revision])
            planned.append(PlannedMeshGateway(spec, *found))
    return PlannedMeshGateways(tuple(planned), problems)


def mesh_gateway_references(specs: ClusterSpecs) -> Iterator[Reference]:
    """Yields which gateway follows which revision or tag."""
    for spec in specs.mesh_gateways:
        yield from (Reference(spec.resource.title, name) for name in spec.followed)


def _second_of_name(specs: ClusterSpecs) -> Iterator[Problem]:
    """Yields a gateway with the name, and so the folder, of the one that the cluster's topology has."""
    for spec in specs.mesh_gateways if specs.cluster.topology else ():
        if spec.name == gateway_name(specs):
            message = (
                f"{spec.name} is what the gateway of {specs.cluster.resource.title} (spec.topology.gateway) is called: "
                "say it there, or call this one otherwise"
            )
            yield Problem("MR064", message, spec.resource, ("metadata", "name"))


def _nobody(name: str, records: Mapping[str, Any], targets: Mapping[str, str], managed: Collection[str]) -> str:
    if name in managed:
        return (
            f"{name} is a managed revision, of which no release is known here that the gateway could be made by: let "
            "it follow a revision of this repo, or pass its objects through"
        )
    served = sorted({*records, *targets})
    hint = did_you_mean(name, served) or f" (served: {', '.join(served) or 'none'})"
    return f"no revision or tag of this cluster is called {name}, so nothing would inject the gateway{hint}"


def _chart_problems(specs: ClusterSpecs, spec: MeshGateway, record: RevisionRecord) -> Iterator[Problem]:
    """Yields what is wrong with the values by the release of a revision, or that its chart is not there."""
    release = record.version.removeprefix("v")
    if record.source == "chart":
        if specs.charts and not specs.charts.locked_chart(GATEWAY_CHART, release):
            yield Problem("MR281", specs.charts.missing(GATEWAY_CHART, release), spec.resource, FOLLOWS)
    elif record.version in known_versions(aliases=False):
        for problem in check_values(GATEWAY_CHART, release, spec.values, ("spec", "values")):
            yield Problem(problem.code, problem.message, spec.resource, problem.path, problem.severity)
