"""The folders of the tree: how they are called, in which order they are applied, and what may be pruned in them.

What is in `rendered/<cluster>/` belongs to an area by the first step of its path: `revisions/default-v1-24-3`, `mesh`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CRDS: Final = "crds"
REVISIONS: Final = "revisions"
CNI: Final = "cni"
ZTUNNEL: Final = "ztunnel"
MESH: Final = "mesh"
TAGS: Final = "tags"
GATEWAYS: Final = "gateways"
NAMESPACES: Final = "namespaces"
EXTRA: Final = "extra"

# In a cluster's folder too: what its controller is given, which is not applied with the rest.
ARGOCD: Final = "argocd"
FLUX: Final = "flux"

# Below the output, beside the folders of the clusters.
DELIVERY: Final = "delivery"
SHARED: Final = "shared"
RESERVED = (DELIVERY, SHARED)


@dataclass(frozen=True, slots=True)
class Area:
    """A folder of a cluster, or the definitions that it takes from the shared ones (`crds`).

    `of_each` is what a folder in it is of (`revision`), empty where it is one part.
    `is_kept` is true where nothing is ever pruned.
    """

    name: str
    of_each: str = ""
    is_kept: bool = False

    @property
    def kind(self) -> str:
        """Returns what a comparison calls a part of it: `revision`, `mesh`."""
        return self.of_each or self.name


# In the order in which a person applies them: what carries the mesh, then what refers to it, then what the mesh serves.
# What hosts wait for is in `plan/delivery_order.py`.
# Namespaces are never pruned, since a label patch leaves everything else to its owner, and neither are
# CustomResourceDefinitions, with which all objects of their kinds would go.
AREAS = {
    area.name: area
    for area in (
        Area(CRDS, is_kept=True),
        Area(REVISIONS, "revision"),
        Area(CNI),
        Area(ZTUNNEL),
        Area(MESH),
        Area(TAGS, "tag"),
        Area(GATEWAYS, "gateway"),
        Area(NAMESPACES, is_kept=True),
        Area(EXTRA),
    )
}


def area_of(path: str) -> str:
    """Returns the area of a path in a cluster's folder: its first step."""
    return path.partition("/")[0]
