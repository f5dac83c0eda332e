"""Values as Helm and Sail merge them, and what a Cluster says of itself as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from render.specs.kinds import Cluster, Values


def at(values: Values, *path: str) -> Any:
    """The value at a path, None where any part of it is missing."""
    here: Any = values
    for key in path:
        if not isinstance(here, Mapping):
            return None
        here = here.get(key)
    return here


def merged(low: Values, high: Values) -> dict[str, Any]:
    """Both, `high` winning: maps recurse, everything else, lists included, is replaced (Helm's and Sail's rule).

    Nothing is copied that is not changed, so the result shares its parts with both.
    """
    result = dict(low)
    for key, value in high.items():
        before = result.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = merged(before, value)
        else:
            result[key] = value
    return result


def with_cluster_facts(values: Values, cluster: Cluster) -> Values:
    """The values with the Cluster's mesh, network and name where the values do not say them.

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
    return merged({"global": known}, values) if known else values
