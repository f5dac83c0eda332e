"""Values as Helm and Sail merge them: what a Cluster says of itself, and what a profile of Sail's API means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from render.specs.kinds import Cluster, Values
from render.yamlio.location import merge_maps, value_at

# What each profile of Sail's API means as chart values (Sail Operator, profiles of its releases). `external` is
# accepted by the API and ships with no release: the values of an external control plane are the user's.
PROFILES: Mapping[str, Values] = {
    "ambient": {"profile": "ambient"},
    "default": {},
    "demo": {"profile": "demo"},
    "empty": {},
    "external": {},
    "openshift": {"global": {"platform": "openshift"}},
    "openshift-ambient": {"profile": "ambient", "global": {"platform": "openshift"}},
    "preview": {"profile": "preview"},
    "remote": {"profile": "remote"},
    "stable": {"profile": "stable"},
}


def cluster_facts(cluster: Cluster) -> Values:
    """Returns a Cluster's mesh, network and name as values; empty where it says neither mesh nor network.

    The cluster's name is only given to a mesh of several clusters (one with a meshID or network): istiod then
    needs a unique `global.multiCluster.clusterName`, and alone it goes by `Kubernetes`.
    """
    known: dict[str, Any] = {}
    if cluster.mesh_id:
        known["meshID"] = cluster.mesh_id
    if cluster.network:
        known["network"] = cluster.network
    if known:
        known["multiCluster"] = {"clusterName": cluster.name}
    return {"global": known} if known else {}


def with_profile(values: Values, profile: str | None, platform: str | None) -> dict[str, Any]:
    """Returns the values over those of a profile of Sail's API, and the platform where neither says one."""
    layered = merge_maps(PROFILES[profile or "default"], values)
    if platform and not value_at(layered, "global", "platform"):
        layered = merge_maps(layered, {"global": {"platform": platform}})
    return layered


def spec_profile(values: Values, profile: str | None) -> object:
    """Returns the chart's profile that a spec comes to, None where it has none: values win over the spec's profile.

    A profile that is not known (in the record of a newer program) is taken by its name.
    """
    return values.get("profile", PROFILES.get(profile or "default", {"profile": profile}).get("profile"))
