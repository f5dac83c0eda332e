"""What Argo CD and Flux are given beside the manifests: per cluster, and once for the fleet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from render.areas import CRDS, REVISIONS
from render.errors import InputError
from render.manifests.argocd import CLUSTER_FILE, application_set, cluster_file
from render.manifests.bundle import Bundle
from render.manifests.flux import kustomizations
from render.plan.cluster import ClusterPlan
from render.specs.kinds import Fleet
from render.tree.files import folder_files
from render.tree.layout import FLEET_ARGOCD, KUSTOMIZATION, folder_path, revision_folder
from render.tree.store.drift import FolderChanges, compare
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.read_inventory import read_merged


class DeliveryFiles(NamedTuple):
    """What a cluster gets for its controller: folders, and files by path."""

    bundles: list[Bundle]
    files: Mapping[str, bytes]


def delivery_files(fleet: Fleet, plan: ClusterPlan, made: Iterable[Bundle], crds: str | None) -> DeliveryFiles:
    """Returns the folders and files that a cluster gets for its controller. `made` are its other folders, `crds` is the
    shared folder of definitions that it applies first."""
    noted = cluster_file(fleet, plan.specs)
    if noted is not None:
        return DeliveryFiles([], {CLUSTER_FILE: noted})
    if plan.specs.settings.delivery != "flux":
        return DeliveryFiles([], {})
    cluster = plan.specs.cluster.name
    stages = {CRDS: crds} if crds else {}
    for bundle in made:
        if bundle.manifests and bundle.role == "applied":
            stages[bundle.folder] = f"{cluster}/{folder_path(bundle.folder)}"
    for revision in plan.revisions:
        if revision.frozen and KUSTOMIZATION in revision.record.files:
            stages[f"{REVISIONS}/{revision.name}"] = f"{cluster}/{revision_folder(revision.name)}"
    return DeliveryFiles([kustomizations(fleet, plan, stages)] if stages else [], {})


def fleet_delivery(fleet: Fleet, output: FleetFolder) -> FolderChanges:
    """Returns the folder of what the fleet gives Argo CD, and how it differs from the tree."""
    files = folder_files(FLEET_ARGOCD, application_set(fleet))
    changes = compare(output, FLEET_ARGOCD, files, read_merged(output, FLEET_ARGOCD).inventory)
    if changes.blocked:
        raise InputError(changes.blocked)
    return FolderChanges(files, changes)
