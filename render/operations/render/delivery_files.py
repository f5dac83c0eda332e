"""What Argo CD and Flux are given beside the manifests: per cluster, and once for the fleet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from render.areas import CRDS, REVISIONS
from render.errors import InputError
from render.kustomize.read import parse
from render.manifests.argocd import CLUSTER_FILE, application_set, cluster_file
from render.manifests.argocd_project import AppliedKind
from render.manifests.bundle import Bundle
from render.manifests.flux import AppliedFolder, AppliedObject, flux_files
from render.manifests.flux_artifacts import artifact_generator
from render.plan.cluster import ClusterPlan
from render.plan.inventory import RevisionRecord
from render.specs.kinds import Fleet
from render.tree.files import folder_files
from render.tree.layout import (
    FLEET_ARGOCD,
    FLEET_ARTIFACTS,
    INVENTORY,
    KUSTOMIZATION,
    folder_path,
    in_order,
    revision_folder,
)
from render.tree.store.drift import FolderChanges, compare
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.read_inventory import read_merged
from render.yamlio.write import dump


class DeliveryFiles(NamedTuple):
    """What a cluster gets for its controller: folders, and files by path."""

    bundles: list[Bundle]
    files: Mapping[str, bytes]


def delivery_files(
    fleet: Fleet, plan: ClusterPlan, made: Iterable[Bundle], crds: str | None, folder: Path, before: Iterable[str]
) -> DeliveryFiles:
    """Returns the folders and files that a cluster gets for its controller. `made` are its other folders, `crds` is the
    shared folder of definitions that it applies first; in `folder` its frozen files lie, and
    `before` are the files of the previous tree."""
    made = list(made)
    objects = _applied_kinds(plan, made, crds, folder) if fleet.handover.render_project else ()
    noted = cluster_file(fleet, plan.specs, crds, objects)
    if noted is not None:
        return DeliveryFiles([], {CLUSTER_FILE: noted})
    if plan.specs.settings.delivery != "flux":
        return DeliveryFiles([], {})
    folders = _applied_folders(plan, made, crds)
    flux = flux_files(fleet, plan, folders, before)
    if not flux.lists:
        return DeliveryFiles([], {})
    files = {f"{folder}/{KUSTOMIZATION}": dump(data).encode() for folder, data in flux.lists.items()}
    return DeliveryFiles([flux.bundle], files)


def _applied_folders(plan: ClusterPlan, made: Iterable[Bundle], crds: str | None) -> dict[str, AppliedFolder]:
    """Returns the folders that are applied, by what bundles call them, in the order of application. Of a frozen
    revision, which is not rendered, the names of its files say what it holds."""
    cluster = plan.specs.cluster.name
    folders = {CRDS: AppliedFolder(crds, ())} if crds else {}
    for bundle in made:
        if bundle.manifests and bundle.role == "applied":
            objects = [AppliedObject(one.group, one.kind, one.namespace, one.name) for one in bundle.manifests]
            folders[bundle.folder] = AppliedFolder(f"{cluster}/{folder_path(bundle.folder)}", tuple(objects))
    for revision in plan.revisions:
        if revision.frozen and KUSTOMIZATION in revision.record.files:
            path = f"{cluster}/{revision_folder(revision.name)}"
            folders[f"{REVISIONS}/{revision.name}"] = AppliedFolder(path, tuple(_frozen_objects(revision.record)))
    return {folder: folders[folder] for folder in in_order(folders)}


_FROZEN = re.compile(r"(mutatingwebhookconfiguration|deployment)-([a-z0-9.-]+)\.yaml")


def _frozen_objects(record: RevisionRecord) -> Iterator[AppliedObject]:
    """Yields the webhooks and the Deployments of a frozen revision, which its files are named by."""
    for kind, name in (found.groups() for file in sorted(record.files) if (found := _FROZEN.fullmatch(file))):
        if kind == "deployment":
            yield AppliedObject("apps", "Deployment", record.namespace, name)
        else:
            yield AppliedObject("admissionregistration.k8s.io", "MutatingWebhookConfiguration", "", name)


def _applied_kinds(plan: ClusterPlan, made: Iterable[Bundle], crds: str | None, folder: Path) -> Iterator[AppliedKind]:
    """Yields what a project is asked of each object that the cluster applies, those of frozen revisions included."""
    if crds:
        yield AppliedKind("apiextensions.k8s.io", "CustomResourceDefinition", "")
    for bundle in made:
        for one in bundle.manifests if bundle.role == "applied" else ():
            yield AppliedKind(one.group, one.kind, one.namespace)
    for revision in plan.revisions:
        for name in revision.record.files if revision.frozen else ():
            file = folder / revision_folder(revision.name) / name
            if name not in (KUSTOMIZATION, INVENTORY) and file.is_file():
                for document in parse(file.read_bytes(), name):
                    group = str(document.data["apiVersion"]).rpartition("/")[0]
                    namespace = document.data["metadata"].get("namespace") or ""
                    yield AppliedKind(group, document.data["kind"], namespace)


def fleet_delivery(
    fleet: Fleet, output: FleetFolder, rendered: Mapping[str, bytes | None], *, has_shared: bool
) -> Iterator[FolderChanges]:
    """Yields the folders of what the fleet gives Argo CD and Flux, and how each differs from the tree. `rendered` are
    the files for Argo CD of clusters that are just rendered, None of one that has none; those of the others are as they
    lie there. `has_shared` says whether there are definitions that clusters share."""
    folders = {
        FLEET_ARGOCD: application_set(fleet, _cluster_files(fleet, output, rendered)),
        FLEET_ARTIFACTS: artifact_generator(fleet, FLEET_ARTIFACTS, has_shared=has_shared),
    }
    for folder, bundle in folders.items():
        files = folder_files(folder, bundle)
        changes = compare(output, folder, files, read_merged(output, folder).inventory)
        if changes.blocked:
            raise InputError(changes.blocked)
        yield FolderChanges(files, changes)


def _cluster_files(fleet: Fleet, output: FleetFolder, rendered: Mapping[str, bytes | None]) -> list[bytes]:
    """Returns the files of all clusters that Argo CD delivers, where something is made of them."""
    if not fleet.handover.render_project:
        return []
    there = {file.parts[-3]: file for file in output.folder.glob(f"*/{CLUSTER_FILE}")}
    left = {name: file.read_bytes() for name, file in there.items() if name not in rendered}
    found = {**left, **rendered}
    return [text for _, text in sorted(found.items()) if text is not None]
