"""The values that the node agents are rendered with, in Sail's order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from render.areas import CNI, ZTUNNEL
from render.manifests.sources import source_of
from render.plan.helm_values import with_profile
from render.plan.inventory import RevisionRecord
from render.plan.node_agents import PlannedAgent
from render.plan.revision_names import revision_label
from render.specs.kinds import ClusterSpecs, IstioCNI
from render.yamlio.location import merge_maps, value_at


def agent_values(agent: PlannedAgent, target: RevisionRecord | None, platform: str | None) -> dict[str, Any]:
    """Returns the chart values of a node agent; `target` is the revision that a ZTunnel refers to.

    A ZTunnel is always ambient. From its target come mesh configuration, revision and `global`; its own values
    win over them, and what stands under `ztunnel` is the chart's own level (Sail Operator, ZTunnel values). Those of an
    IstioOperator are as its chart takes them.
    """
    if agent.spec.operator:
        return with_profile(agent.values, None, platform)
    if isinstance(agent.spec, IstioCNI):
        return with_profile(agent.values, agent.spec.profile, platform)
    values = with_profile(agent.values, "ambient", platform)
    if target:
        values = merge_maps(_from_target(target), values)
    own = value_at(values, "ztunnel")
    return merge_maps(values, own) if isinstance(own, Mapping) else values


def rendered_agent_values(agent: PlannedAgent, target: RevisionRecord | None, specs: ClusterSpecs) -> dict[str, Any]:
    """Returns the values that a node agent's chart is rendered with: as above, with the platform where the release
    knows it."""
    platform = specs.cluster.platform
    known = source_of(specs, agent.source).platforms(*_chart(agent))
    return agent_values(agent, target, platform if platform in known else None)


def serves_ambient(agent: PlannedAgent, specs: ClusterSpecs) -> bool:
    """Returns whether a CNI node agent brings pods to the ambient mesh: it leaves them alone unless its values say
    so, as those of its profile `ambient` do."""
    values = rendered_agent_values(agent, None, specs)
    computed = source_of(specs, agent.source).computed_values(*_chart(agent), values)
    return bool(value_at(computed, CNI, "ambient", "enabled"))


def _chart(agent: PlannedAgent) -> tuple[str, str]:
    """Returns the chart of an agent, and its release without `v`."""
    return CNI if isinstance(agent.spec, IstioCNI) else ZTUNNEL, agent.version.removeprefix("v")


def _from_target(target: RevisionRecord) -> dict[str, Any]:
    layered = with_profile(target.values, target.profile, None)
    taken: dict[str, Any] = {key: layered[key] for key in ("meshConfig", "global") if key in layered}
    return {**taken, "revision": revision_label(target.name)}
