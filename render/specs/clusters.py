"""Clusters as typed specs: every overlay built, each object checked once a run, and what must hold between objects."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from render.errors import InputError, wrong
from render.finding import Finding, in_order
from render.kustomize import build
from render.kustomize.locate import finding, where
from render.kustomize.problem import Problem
from render.kustomize.read import resources
from render.kustomize.reader import Reader, TextReader
from render.kustomize.resource import Resource
from render.messages import did_you_mean, short
from render.specs.check import CheckedObject, Identity, check
from render.specs.fleet import FILE as FLEET_FILE
from render.specs.fleet import is_waived, matching_folders, overlay_folders
from render.specs.fleet_releases import Catalog, fleet_catalog
from render.specs.istio_operator.parts import cni_agents, control_planes, ztunnels
from render.specs.kinds import Cluster, ClusterSpecs, Fleet
from render.specs.required_version import other_program_first
from render.specs.settings import cluster_settings
from render.yamlio.location import value_at

CLUSTER_FILE = "cluster.yaml"
STREAM = "-"
NAME = ("metadata", "name")
CLUSTER = ("meshrev.io/v1alpha1", "Cluster")
# The only error that a waiver can accept; the others say what cannot be rendered.
WAIVABLE = "MR060"


@dataclass(slots=True)
class SpecsCache:
    """What one run has built, checked and reported already.

    Objects are known by identity: Kustomize hands the same object to every cluster that does not patch it, and
    each entry keeps its object alive. `catalogs` are what the charts in each folder of the fleet add. `peers` are the
    Clusters of overlays that were read for another one alone, by folder; `peers_built` is what their builds read, of
    which warnings are for their own reading to tell.
    `allow_unknown_values` makes warnings of values that nobody knows; with `any_program` specs may ask for another
    version of the program, as those of an old commit do.
    """

    built: build.BuildCache = field(default_factory=build.BuildCache)
    checked: dict[tuple[int, str], CheckedObject] = field(default_factory=dict)
    catalogs: dict[str, Catalog] = field(default_factory=dict)
    findings: dict[int, list[Finding]] = field(default_factory=dict)
    peers: dict[str, Cluster | None] = field(default_factory=dict)
    peers_built: build.BuildCache = field(default_factory=build.BuildCache)
    allow_unknown_values: bool = False
    any_program: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """An overlay as far as it could be read; `specs` is None where a finding is an error."""

    folder: str
    cluster: Cluster | None
    specs: ClusterSpecs | None
    findings: list[Finding]

    @property
    def name(self) -> str:
        return self.cluster.name if self.cluster else posixpath.basename(self.folder)


@dataclass(frozen=True, slots=True)
class NamedOverlays:
    """The overlays of named clusters, and a finding for each name that no cluster has."""

    overlays: list[Overlay]
    missing: list[Finding]


class ClusterReading(NamedTuple):
    """A cluster as its specs say it, and warnings about them."""

    specs: ClusterSpecs
    warnings: list[Finding]


def load_cluster(reader: Reader, fleet: Fleet, folder: str, cache: SpecsCache) -> ClusterReading:
    """Returns the specs of the cluster that an overlay describes, and warnings.

    Raises `InputError` with every error of that overlay.
    """
    (specs,), warnings = _all_or_errors(reader, [_load(reader, fleet, folder, cache)])
    return ClusterReading(specs, warnings)


class ClusterReadings(NamedTuple):
    """Clusters as their specs say them, and warnings about those."""

    specs: list[ClusterSpecs]
    warnings: list[Finding]


def load_clusters(reader: Reader, fleet: Fleet, cache: SpecsCache, names: Collection[str] = ()) -> ClusterReadings:
    """Returns the specs of every cluster, or of those named, in the order of their folders, and warnings.

    Raises `InputError` with every error of all of them, and for a name that no cluster has. Where only some are
    named, errors of the others are not looked for.
    """
    if not names:
        folders = overlay_folders(reader, fleet)
        return _all_or_errors(reader, [_load(reader, fleet, folder, cache) for folder in folders])
    found = overlays_named(reader, fleet, cache, names)
    if found.missing:
        raise InputError(found.missing)
    return _all_or_errors(reader, found.overlays)


def overlays_named(reader: Reader, fleet: Fleet, cache: SpecsCache, names: Iterable[str]) -> NamedOverlays:
    """Returns the overlays of the named clusters, in the order of their folders, as far as they can be read.

    An overlay in which no Cluster can be read counts as the cluster that its folder is called like. Raises `InputError`
    where the fleet has no overlay.
    """
    folders, wanted = overlay_folders(reader, fleet), frozenset(names)
    # A folder is usually called like its cluster: the others are read only where that finds too few.
    loaded = {path: _load(reader, fleet, path, cache) for path in folders if posixpath.basename(path) in wanted}
    if not wanted <= {overlay.name for overlay in loaded.values()}:
        loaded |= {path: _load(reader, fleet, path, cache) for path in folders if path not in loaded}
    known = {overlay.name for overlay in loaded.values()}
    overlays = [loaded[path] for path in folders if path in loaded and loaded[path].name in wanted]
    return NamedOverlays(overlays, [_no_cluster(name, known) for name in sorted(wanted - known)])


def load_stream(reader: Reader, fleet: Fleet, name: str, text: bytes, cache: SpecsCache) -> ClusterReading:
    """Returns the specs of the cluster `name` from a text of documents, such as `kustomize build` prints, and warnings.

    The Cluster object is in the text, or in `cluster.yaml` of the overlay's folder of that name.
    Raises `InputError` with every error; the file that they name is `-`.
    """
    given = TextReader(reader, {STREAM: text})
    found = resources(given, STREAM)
    if not found:
        raise wrong("MR069", "holds no object: did the program that should have written it fail?", file=STREAM)
    return load_built(given, fleet, name, found, cache)


def load_built(given: Reader, fleet: Fleet, name: str, built: Iterable[Resource], cache: SpecsCache) -> ClusterReading:
    """As `load_stream`, from objects; `given` reads the texts that they were written in."""
    folder = next((path for path in matching_folders(given, fleet) if posixpath.basename(path) == name), STREAM)
    loaded = _read_overlay(given, fleet, folder, built, cache)
    if loaded.cluster and loaded.cluster.name != name:
        message = f"is not the cluster that was asked for, {short(name)}"
        problem = Problem("MR063", message, loaded.cluster.resource, ("metadata", "name"))
        raise InputError([*loaded.findings, finding(problem, given)])
    (specs,), warnings = _all_or_errors(given, [loaded])
    return ClusterReading(specs, warnings)


def _load(reader: Reader, fleet: Fleet, folder: str, cache: SpecsCache) -> Overlay:
    told = frozenset(cache.built.warnings)
    try:
        loaded = _read_overlay(reader, fleet, folder, build.build(reader, folder, cache.built), cache)
    except InputError as error:
        return Overlay(folder, None, None, error.findings)
    loaded.findings.extend(item for item in cache.built.warnings - told if not _is_waived(item, fleet))
    return loaded


def _read_overlay(reader: Reader, fleet: Fleet, folder: str, built: Iterable[Resource], cache: SpecsCache) -> Overlay:
    """Returns the objects of one cluster, checked one by one and against each other."""
    built = tuple(built)
    beside_built = _cluster_file(reader, folder, built)
    known = _catalog(reader, fleet, [*built, *beside_built], cache)
    items = [_check(resource, cache, known) for resource in built]
    beside = [_check(resource, cache, known) for resource in beside_built]
    findings = [_not_listed(item, reader) for item in beside if item.kind != "Cluster"]
    items += [item for item in beside if item.kind == "Cluster"]
    by_kind: dict[str | None, list[CheckedObject]] = {}
    seen: dict[Identity, CheckedObject] = {}
    for item in items:
        by_kind.setdefault(item.kind, []).append(item)
        if seen.setdefault(item.identity, item) is not item and item.kind != "Cluster":
            findings.append(_twice(seen[item.identity], item, reader))
        if item.problems:
            findings += _findings(item, reader, cache)
    clusters = by_kind.get("Cluster", [])
    findings += [_second_cluster(clusters[0], item, reader) for item in clusters[1:]]
    if not clusters:
        findings.append(_no_cluster_here(folder))
    findings += [_not_of_a_cluster(item, reader) for kind in _OF_THE_FLEET for item in by_kind.get(kind, [])]
    findings = [item for item in findings if not _is_waived(item, fleet)]
    findings = other_program_first(findings)
    cluster: Cluster | None = clusters[0].spec if len(clusters) == 1 else None
    if cluster is None or any(item.severity == "error" for item in findings):
        return Overlay(folder, cluster, None, findings)
    peers = {one.name: one for one in peer_folders(reader, fleet, cluster, cache).values()}
    specs = _specs(fleet, cluster, folder, by_kind, known, peers)
    return Overlay(folder, cluster, replace(specs, patch_files=_patch_files(specs, reader)), findings)


def peer_folders(reader: Reader, fleet: Fleet, cluster: Cluster, cache: SpecsCache) -> dict[str, Cluster]:
    """Returns the Clusters that a cluster's topology names by the folders of their overlays, as far as the fleet has
    them and they can be read."""
    found: dict[str, Cluster] = {}
    names = set(cluster.topology.peers) if cluster.topology else set[str]()
    # A folder is usually called like its cluster: the others are read only where that finds too few.
    folders = matching_folders(reader, fleet) if names else []
    for folder in sorted(folders, key=lambda path: posixpath.basename(path) not in names):
        if not names:
            break
        peer = cluster_alone(reader, folder, cache)
        if peer and peer.name in names:
            names.remove(peer.name)
            found[folder] = peer
    return found


def cluster_alone(reader: Reader, folder: str, cache: SpecsCache) -> Cluster | None:
    """Returns the Cluster of an overlay of which nothing else is looked at; None where it cannot be read."""
    if folder not in cache.peers:
        cache.peers[folder] = _read_cluster(reader, folder, cache)
    return cache.peers[folder]


def _read_cluster(reader: Reader, folder: str, cache: SpecsCache) -> Cluster | None:
    try:
        built = build.build(reader, folder, cache.peers_built)
        beside = _cluster_file(reader, folder, built)
    except InputError:
        return None
    clusters = [one for one in (*built, *beside) if (one.api_version, one.kind) == CLUSTER]
    found: Cluster | None = check(clusters[0], any_program=True).spec if len(clusters) == 1 else None
    return found


def _catalog(reader: Reader, fleet: Fleet, built: Iterable[Resource], cache: SpecsCache) -> Catalog:
    """Returns what the charts of the cluster add that these objects describe."""
    folder = fleet.source.folder
    for resource in built:
        own = value_at(resource.data, "spec", "source", "path") if resource.kind == "Cluster" else None
        if isinstance(own, str):
            folder = posixpath.normpath(own)
    if folder not in cache.catalogs:
        cache.catalogs[folder] = fleet_catalog(reader, folder)
    return cache.catalogs[folder]


def _specs(
    fleet: Fleet,
    cluster: Cluster,
    folder: str,
    by_kind: Mapping[str | None, list[CheckedObject]],
    known: Catalog,
    peers: Mapping[str, Cluster],
) -> ClusterSpecs:
    def of(kind: str) -> tuple[Any, ...]:
        return tuple([item.spec for item in by_kind.get(kind, ())])

    operators = of("IstioOperator")
    return ClusterSpecs(
        cluster=cluster,
        folder=folder,
        settings=cluster_settings(fleet, cluster),
        istios=(*of("Istio"), *control_planes(operators)),
        revisions=of("IstioRevision"),
        tags=of("IstioRevisionTag"),
        cnis=(*of("IstioCNI"), *cni_agents(operators)),
        ztunnels=(*of("ZTunnel"), *ztunnels(operators)),
        operators=operators,
        mesh_gateways=of("MeshGateway"),
        namespaces=of("Namespace"),
        extra=tuple(item.resource for item in by_kind.get(None, ())),
        charts=known.charts,
        releases=known.releases,
        releases_file=known.releases_file,
        peers=peers,
    )


def _patch_files(specs: ClusterSpecs, reader: Reader) -> dict[str, bytes]:
    """Returns the files that patches of rendered objects name and that are there, in the overlay's folder or below."""
    entries = [*specs.cluster.patches, *(entry for istio in specs.istios for entry in istio.patches)]
    paths = {posixpath.normpath(entry["path"]) for entry in entries if "path" in entry}
    files = {path: f"{specs.folder}/{path}" for path in paths if not path.startswith(("/", ".."))}
    return {path: reader.read(file) for path, file in sorted(files.items()) if reader.is_file(file)}


