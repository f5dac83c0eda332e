"""One cluster's objects as its committed tree has them, for hosts that ask for objects instead of reading files.

A host's plugin has no memory of its own: what it printed yesterday is known only by the tree, and so are the frozen
revisions. So a tree that is there has to be what the specs render to, and where there is none, nothing may depend on
there having been one. Nothing is written here, no lock either: the host's copy of the repository may be read-only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from render.areas import AREAS, CRDS, area_of
from render.errors import DriftError, InputError
from render.finding import Finding
from render.kustomize.problem import Problem
from render.kustomize.read import parse
from render.messages import few
from render.operations.render.cluster import render_cluster
from render.operations.render.crds import shared_crds
from render.operations.render.fleet import OpenFleet
from render.operations.render.frozen import Frozen, frozen_findings
from render.specs.kinds import ClusterSpecs
from render.specs.releases import is_alias
from render.tree.files import ClusterFiles
from render.tree.layout import INVENTORY, KUSTOMIZATION, SHARED_CRDS, in_order, revision_folder
from render.tree.store.disk import read_bytes, reading_errors
from render.tree.store.drift import Changes
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.read_inventory import read_inventory

# The parts of a cluster's tree in the order of application: `crds` is what clusters share, the others are the
# folders at the top of the cluster's own.
PARTS = tuple(AREAS)
_SHOWN = 3  # files that a refusal names of each sort


@dataclass(frozen=True, slots=True)
class TreeObject:
    """A file of the tree that holds one object: its part of `PARTS`, its path from the fleet's root
    (`rendered/prod-eu/tags/prod/service-....yaml`), its bytes: one YAML document without document marks."""

    part: str
    file: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ClusterObjects:
    """Every object of a cluster in the order of application, and warnings."""

    objects: tuple[TreeObject, ...]
    findings: tuple[Finding, ...]


def committed_objects(opened: OpenFleet, name: str) -> ClusterObjects:
    """Returns what the committed tree of the cluster of that name holds, once it is proved to be what its specs say.

    A cluster without a tree is rendered in memory, unless an Istio of it is RevisionBased. Raises `DriftError` where
    rendering would change the tree; `InputError` for an unknown name, for what `check` refuses, and where an earlier
    run was cut off while it wrote; `OutsideError` where a run goes on writing.
    """
    (specs,), warnings = opened.specs([name])
    return objects_of(opened, specs, warnings)


def objects_of(
    opened: OpenFleet, specs: ClusterSpecs, warnings: Iterable[Finding] = (), *, beside: Collection[str] = ()
) -> ClusterObjects:
    """As `committed_objects`, for specs that are loaded already, with the warnings about them.

    `beside` are parts (`extra`) whose objects the host has itself: they need not be what the tree holds, and are
    left out.
    """
    with opened.hold_off_writers():
        rendered = render_cluster(opened.fleet, specs, opened.output, opened.locate, opened.committed_folders)
        crds = [rendered.crds] if rendered.crds else []
        shared = shared_crds(opened.reader, opened.fleet.delivery, crds, opened.output)
        if rendered.changes.folders is None:
            warnings = [*warnings, *_without_tree(opened, specs)]
        else:
            _refuse_drift(opened.output, [*(changes for _, changes in shared), rendered.changes], beside)
        folders = [*(files for files, _ in shared), rendered.files]
        objects = [
            found for files in folders for found in _objects_of_folder(opened.output, files) if found.part not in beside
        ]
        notes = frozen_findings(opened, [Frozen(specs.cluster.name, revision) for revision in rendered.plan.frozen])
    if errors := [found for found in notes if found.severity == "error"]:
        raise InputError(errors)
    return ClusterObjects(tuple(objects), (*warnings, *rendered.findings, *notes))


def tree_objects(opened: OpenFleet, cluster: str) -> list[TreeObject]:
    """Returns what the tree of a cluster holds by its inventories alone, whatever the specs say; empty where there is
    no tree.

    Raises `DriftError` where a file is not as it was
    written, and `InputError` as `committed_objects` where a run was cut off.
    """
    output = opened.output
    with opened.hold_off_writers(), reading_errors(output):
        own = _by_inventory(output, cluster)
        if KUSTOMIZATION not in own:
            return []
        beside = [entry.removeprefix("../") for entry in _applied_below(output, cluster) if entry.startswith("../")]
        folders = {**{folder: _by_inventory(output, folder) for folder in beside}, cluster: own}
        return [
            _read_listed(output, folder, path, of[path])
            for folder, of in folders.items()
            for path in _applied_files(of, _applied_below(output, folder))
        ]


def _without_tree(opened: OpenFleet, specs: ClusterSpecs) -> list[Finding]:
    """Returns an `InputError` where a tree is needed; warnings of versions that only a tree would hold still."""
    folder = f"{opened.fleet.output}/{specs.cluster.name}"
    message = (
        f"is RevisionBased, and {folder} is not here: without the committed tree its earlier revisions, which "
        "pods may still use, would be forgotten; run `meshrev render` and commit what it writes"
    )
    path = ("spec", "updateStrategy", "type")
    forgetting = [one.resource for one in specs.istios if one.strategy == "RevisionBased"]
    if forgetting:
        raise InputError(opened.locate(Problem("MR035", message, resource, path)) for resource in forgetting)
    written = (
        *((istio.version, istio.resource) for istio in specs.istios),
        *((agent.version, agent.resource) for agent in specs.cnis),
        *((agent.version, agent.resource) for agent in specs.ztunnels),
    )
    problems = [
        Problem("MR036", _moving(version, folder), resource, ("spec", "version"))
        for version, resource in written
        if is_alias(version)
    ]
    return [opened.locate(problem) for problem in problems]


def _moving(version: str, folder: str) -> str:
    return (
        f"{version} is an alias, and without the committed tree {folder} it moves with every new version of meshrev: "
        "name a release, or commit the tree"
    )


def _refuse_drift(output: FleetFolder, folders: Iterable[Changes], beside: Collection[str]) -> None:
    """Raises a `DriftError` with each folder that `meshrev render` would change."""
    differing = [(changes.cluster, _differences(changes, beside)) for changes in folders]
    if findings := [
        Finding(
            "MR037",
            f"is not what the specs say ({how}): run `meshrev render` and commit what it writes",
            file=output.title(folder),
        )
        for folder, how in differing
        if how
    ]:
        raise DriftError(findings)


def _differences(changes: Changes, beside: Collection[str]) -> str:
    sorts = {"missing": changes.added, "differs": changes.changed, "extra": changes.removed}
    counted = {word: [path for path in paths if not _is_beside(path, beside)] for word, paths in sorts.items()}
    return "; ".join(f"{word}: {few(paths, _SHOWN)}" for word, paths in counted.items() if paths)


def _is_beside(path: str, beside: Collection[str]) -> bool:
    """Returns whether a file is in one of the parts, or lists what is in all of them."""
    return bool(beside) and (area_of(path) in beside or path in (KUSTOMIZATION, INVENTORY))


def _objects_of_folder(output: FleetFolder, files: ClusterFiles) -> Iterator[TreeObject]:
    """Yields the objects of one folder: as rendered, or for a frozen revision as they lie there."""
    listed = _resources(files.files[KUSTOMIZATION].data)
    for path in _applied_files([*files.files, *files.frozen], listed):
        if path in files.files:
            title = output.title(f"{files.cluster}/{path}")
            yield TreeObject(_part(files.cluster, path), title, files.files[path].data)
        else:
            yield _read_listed(output, files.cluster, path, files.frozen[path])


def _read_listed(output: FleetFolder, folder: str, path: str, sha256: str) -> TreeObject:
    """Returns a file as it lies there, which must be what an inventory lists."""
    file = output.title(f"{folder}/{path}")
    with reading_errors(output):
        try:
            data = read_bytes(output / f"{folder}/{path}")
        except FileNotFoundError:
            data = b""
    if hashlib.sha256(data).hexdigest() != sha256:
        message = "is not as the inventory lists it: `meshrev check` says what to do"
        raise DriftError([Finding("MR037", message, file=file)])
    return TreeObject(_part(folder, path), file, data)


def _part(folder: str, path: str) -> str:
    return CRDS if folder.startswith(f"{SHARED_CRDS}/") else area_of(path)


def _applied_files(paths: Iterable[str], listed: Collection[str]) -> list[str]:
    """Returns the files of objects in the order in which the kustomizations list them; `listed` is what the folder's
    own lists. What it does not list is for others to read: Flux's own objects, components of patches."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if (folder in listed or path in listed) and name not in (KUSTOMIZATION, INVENTORY):
            folders.setdefault(folder, []).append(path)
    return [path for folder in in_order(folders) for path in sorted(folders[folder])]


def _by_inventory(output: FleetFolder, folder: str) -> Mapping[str, str]:
    """Returns every file of a folder that its inventories list, with its SHA-256."""
    inventory = read_inventory(output, folder)
    digests = dict(inventory.files)
    for name, record in inventory.revisions.items():
        digests |= {f"{revision_folder(name)}/{file}": digest for file, digest in record.files.items()}
    return digests


def _applied_below(output: FleetFolder, folder: str) -> list[str]:
    """Returns what the kustomization of a folder lists."""
    return _resources(read_bytes(output / folder / KUSTOMIZATION))


def _resources(kustomization: bytes) -> list[str]:
    """Returns the entries of a kustomization that meshrev wrote."""
    listed: list[str] = parse(kustomization, KUSTOMIZATION)[0].data["resources"]
    return listed
