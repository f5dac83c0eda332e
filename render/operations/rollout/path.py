"""`rollout path`: over which releases an upgrade goes, with the fewest restarts.

Each hop is a rollout of its own, and restarts every workload once. A revision may come in beside one that is up to two
minors older; a node agent works with control planes of its own minor and the next, so with CNI or ztunnel a hop is one
minor, control plane first. The rules and their sources are those of lint: MR121, MR123 and MR124.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from render.errors import wrong
from render.hazards.data import hazards
from render.plan.cluster import ClusterPlan, PlannedIstio
from render.specs.releases import Minor, Release, Releases, parse

CODE = "MR342"
ALONE, WITH_AGENTS = 2, 1  # minors that a hop may be


@dataclass(frozen=True, slots=True)
class Hop:
    """One rollout: from the oldest release of the clusters that it is for to another. `agents` are node agents that
    follow in the same step, after the control plane. `hazards` counts what is known of the move by severity, the worst
    first. `kubernetes` are the oldest and newest minors that the release supports, None where nobody knows, and
    `outside` the clusters whose Kubernetes is not among them."""

    from_version: str
    to_version: str
    clusters: tuple[str, ...]
    agents: tuple[str, ...]
    hazards: Mapping[str, int]
    kubernetes: tuple[str, str] | None
    outside: tuple[str, ...]


def rollout_path(plans: Collection[ClusterPlan], name: str | None, to: str) -> tuple[Hop, ...]:
    """Returns the hops of the Istio of this name (without one, the only one) to a release; none where all are there.

    `InputError` where no cluster has it, where there are several, and where a cluster is past that release.
    """
    having = [(plan, istio) for plan in plans for istio in plan.istios if name in (None, istio.istio.name)]
    names = sorted({istio.istio.name for _, istio in having})
    if not having:
        raise wrong(CODE, f"no cluster has an Istio {name}" if name else "no cluster has an Istio", file="--istio")
    if len(names) > 1:
        raise wrong(CODE, f"name the Istio that is meant: {', '.join(names)}", file="--istio")
    known, target = having[0][0].specs.releases, parse(to)
    ahead = [plan.specs.cluster.name for plan, istio in having if parse(istio.version) > target]
    if ahead:
        raise wrong(CODE, f"{ahead[0]} has a newer release than {to}: an upgrade does not go back", file="--to")
    has_agent = [agent for agent in ("CNI", "ztunnel") if any(_agent(plan, agent) for plan, _ in having)]
    hops: list[Hop] = []
    at = min(parse(istio.version) for _, istio in having)
    while at < target:
        reach = at.minor + (WITH_AGENTS if has_agent else ALONE)
        step = target if reach >= target.minor else _newest(known, at.major, reach, to)
        hops.append(_hop(having, at, step, tuple(has_agent)))
        at = step
    return tuple(hops)


def _agent(plan: ClusterPlan, agent: str) -> bool:
    return bool(plan.cni if agent == "CNI" else plan.ztunnel)


def _newest(known: Releases, major: int, minor: int, to: str) -> Release:
    """Returns the newest release of a minor on the way."""
    line = f"{major}.{minor}"
    found = [parse(one) for one in known.versions(aliases=False) if parse(one).line == line]
    if not found:
        message = (
            f"the way to {to} goes over {line}, of which no release is known here: `meshrev chart pull` takes one in"
        )
        raise wrong(CODE, message, file="--to")
    return max(found)


def _hop(
    having: Sequence[tuple[ClusterPlan, PlannedIstio]], start: Release, end: Release, agents: tuple[str, ...]
) -> Hop:
    concerned = [plan for plan, istio in having if parse(istio.version) < end]
    specs = concerned[0].specs
    minor: Minor | None = specs.releases.minors.get(end.line)
    counts: dict[str, int] = {}
    for hazard in hazards(str(start), str(end), specs.releases_file):
        counts[hazard.severity] = counts.get(hazard.severity, 0) + 1
    outside = [
        plan.specs.cluster.name
        for plan in concerned
        if minor and plan.specs.cluster.kubernetes and not minor.supports(plan.specs.cluster.kubernetes.release)
    ]
    return Hop(
        str(start),
        str(end),
        tuple(plan.specs.cluster.name for plan in concerned),
        agents,
        counts,
        minor.kubernetes if minor else None,
        tuple(outside),
    )
