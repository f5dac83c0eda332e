"""The node agents of a cluster: IstioCNI and ZTunnel, one of each at most, always upgraded in place."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import Any

from render.areas import CNI, ZTUNNEL
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.plan.helm_values import cluster_facts
from render.plan.inventory import Inventory
from render.specs import releases
from render.specs.kinds import ClusterSpecs, IstioCNI, SourceType, Values, ZTunnel
from render.yamlio.location import merge_maps, value_at

# What their charts call their DaemonSets.
DAEMONSETS = {CNI: "istio-cni-node", ZTUNNEL: "ztunnel"}


@dataclass(frozen=True, slots=True)
class PlannedAgent:
    """A node agent with its version resolved (`v1.24.3`). `revision` is the one that a ZTunnel's targetRef means,
    None without one. `values` are the spec's, with what the Cluster says of itself for a ZTunnel."""

    spec: IstioCNI | ZTunnel
    version: str
    values: Values
    source: SourceType = "builtin"
    revision: str | None = None

    @property
    def why(self) -> str:
        """What the inventory notes as the reason of its files. An alias is noted with what it means."""
        kind, asked = self.spec.resource.kind, self.spec.version
        return f"{kind}/{self.spec.name}" + (f" {asked} {self.version}" if releases.is_alias(asked) else "")


def plan_cni(specs: ClusterSpecs, previous: Inventory) -> PlannedAgent:
    """Returns the CNI node agent of specs that have one; an alias keeps what it meant when it was first rendered."""
    spec = specs.cnis[0]
    return PlannedAgent(spec, _resolve(specs, spec, CNI, previous), spec.values, specs.source(spec))


def plan_ztunnel(
    specs: ClusterSpecs, active: Mapping[str, str], revisions: frozenset[str], previous: Inventory
) -> PlannedAgent | Problem:
    """Returns the ambient node proxy of specs that have one. `active` maps each Istio to its active revision.

    A targetRef that leads nowhere is a problem, as for a tag.
    """
    spec, revision = specs.ztunnels[0], None
    if spec.target:
        name = spec.target.name
        revision = active.get(name) if spec.target.kind == "Istio" else name
        if revision not in revisions:
            known = ", ".join(sorted(active if spec.target.kind == "Istio" else revisions)) or "none"
            message = f"RefNotFound: there is no {spec.target.kind} {name} (this cluster has {known})"
            return Problem("MR072", message, spec.resource, ("spec", "targetRef", "name"))
    values = merge_maps(cluster_facts(specs.cluster), spec.values)
    return PlannedAgent(spec, _resolve(specs, spec, ZTUNNEL, previous), values, specs.source(spec), revision)


def is_delivered(specs: ClusterSpecs, agent: str) -> bool:
    """Returns whether a cluster's specs bring the node agent `cni` or `ztunnel`: by their own spec of it, or by an
    object that is passed through, which is the agent or asks a controller for its chart."""
    own: Sized = specs.cnis if agent == CNI else specs.ztunnels
    return bool(own) or any(
        (one.kind == "DaemonSet" and one.name == DAEMONSETS[agent]) or agent in _charts(one) for one in specs.extra
    )


def _charts(resource: Resource) -> list[Any]:
    """Returns the charts that a Flux HelmRelease or an Argo CD Application asks for."""
    if resource.kind == "HelmRelease":
        return [value_at(resource.data, "spec", "chart", "spec", "chart")]
    if resource.kind == "Application":
        several = value_at(resource.data, "spec", "sources")
        sources = [value_at(resource.data, "spec", "source"), *(several if isinstance(several, list) else ())]
        return [value_at(source, "chart") for source in sources]
    return []


def _resolve(specs: ClusterSpecs, spec: IstioCNI | ZTunnel, folder: str, previous: Inventory) -> str:
    if releases.is_alias(spec.version):
        for path, why in previous.reasons.items():
            _, _, noted = why.partition(" ")
            asked, _, version = noted.partition(" ")
            if path.startswith(f"{folder}/") and asked == spec.version:
                return version
    return specs.releases.resolve(spec.version, chart=specs.source(spec) == "chart")
