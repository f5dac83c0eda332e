"""All files of a cluster's folder, as bytes: the objects, what lists them for Kustomize, and the inventory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from render.areas import REVISIONS
from render.errors import wrong
from render.manifests.bundle import Bundle
from render.plan.inventory import Inventory, RevisionRecord
from render.plan.revision_facts import spec_title
from render.tree.inventory import Entry, inventory_text
from render.tree.layout import (
    INVENTORY,
    KUSTOMIZATION,
    SHARED_CRDS,
    cluster_folder,
    file_names,
    folder_path,
    in_order,
    revision_folder,
)
from render.yamlio.write import Text, dump, text_of, yaml_text


@dataclass(frozen=True, slots=True)
class ClusterFiles:
    """What a cluster's folder is to hold. Paths are relative to it, with `/`.

    `files` is what this run renders; `frozen` are files of inactive revisions, which stay as they are, by the
    SHA-256 that they must have. Both empty means that the cluster has no tree (any more).
    """

    cluster: str
    files: Mapping[str, Text] = field(default_factory=dict)
    frozen: Mapping[str, str] = field(default_factory=dict)


def cluster_files(
    cluster: str,
    bundles: Iterable[Bundle],
    inventory: Inventory,
    frozen: Iterable[str] = (),
    shared: Sequence[str] = (),
    beside: Mapping[str, bytes] = MappingProxyType({}),
) -> ClusterFiles:
    """Returns the tree of `cluster`: a folder for each bundle, and what is kept of the previous tree.

    `frozen` names revisions of `inventory` that no bundle renders. A revision that is in neither is gone from
    the tree. `shared` are folders below the output that the cluster applies before its own
    (`shared/crds/v1.24.3`). `beside` are files by their paths that nobody applies: others read them. A folder without
    objects is left out, but for a revision's, whose record stays. An `InputError` tells of names that cannot be, and of
    objects that are there twice.
    """
    cluster_folder(cluster)
    files: dict[str, Text] = {}
    kept: dict[str, str] = {}
    entries: list[Entry] = []
    applied: list[str] = []
    seen: set[str] = set()

    for bundle in bundles:
        folder = folder_path(bundle.folder)
        if folder in seen:
            raise ValueError(f"two bundles for one folder: {folder}")
        seen.add(folder)
        own = _objects(bundle)
        if own:
            if bundle.role == "applied":
                applied.append(folder)
            own[KUSTOMIZATION] = (_component if bundle.role == "component" else _kustomization)(sorted(own))
        if bundle.revision:
            entries.append(_add_revision(files, folder, bundle.revision, own, bundle.why))
        else:
            entries.extend((f"{folder}/{name}", bundle.why, text.sha256) for name, text in own.items())
        for name, text in own.items():
            files[f"{folder}/{name}"] = text

    for name in frozen:
        record, folder = inventory.revisions[name], revision_folder(name)
        kept |= frozen_files(inventory, name)
        entries.append((f"{folder}/{INVENTORY}", spec_title(record), kept[f"{folder}/{INVENTORY}"]))
        if KUSTOMIZATION in record.files:
            applied.append(folder)

    for path, data in beside.items():
        files[path] = text_of(data)
        entries.append((path, f"Cluster/{cluster}", files[path].sha256))

    if both := files.keys() & kept.keys():
        raise ValueError(f"a frozen revision is also rendered: {min(both)}")
    everything = [*(f"../{folder}" for folder in shared), *in_order(applied)]
    files[KUSTOMIZATION] = _kustomization(everything)
    entries.append((KUSTOMIZATION, f"Cluster/{cluster}", files[KUSTOMIZATION].sha256))
    files[INVENTORY] = text_of(inventory_text(entries))
    return ClusterFiles(cluster, files, kept)


def frozen_files(inventory: Inventory, revision: str) -> dict[str, str]:
    """Returns the files of a revision's folder as inventories list them, each with its SHA-256."""
    folder, record = revision_folder(revision), inventory.revisions[revision]
    inside = {f"{folder}/{file}": digest for file, digest in record.files.items()}
    return {**inside, f"{folder}/{INVENTORY}": inventory.files[f"{folder}/{INVENTORY}"]}


def shared_files(release: str, bundle: Bundle) -> ClusterFiles:
    """Returns the folder of the definitions of one release, which clusters share; it is written like a cluster's."""
    return folder_files(f"{SHARED_CRDS}/{release}", bundle)


def folder_files(folder: str, bundle: Bundle | None) -> ClusterFiles:
    """Returns a folder of the output that is no cluster's and holds one bundle; None takes away what is there."""
    if bundle is None:
        return ClusterFiles(folder)
    files = _objects(bundle)
    files[KUSTOMIZATION] = _kustomization(sorted(files))
    files[INVENTORY] = text_of(inventory_text((name, bundle.why, text.sha256) for name, text in files.items()))
    return ClusterFiles(folder, files)


def _objects(bundle: Bundle) -> dict[str, Text]:
    names = file_names(bundle)
    return {
        name: yaml_text(manifest.json, manifest.annotations)
        for name, manifest in zip(names, bundle.manifests, strict=True)
    }


def _add_revision(
    files: dict[str, Text], folder: str, record: RevisionRecord, own: Mapping[str, Text], why: str
) -> Entry:
    """Adds the revision's own inventory; returns the line that the cluster's inventory has for it."""
    if folder != revision_folder(record.name) or folder.count("/") != 1:
        raise wrong("MR090", f"revision {record.name!r} cannot have the folder {folder!r} of {REVISIONS}/")
    text = text_of(inventory_text(((name, why, text.sha256) for name, text in own.items()), record))
    files[f"{folder}/{INVENTORY}"] = text
    return (f"{folder}/{INVENTORY}", spec_title(record), text.sha256)


def _component(names: Sequence[str]) -> Text:
    """Returns what makes patches a component for other repositories."""
    head = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
    return text_of(dump({**head, "patches": [{"path": name} for name in names]}).encode())


def _kustomization(resources: Sequence[str]) -> Text:
    return text_of(
        dump(
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": list(resources),
            }
        ).encode()
    )