def _all_or_errors(reader: Reader, loaded: list[Overlay]) -> ClusterReadings:
    findings = [item for one in loaded for item in one.findings] + list(_same_names(reader, loaded))
    if errors := [item for item in findings if item.severity == "error"]:
        raise InputError(errors)
    return ClusterReadings([one.specs for one in loaded if one.specs], in_order(findings))


def _check(resource: Resource, cache: SpecsCache, known: Catalog) -> CheckedObject:
    key = id(resource), known.charts.folder if known.charts else ""
    item = cache.checked.get(key)
    if item is None:
        item = cache.checked[key] = check(
            resource,
            allow_unknown_values=cache.allow_unknown_values,
            any_program=cache.any_program,
            known=known,
        )
    return item


def _findings(item: CheckedObject, reader: Reader, cache: SpecsCache) -> list[Finding]:
    """Returns the findings of one object, looked up in its files once a run."""
    key = id(item.resource)
    if key not in cache.findings:
        cache.findings[key] = [finding(problem, reader) for problem in item.problems]
    return cache.findings[key]


def _cluster_file(reader: Reader, folder: str, built: Iterable[Resource]) -> list[Resource]:
    """Returns what `cluster.yaml` beside the kustomization holds, unless the kustomization (or who built it) used
    it."""
    file = f"{folder}/{CLUSTER_FILE}"
    clusters = [one for one in built if (one.api_version, one.kind) == CLUSTER]
    if any(place.file in (file, STREAM) for cluster in clusters for place in (cluster.origin, *cluster.patches)):
        return []
    return resources(reader, file) if reader.is_file(file) else []


