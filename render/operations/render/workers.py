"""Overlays through the rooms, many at once.

Each process stages its clusters' new files beside the tree itself, so that only small results travel.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from render.areas import SHARED
from render.errors import InputError
from render.finding import Finding
from render.logs import RENDER
from render.manifests.argocd import CLUSTER_FILE
from render.operations.render.cluster import render_cluster
from render.operations.render.crds import shared_crds
from render.operations.render.delivery_files import fleet_delivery
from render.operations.render.fleet import OpenFleet, open_fleet
from render.operations.render.pool import map_shares
from render.operations.render.result import ClusterResult, Progress
from render.plan.topology.members import MeshMember, mesh_member
from render.specs.clusters import load_cluster
from render.specs.kinds import ClusterSpecs, Crds
from render.specs.required_version import NOT_MET
from render.tree.store.drift import about_strangers
from render.tree.store.staging import StagedFolder, stage


@dataclass(frozen=True, slots=True)
class OverlayResult:
    """One overlay that was worked on: what comes of it, and what is staged; or what is wrong with it. `frozen` are
    names of revisions, `argocd` is the file that Argo CD reads, None without one, `seconds` is how long it took,
    `member` is what the cluster is to others of its mesh."""

    overlay: str
    result: ClusterResult | None
    staged: StagedFolder | None = None
    crds: Crds | None = None
    frozen: tuple[str, ...] = ()
    errors: tuple[Finding, ...] = ()
    argocd: bytes | None = None
    seconds: float = 0.0
    member: MeshMember | None = None


def work_on(
    opened: OpenFleet, overlays: Sequence[str], progress: Progress, *, write: bool, named: bool
) -> list[OverlayResult]:
    """Works on every overlay, in order. With `write` the new files are staged; call it inside the lock then.

    A cluster that needs another version of meshrev is left as it is and told of, unless it was `named`: so a new
    version reaches clusters one by one.

    What was read outside the overlays, by whichever process, is in `opened.reader.outside` afterwards.
    """
    worked: list[OverlayResult] = []
    for share in _shares(opened, overlays, write, named):
        for one in share:
            RENDER.info("%s", one.overlay, extra={"seconds": one.seconds})
        worked += share
        progress(len(worked), len(overlays))
    return worked


def work_on_stream(opened: OpenFleet, name: str, text: bytes) -> list[OverlayResult]:
    """Works on the one cluster whose specs are the documents of a text; its new files are staged."""
    opened = opened.with_stream(text)
    return [_work(opened, "-", lambda: opened.specs_from_stream(name, text), write=True)]


def work_on_shared(opened: OpenFleet, used: Iterable[Crds], *, write: bool) -> list[OverlayResult]:
    """Works on the vendored definitions that clusters share, each folder compared and staged like a cluster's."""
    found = []
    for files, changes in shared_crds(opened.reader, opened.fleet.delivery, used, opened.output):
        folder = f"{opened.fleet.output}/{files.cluster}"
        result = ClusterResult(files.cluster, folder, changes.added, changes.changed, changes.removed)
        staged = stage(opened.output, _stage(), files, changes) if write and result.differs else None
        found.append(OverlayResult("", result, staged))
    return found


def work_on_delivery(opened: OpenFleet, worked: Collection[OverlayResult], *, write: bool) -> list[OverlayResult]:
    """Works on what the fleet gives its controller once, compared and staged like a cluster's folder. `worked` are the
    clusters that are just rendered."""
    rendered = {one.result.name: one.argocd for one in worked if one.result and NOT_MET not in _codes(one)}
    has_shared = any(one.crds for one in worked) or (opened.output / SHARED).is_dir()
    found = []
    for files, changes in fleet_delivery(opened.fleet, opened.output, rendered, has_shared=has_shared):
        strangers = tuple(about_strangers(opened.output, files.cluster, changes.strangers))
        folder = f"{opened.fleet.output}/{files.cluster}"
        result = ClusterResult(files.cluster, folder, changes.added, changes.changed, changes.removed, strangers)
        staged = stage(opened.output, _stage(), files, changes) if write and result.differs else None
        if files.files or result.differs:
            found.append(OverlayResult("", result, staged))
    return found


def _codes(one: OverlayResult) -> set[str]:
    return {found.code for found in one.result.findings} if one.result else set()


def _shares(opened: OpenFleet, overlays: Sequence[str], write: bool, named: bool) -> Iterator[list[OverlayResult]]:
    begin = partial(open_fleet, opened.root, allow_unknown_values=opened.cache.allow_unknown_values)
    work = partial(_work_share, write=write, named=named)
    for worked, outside in map_shares(begin, work, opened, overlays):
        opened.reader.outside.update(outside)
        yield worked


def _work_share(
    opened: OpenFleet, overlays: Sequence[str], *, write: bool, named: bool
) -> tuple[list[OverlayResult], set[str]]:
    return [_work_overlay(opened, overlay, write, named) for overlay in overlays], opened.reader.outside


def _work_overlay(opened: OpenFleet, overlay: str, write: bool, named: bool) -> OverlayResult:
    opened = opened.for_overlay(overlay)
    began = time.perf_counter()
    worked = _work(
        opened, overlay, lambda: load_cluster(opened.reader, opened.fleet, overlay, opened.cache), write=write
    )
    worked = replace(worked, seconds=time.perf_counter() - began)  # told by the parent: a worker has no log
    return worked if named else _leave_to_another_version(opened, worked)


def _leave_to_another_version(opened: OpenFleet, worked: OverlayResult) -> OverlayResult:
    """An overlay in which nothing is wrong but the version of this program becomes one that is left as it is."""
    if {error.code for error in worked.errors} != {NOT_MET}:
        return worked
    name = str(worked.errors[0].object).rpartition("/")[2]
    findings = tuple(replace(e, severity="warning", message=f"{e.message}; left as it is") for e in worked.errors)
    return OverlayResult(worked.overlay, ClusterResult(name, f"{opened.fleet.output}/{name}", findings=findings))


def _work(
    opened: OpenFleet, overlay: str, load: Callable[[], tuple[ClusterSpecs, list[Finding]]], *, write: bool
) -> OverlayResult:
    """Takes one cluster through all rooms, and puts its new files beside the tree when they are to be written."""
    try:
        specs, warnings = load()
        made = render_cluster(opened.fleet, specs, opened.output, opened.locate, opened.committed_folders)
        name, changes = specs.cluster.name, made.changes
        findings = (*warnings, *made.findings)
        folder = f"{opened.fleet.output}/{name}"
        result = ClusterResult(name, folder, changes.added, changes.changed, changes.removed, findings)
        # Two clusters of one name are refused when all are known; only the first of them is staged.
        differs = write and result.differs and opened.staged.setdefault(name, overlay) == overlay
        staged = stage(opened.output, _stage(), made.files, changes) if differs else None
    except InputError as error:
        return OverlayResult(overlay, None, errors=tuple(error.findings))
    noted = made.files.files.get(CLUSTER_FILE)
    argocd = noted.data if noted else None
    member = mesh_member(made.plan)
    return OverlayResult(overlay, result, staged, made.crds, made.plan.frozen, argocd=argocd, member=member)


def _stage() -> str:
    """Returns a staging folder for each process, so that none meets what another stages."""
    return f"p{os.getpid()}"
