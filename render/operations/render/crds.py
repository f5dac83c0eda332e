"""CustomResourceDefinitions that clusters share: which a cluster applies, and the folder that holds them once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from render.errors import InputError, wrong
from render.finding import Finding
from render.kustomize.problem import Problem
from render.kustomize.read import resources
from render.kustomize.reader import Reader
from render.kustomize.resource import Resource
from render.manifests.bundle import Bundle
from render.manifests.crds import KIND, crds_bundle, crds_release
from render.plan.cluster import ClusterPlan
from render.specs.kinds import ClusterSpecs, Crds, Delivery
from render.specs.releases import parse
from render.tree.files import shared_files
from render.tree.layout import KUSTOMIZATION, SHARED_CRDS
from render.tree.store.drift import FolderChanges, compare
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.read_inventory import read_merged
from render.yamlio.documents import parse as parse_documents


def cluster_crds(plan: ClusterPlan, output: FleetFolder) -> Crds | None:
    """Returns the definitions that a cluster applies: those that its settings name, else those of the newest chart
    `base` among its revisions that come from charts; never older ones than its tree has. None where it has neither.

    `InputError` where that chart is not vendored.
    """
    specs, charts = plan.specs, plan.specs.charts
    if specs.settings.crds or charts is None:
        return specs.settings.crds
    wanted = {one.record.version.removeprefix("v") for one in plan.revisions if one.record.source == "chart"}
    if not wanted:
        return None
    before = _applied_before(output / specs.cluster.name / KUSTOMIZATION)
    newest = max({*wanted, before} if before else wanted, key=parse)
    path = charts.crds_path(newest)
    if path is None:
        of = "the tree of" if newest == before else "a revision of"
        message = (
            f"{of} {specs.cluster.name} has definitions of {newest}, and they are never taken back: "
            f"{charts.missing('base', newest)}"
        )
        raise wrong("MR281", message, file=specs.folder)
    files = charts.chart("base", newest).files
    return Crds(path, hashlib.sha256(files[path.removeprefix(f"{charts.path('base', newest)}/")]).hexdigest())


def crds_problems(specs: ClusterSpecs, output: FleetFolder) -> list[Problem]:
    """Returns what is wrong with the release that a cluster takes its definitions from: none named, or an older one
    than the tree has (they are only ever upgraded, since a field that is removed loses what objects say in it)."""
    crds, where = specs.settings.crds, specs.settings.crds_resource
    if crds is None:
        return []
    path = ("spec", "crds", "path")
    release = crds_release(crds)
    if release is None:
        message = (
            f"{crds.path} must name its Istio release, as crds/istio-1.24.3.yaml does: they are only ever upgraded"
        )
        return [Problem("MR080", message, where, path)]
    before = _applied_before(output / specs.cluster.name / KUSTOMIZATION)
    if before and parse(release) < parse(before):
        message = (
            f"{crds.path} is older than the definitions of {before} that {specs.cluster.name} has: "
            "CRDs are only ever upgraded, because older ones lose what newer objects say"
        )
        return [Problem("MR081", message, where, path)]
    return []


def _applied_before(kustomization: Path) -> str | None:
    """Returns the release of the definitions that a cluster's tree refers to, None where it refers to none."""
    text = kustomization.read_text() if kustomization.is_file() else ""
    found = re.search(rf"\.\./{SHARED_CRDS}/(\d+\.\d+\.\d+)", text)
    return found[1] if found else None


def shared_folders(crds: Crds | None) -> tuple[str, ...]:
    """Returns the folders below the output that a cluster with these definitions applies before its own."""
    release = crds_release(crds) if crds else None
    return (f"{SHARED_CRDS}/{release}",) if release else ()


def shared_crds(reader: Reader, delivery: Delivery, used: Iterable[Crds], output: FleetFolder) -> list[FolderChanges]:
    """Returns the folder of each vendored file that clusters use, and how it differs from the tree.

    A folder that no cluster uses stays: with CustomResourceDefinitions all objects of their kinds would go.
    Raises `InputError` for a file that is not the one its SHA-256 is of, or that holds anything else.
    """
    folders = []
    of_release: dict[str, Crds] = {}
    for crds in sorted(set(used), key=lambda crds: (crds.path, crds.sha256)):
        release = crds_release(crds) or ""
        other = of_release.setdefault(release, crds)
        if other.sha256.lower() != crds.sha256.lower():
            message = f"{other.path} and {crds.path} both name release {release}, but differ: keep one of them"
            raise wrong("MR082", message, file=crds.path)
        files = shared_files(release, _bundle(reader, crds, delivery))
        changes = compare(output, files.cluster, files, read_merged(output, files.cluster).inventory)
        if changes.blocked:
            raise InputError(changes.blocked)
        gone = [path for path in changes.removed if path.startswith(f"{KIND.lower()}-")]
        if gone:
            message = (
                f"lacks definitions that clusters have ({', '.join(gone[:3])}{', ...' if len(gone) > 3 else ''}): "
                "CRDs are only ever added to, because all objects of a kind go with its definition"
            )
            raise wrong("MR081", message, file=crds.path)
        folders.append(FolderChanges(files, changes))
    return folders


def vendored_definitions(reader: Reader, specs: ClusterSpecs) -> tuple[Resource, ...]:
    """Returns the definitions of the file that a cluster's `spec.crds` names; none where it names none, or no file.

    Raises `InputError` for a file that is no YAML. Whether it is the one that was vendored is for rendering to say.
    """
    crds = specs.settings.crds
    if crds is None or not reader.is_file(crds.path):
        return ()
    return _definitions(crds.path, reader.read(crds.path))


@lru_cache(maxsize=4)
def _definitions(path: str, text: bytes) -> tuple[Resource, ...]:
    found = (Resource(one.data, one.place) for one in parse_documents(text, path) if isinstance(one.data, dict))
    return tuple(one for one in found if one.kind == KIND)


def _bundle(reader: Reader, crds: Crds, delivery: Delivery) -> Bundle:
    digest = hashlib.sha256(reader.read(crds.path)).hexdigest()
    if digest != crds.sha256.lower():
        message = f"is not the file that was vendored: its SHA-256 is {digest}, spec.crds.sha256 says {crds.sha256}"
        raise wrong("MR083", message, file=crds.path)
    found = resources(reader, crds.path)
    if not found:
        raise wrong("MR084", "holds no CustomResourceDefinition", file=crds.path)
    others = [resource for resource in found if resource.kind != KIND]
    if others:
        message = f"only CustomResourceDefinitions belong in {crds.path}"
        raise InputError(Finding("MR084", message, file=crds.path, object=resource.title) for resource in others)
    return crds_bundle(found, delivery)