def _is_waived(found: Finding, fleet: Fleet) -> bool:
    return (found.severity != "error" or found.code == WAIVABLE) and is_waived(fleet, found.code, found.object or "")


def _twice(first: CheckedObject, second: CheckedObject, reader: Reader) -> Finding:
    message = f"is there twice in this cluster; the other one is in {_at(first, reader)}"
    return finding(Problem("MR064", message, second.resource, NAME), reader)


def _second_cluster(first: CheckedObject, second: CheckedObject, reader: Reader) -> Finding:
    message = f"is a second Cluster in one overlay, and an overlay is one cluster; the first is in {_at(first, reader)}"
    return finding(Problem("MR066", message, second.resource, NAME), reader)


def _not_listed(item: CheckedObject, reader: Reader) -> Finding:
    message = f"only a Cluster is read from {CLUSTER_FILE} (list the file in kustomization.yaml to use the rest)"
    return finding(Problem("MR065", message, item.resource, ("kind",)), reader)


def _no_cluster_here(folder: str) -> Finding:
    message = "no object of kind Cluster (meshrev.io/v1alpha1) says which cluster this is"
    if folder == STREAM:
        way = f"add one to the stream, or write {CLUSTER_FILE} in the overlay folder of that name"
    else:
        way = f"write {CLUSTER_FILE} in this folder"
    return Finding("MR065", f"{message}: {way}", file=folder)


