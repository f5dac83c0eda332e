"""Render and check: every cluster through the rooms, and then all of them written or none.

Clusters do not depend on each other, so many of them are shared out to one process a core. Each process
stages its clusters beside the tree; one of them decides and puts everything in its place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from render.errors import InputError
from render.finding import Finding
from render.operations.cluster import rendered
from render.operations.crds import crds_of, shared_crds
from render.operations.fleet import OpenFleet, open_fleet
from render.specs.clusters import load_cluster
from render.specs.fleet import overlay_folders
from render.specs.kinds import ClusterSpecs, Crds
from render.specs.rules import RESERVED
from render.tree.changes import about_strangers, strangers
from render.tree.inventory import rendered_clusters
from render.tree.journal import commit
from render.tree.lock import lock, reading
from render.tree.stage import stage
from render.tree.step import Staged

# Below this many clusters a second process costs more than it takes over (its start is about 0.2 s).
WORTH_A_PROCESS = 24
SHARE = 10  # clusters that a process takes at a time

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ClusterResult:
    """What was written to a cluster's folder, or would be. Paths are relative to `folder`."""

    name: str
    folder: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class FleetResult:
    """All clusters, the folders that they share, and what concerns none of them alone. `recovered`: `finished` or
    `undone`, where an earlier run was cut off."""

    clusters: tuple[ClusterResult, ...]
    shared: tuple[ClusterResult, ...]
    findings: tuple[Finding, ...]
    recovered: str | None


@dataclass(frozen=True, slots=True)
class _Worked:
    """One overlay that was worked on: what comes of it, and what is staged; or what is wrong with it."""

    overlay: str
    result: ClusterResult | None
    staged: Staged | None = None
    crds: Crds | None = None
    errors: tuple[Finding, ...] = ()


def render(names: Sequence[str] = (), stream: bytes | None = None, progress: Progress | None = None) -> FleetResult:
    """Write the tree of the named clusters, of all when none is named; of one, from a stream of documents.

    Raises `InputError` with everything that is wrong in any of them; then nothing is written. `progress` is
    told how many clusters are done, of how many.
    """
    opened = open_fleet()
    with lock(opened.output) as recovered:
        if stream is not None:
            worked = [_work(opened, "-", lambda: opened.specs_from_stream(names[0], stream), write=True)]
        else:
            worked = _all(opened, names, progress, write=True)
        _stop_on_errors(worked)
        shared = _shared(opened, worked, write=True)
        commit(opened.output, [one.staged for one in (*shared, *worked) if one.staged])
    return _result(opened, worked, shared, recovered, whole=not names)


def check(names: Sequence[str] = (), progress: Progress | None = None) -> FleetResult:
    """What `render` would change. Writes nothing, and believes nothing that an earlier run noted down.

    Raises `InputError` as `render` does.
    """
    opened = open_fleet()
    with reading(opened.output) as recovered:
        worked = _all(opened, names, progress, write=False)
        _stop_on_errors(worked)
        shared = _shared(opened, worked, write=False)
    return _result(opened, worked, shared, recovered, whole=not names)


