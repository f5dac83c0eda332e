"""One cluster's objects as its committed tree has them, for hosts that ask for objects instead of reading files.

Such a host works on a copy of the repository, which may be read-only: nothing is written here, no lock either. It
gets the tree or a refusal, never a rendering that differs from it: the tree alone knows the frozen revisions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from render.errors import DriftError, wrong
from render.finding import Finding
from render.operations.cluster import rendered
from render.operations.crds import crds_of, shared_crds
from render.operations.fleet import OpenFleet
from render.specs.documents import parse
from render.specs.kinds import ClusterSpecs
from render.specs.releases import is_alias
from render.specs.resource import Resource
from render.tree.changes import Changes, Damaged
from render.tree.disk import read_bytes, reading_errors
from render.tree.files import ClusterFiles
from render.tree.layout import KUSTOMIZATION

# The parts of a cluster's tree in the order of application: `crds` is what clusters share, the others are the
# folders at the top of the cluster's own.
PARTS = ("crds", "revisions", "cni", "ztunnel", "mesh", "tags", "gateways", "namespaces", "extra")
_SHOWN = 3  # files that a refusal names of each sort


@dataclass(frozen=True, slots=True)
class TreeObject:
    """A file of the tree that holds one object: its part of `PARTS`, its path from the fleet's root, its bytes."""

    part: str
    file: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ClusterObjects:
    """Every object of a cluster in the order of application, and warnings."""

    cluster: str
    objects: tuple[TreeObject, ...]
    findings: tuple[Finding, ...]


def cluster_objects(opened: OpenFleet, name: str) -> ClusterObjects:
    """What the kustomizations of the cluster's committed tree list, once it is proved to be what the specs say.

    A cluster without a tree is rendered in memory, unless an Istio of it is RevisionBased. Raises `DriftError` where
    rendering would change the tree, and `InputError` for everything that `check` refuses.
    """
    (specs,), warnings = opened.specs([name])
    made = rendered(opened.fleet, specs, opened.output, opened.locate)
    crds = crds_of(opened.fleet, specs)
    shared = shared_crds(opened.reader, opened.fleet.delivery, [crds] if crds else [], opened.output)
    if made.changes.folders is None:
        warnings = [*warnings, *_without_tree(opened, specs)]
    else:
        _refuse_drift(opened.output, [*(changes for _, changes in shared), made.changes])
    objects = _objects(opened.output, made.files, {files.cluster: files for files, _ in shared})
    return ClusterObjects(name, tuple(objects), (*warnings, *made.findings))


def _without_tree(opened: OpenFleet, specs: ClusterSpecs) -> list[Finding]:
    """An `InputError` where a tree is needed; warnings of versions that only a tree would hold still."""
    folder = f"{opened.fleet.output}/{specs.cluster.name}"
    for istio in specs.istios:
        if istio.strategy == "RevisionBased":
            message = (
                f"is RevisionBased, and {folder} is not here: without the committed tree its earlier revisions, which "
                "pods may still use, would be forgotten; run `meshrev render` and commit what it writes"
            )
            raise wrong("MR035", message, file=istio.resource.origin.file, object=istio.resource.title)
    written = (
        *((istio.version, istio.resource) for istio in specs.istios),
        *((agent.version, agent.resource) for agent in specs.cnis),
        *((agent.version, agent.resource) for agent in specs.ztunnels),
    )
    return [_moving(version, resource, folder) for version, resource in written if is_alias(version)]


def _moving(version: str, resource: Resource, folder: str) -> Finding:
    message = (
        f"{version} is an alias, and without the committed tree {folder} it moves with every new version of meshrev: "
        "name a release, or commit the tree"
    )
    return Finding("MR036", message, "warning", file=resource.origin.file, object=resource.title)


def _refuse_drift(output: Path, changes: Iterable[Changes]) -> None:
    differing = [
        Finding(
            "MR037",
            f"is not what the specs say ({_differences(changed)}): run `meshrev render` and commit what it writes",
            file=f"{output.as_posix()}/{changed.cluster}",
        )
        for changed in changes
        if not changed.none
    ]
    if differing:
        raise DriftError(differing)


def _differences(changes: Changes) -> str:
    sorts = {"missing": changes.added, "differs": changes.changed, "extra": changes.removed}
    return "; ".join(f"{word}: {_some(paths)}" for word, paths in sorts.items() if paths)


def _some(paths: Sequence[str]) -> str:
    more = len(paths) - _SHOWN
    return ", ".join(paths[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _objects(output: Path, files: ClusterFiles, shared: Mapping[str, ClusterFiles]) -> Iterator[TreeObject]:
    """Along the kustomizations, as Kustomize would go: the cluster's lists folders, a folder's lists files."""
    where = output.as_posix()
    for folder in _resources(_read(output, files, KUSTOMIZATION)):
        own = not folder.startswith("../")
        inside = f"{folder}/" if own else ""
        source = files if own else shared[folder.removeprefix("../")]
        part = folder.partition("/")[0] if own else "crds"
        for name in _resources(_read(output, source, f"{inside}{KUSTOMIZATION}")):
            path = f"{inside}{name}"
            yield TreeObject(part, f"{where}/{source.cluster}/{path}", _read(output, source, path))


def _resources(kustomization: bytes) -> list[str]:
    (document,) = parse(kustomization, KUSTOMIZATION)
    return list(document.data["resources"])


def _read(output: Path, files: ClusterFiles, path: str) -> bytes:
    """A file's bytes: as rendered, or for a frozen revision as it lies there, which must be what was rendered once."""
    if path in files.files:
        return files.files[path].data
    file = f"{output.as_posix()}/{files.cluster}/{path}"
    with reading_errors(output):
        data = read_bytes(file)
    if hashlib.sha256(data).hexdigest() != files.frozen[path]:  # changed since it was compared
        raise DriftError([Damaged(file, files.frozen[path], "changed").finding()])
    return data