# Kinds that speak of all clusters, with the code of a finding where one is in an overlay, and what it says.
_OF_THE_FLEET = {
    "Fleet": ("MR056", f"a Fleet belongs in {FLEET_FILE} at the fleet's root, not in an overlay"),
    "RevisionRollout": (
        "MR341",
        "a RevisionRollout belongs in the folder rollouts/ at the fleet's root, not in an overlay",
    ),
}


def _not_of_a_cluster(item: CheckedObject, reader: Reader) -> Finding:
    code, message = _OF_THE_FLEET[item.resource.kind]
    return finding(Problem(code, message, item.resource, ("kind",)), reader)


def _same_names(reader: Reader, loaded: list[Overlay]) -> Iterator[Finding]:
    seen: dict[str, Overlay] = {}
    for one in loaded:
        if one.cluster and seen.setdefault(one.cluster.name, one) is not one:
            other = seen[one.cluster.name].folder
            message = f"another cluster has this name already, in {other} (each has a folder of its name in the tree)"
            yield finding(Problem("MR055", message, one.cluster.resource, NAME), reader)


def _no_cluster(name: str, known: Iterable[str]) -> Finding:
    known = sorted(known)
    guess = did_you_mean(name, known) or f" (known: {', '.join(known)})"
    return Finding("MR063", f"there is no cluster {short(name)}{guess}")


def _at(item: CheckedObject, reader: Reader) -> str:
    file, line, _ = where(item.resource, NAME, reader)
    return f"{file}:{line}"
