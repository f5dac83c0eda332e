"""The remote clusters that a revision of a control plane serves: each is a user of it, as pods here are.

Sail does not know them (sail-operator issue 457): its operator sees one cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from render.plan.cluster import ClusterPlan, PlannedRevision
from render.plan.revision_facts import is_remote
from render.plan.usage import Usage
from render.specs.kinds import ClusterSpecs

Users = Mapping[str, tuple[str, ...]]
"""Users by the name of the revision that they use, such as `Cluster/cluster2`."""


def is_control_plane_of(specs: ClusterSpecs, remote: ClusterSpecs) -> bool:
    """Returns whether an istiod of a cluster may serve a remote: by the cluster that the remote's topology names, else
    by their mesh."""
    topology = remote.cluster.topology
    if topology and topology.control_plane:
        return topology.control_plane == specs.cluster.name
    return specs.cluster.mesh_id == remote.cluster.mesh_id


def remote_users(control_plane: str, plans: Iterable[ClusterPlan]) -> Users:
    """Returns which of these clusters have revisions that the istiods of `control_plane` serve, by the revision: those
    whose topology names it."""
    users: dict[str, list[str]] = {}
    for plan in plans:
        topology = plan.specs.cluster.topology
        if topology and topology.control_plane == control_plane:
            for revision in plan.revisions:
                if is_remote(revision.record):
                    users.setdefault(revision.name, []).append(plan.specs.cluster.resource.title)
    return {name: tuple(found) for name, found in users.items()}


def with_remote_users(plan: ClusterPlan, users: Users) -> ClusterPlan:
    """Returns the plan of a control plane with the remotes that its revisions serve among those that use them."""
    return replace(plan, revisions=tuple(_in_use(one, users.get(one.name, ())) for one in plan.revisions))


def _in_use(revision: PlannedRevision, by: tuple[str, ...]) -> PlannedRevision:
    if not by or is_remote(revision.record):
        return revision
    before = revision.usage.by if revision.usage.status == "True" else ()
    return replace(revision, usage=Usage("True", "ReferencedByWorkloads", (*before, *by)))