def _all(opened: OpenFleet, names: Sequence[str], progress: Progress | None, *, write: bool) -> list[_Worked]:
    """Every wanted overlay, in order; the work of many is shared out to processes."""
    overlays = _overlays(opened, names)
    tell = progress or _silent
    processes = min(_cores(), len(overlays) // (WORTH_A_PROCESS // 2))
    if processes < 2:
        worked = []
        for overlay in overlays:
            worked.append(_work(opened, overlay, _loader(opened, overlay), write=write))
            tell(len(worked), len(overlays))
        return worked
    # Spawned, not forked: a library with threads of its own must not be copied in the middle of its work.
    with ProcessPoolExecutor(processes, get_context("spawn"), _start_worker) as pool:
        shares = [overlays[start : start + SHARE] for start in range(0, len(overlays), SHARE)]
        worked = []
        for share in pool.map(_work_share, shares, [write] * len(shares)):
            worked += share
            tell(len(worked), len(overlays))
        return worked


def _silent(_done: int, _of: int) -> None:
    pass


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _overlays(opened: OpenFleet, names: Sequence[str]) -> list[str]:
    """The overlays of the named clusters; an `InputError` for a name that no cluster has."""
    overlays = overlay_folders(opened.reader, opened.fleet)
    if not names:
        return overlays
    return [specs.folder for specs in opened.specs(names)[0]]


_opened: OpenFleet | None = None  # the fleet of a worker process, with the caches of all its shares


def _start_worker() -> None:
    global _opened
    _opened = open_fleet()


def _work_share(overlays: Sequence[str], write: bool) -> list[_Worked]:
    assert _opened is not None
    return [_work(_opened, overlay, _loader(_opened, overlay), write=write) for overlay in overlays]


Loader = Callable[[], tuple[ClusterSpecs, list[Finding]]]


def _loader(opened: OpenFleet, overlay: str) -> Loader:
    return lambda: load_cluster(opened.reader, opened.fleet, overlay, opened.cache)


def _work(opened: OpenFleet, overlay: str, load: Loader, *, write: bool) -> _Worked:
    """One cluster through all rooms, and its new files beside the tree when they are to be written."""
    try:
        specs, warnings = load()
        made = rendered(opened.fleet, specs, opened.output, opened.locate)
    except InputError as error:
        return _Worked(overlay, None, errors=tuple(error.findings))
    name, changes = specs.cluster.name, made.changes
    result = ClusterResult(
        name,
        f"{opened.fleet.output}/{name}",
        changes.added,
        changes.changed,
        changes.removed,
        (*warnings, *made.findings),
    )
    differs = write and result.differs
    staged = stage(opened.output, "new", made.files, changes) if differs else None
    return _Worked(overlay, result, staged, crds_of(opened.fleet, specs))


def _shared(opened: OpenFleet, worked: Iterable[_Worked], *, write: bool) -> list[_Worked]:
    """The definitions that the clusters share, compared and staged like a cluster."""
    used = [one.crds for one in worked if one.crds]
    found = []
    for files, changes in shared_crds(opened.reader, opened.fleet.delivery, used, opened.output):
        folder = f"{opened.fleet.output}/{files.cluster}"
        result = ClusterResult(files.cluster, folder, changes.added, changes.changed, changes.removed)
        differs = write and result.differs
        found.append(_Worked("", result, stage(opened.output, "new", files, changes) if differs else None))
    return found


def _stop_on_errors(worked: Iterable[_Worked]) -> None:
    """An `InputError` with the errors of all clusters, two clusters of one name among them."""
    errors: list[Finding] = []
    overlay_of: dict[str, str] = {}
    for one in worked:
        errors += one.errors
        if one.result:
            other = overlay_of.setdefault(one.result.name, one.overlay)
            if other != one.overlay:
                message = f"is named {one.result.name}, and so is the cluster of {other}: each needs a name of its own"
                errors.append(Finding("MR064", message, file=one.overlay))
    if errors:
        raise InputError(errors)


def _result(
    opened: OpenFleet, worked: Iterable[_Worked], shared: Iterable[_Worked], recovered: str | None, *, whole: bool
) -> FleetResult:
    """All results, and what lies in the output beside the clusters when all of them were worked on."""
    clusters = tuple(one.result for one in worked if one.result)
    findings: list[Finding] = []
    if whole:
        ours = {cluster.name for cluster in clusters}
        left = [name for name in rendered_clusters(opened.output) if name not in ours]
        message = "no overlay describes this cluster any more: its folder stays as it is until it is retired"
        findings += [Finding("MR099", message, "warning", file=f"{opened.fleet.output}/{name}") for name in left]
        findings += about_strangers(opened.output, "", strangers(opened.output, {*ours, *left, *RESERVED}))
    return FleetResult(clusters, tuple(one.result for one in shared if one.result), tuple(findings), recovered)
