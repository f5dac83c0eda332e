"""Which Secrets the control planes of a fleet need to read other clusters."""

from __future__ import annotations

from collections.abc import Collection

from render.operations.render.fleet import OpenFleet
from render.plan.topology.members import mesh_member
from render.plan.topology.remote_secrets import RemoteSecret, remote_secrets


def needed_secrets(opened: OpenFleet, holders: Collection[str] = ()) -> list[RemoteSecret]:
    """Returns the Secrets of the named clusters, of all when none is named.

    All clusters are planned, since each may be read by another. `InputError` where a plan cannot be used, and for a
    name that no cluster has.
    """
    opened.overlays(holders)  # says of a name that it is nobody's
    members = [found for plan in opened.plans() if (found := mesh_member(plan))]
    return [one for one in remote_secrets(members) if not holders or one.holder in holders]
