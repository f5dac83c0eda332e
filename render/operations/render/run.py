"""Render and check: every cluster through the rooms, and then all of them written or none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from render.areas import RESERVED
from render.errors import InputError
from render.finding import Finding
from render.git.trees import Repository
from render.operations.render.fleet import OpenFleet, open_fleet
from render.operations.render.input_digest import now, read_note
from render.operations.render.previous_run import PreviousRun
from render.operations.render.result import LEFT_BEHIND, ClusterResult, FleetResult, Progress
from render.plan.topology.members import MeshMember
from render.specs.fleet import is_waived
from render.specs.kinds import Crds
from render.specs.required_version import NOT_MET
from render.tree.store.drift import about_strangers, strangers
from render.tree.store.journal import commit
from render.tree.store.read_inventory import rendered_clusters

if TYPE_CHECKING:
    from render.operations.render.meshes import MeshFinding
    from render.operations.render.workers import OverlayResult


def render(
    root: Path,
    names: Sequence[str] = (),
    stream: bytes | None = None,
    progress: Progress | None = None,
    *,
    allow_unknown_values: bool = False,
) -> FleetResult:
    """Write the trees of the named clusters of the fleet in `root`, of all when none is named; of one, from a stream of
    documents.

    Raises `InputError` with everything that is wrong in any of them; then nothing is written.
    """
    began = now()
    opened = open_fleet(root, allow_unknown_values=allow_unknown_values)
    with opened.lock() as recovered:
        before = PreviousRun(opened, read_note(opened.output), began)
        current: dict[str, str] = {}
        if stream is not None:
            from render.operations.render.workers import work_on_stream

            worked = work_on_stream(opened, names[0], stream)
        else:
            overlays = opened.overlays(names)
            current = {} if names else before.current(overlays)
            worked = _work(
                opened, [overlay for overlay in overlays if overlay not in current], names, progress, write=True
            )
        _stop_on_errors(worked, current)
        meshes = _mesh_findings(opened, worked, before.members(current))
        shared = _shared_crds(opened, before.crds_to_look_at(worked, current), write=True)
        delivery: list[OverlayResult] = []
        if opened.fleet.handover.follows_trees or not (names or before.delivery_is_current()):
            delivery = _delivery(opened, worked, write=True)
        commit(opened.output, [one.staged for one in (*shared, *delivery, *worked) if one.staged])
        if not names:
            before.remember(worked, shared, current, delivery, meshes)
        result = _result(opened, worked, (*shared, *delivery), current, recovered, whole=not names)
        return replace(result, findings=(*result.findings, *(one.finding for one in meshes)))


def render_delivery(root: Path) -> tuple[ClusterResult, ...]:
    """Write what the fleet in `root` gives its controller once, by the trees as they lie there."""
    opened = open_fleet(root)
    with opened.lock():
        delivery = _delivery(opened, (), write=True)
        commit(opened.output, [one.staged for one in delivery if one.staged])
    return tuple(one.result for one in delivery if one.result)


def check(
    root: Path,
    names: Sequence[str] = (),
    progress: Progress | None = None,
    *,
    base: str | None = None,
    allow_unknown_values: bool = False,
) -> FleetResult:
    """Returns what `render` would change. Writes nothing, and believes nothing that an earlier run noted.

    Frozen revisions are compared with HEAD and its history, or with those of the git revision `base`. Raises
    `InputError` as `render` does, where a frozen revision is not as a commit rendered it, and where there is no `base`.
    """
    return check_opened(open_fleet(root, allow_unknown_values=allow_unknown_values), names, progress, base)


def check_opened(
    opened: OpenFleet, names: Sequence[str] = (), progress: Progress | None = None, base: str | None = None
) -> FleetResult:
    """As `check`; afterwards `opened.reader.outside` says what was read outside of the overlays."""
    with opened.hold_off_writers():
        worked = _work(opened, opened.overlays(names), names, progress, write=False)
        _stop_on_errors(worked, {})
        meshes = _mesh_findings(opened, worked, {})
        shared = _shared_crds(opened, {one.crds for one in worked if one.crds}, write=False)
        whole = not names or opened.fleet.handover.follows_trees
        delivery = _delivery(opened, worked, write=False) if whole else []
        notes = _frozen_notes(opened, worked, base)
        if base is not None and (unchecked := _unchecked_changes(opened, worked, base)):
            raise InputError(unchecked)
        result = _result(opened, worked, (*shared, *delivery), {}, None, whole=not names)
        return replace(result, findings=(*result.findings, *(one.finding for one in meshes), *notes))


def _mesh_findings(
    opened: OpenFleet, worked: Iterable[OverlayResult], current: Mapping[str, MeshMember]
) -> list[MeshFinding]:
    """Returns what clusters of a mesh say that does not go together: those that were worked on, and others that are as
    they were left. `InputError` where that keeps them from working."""
    members = [one.member for one in worked if one.member]
    if not members:
        return []
    from render.operations.render.meshes import mesh_findings

    found = mesh_findings(opened, [*members, *current.values()])
    if errors := [one.finding for one in found if one.finding.severity == "error"]:
        raise InputError(errors)
    return [one for one in found if not is_waived(opened.fleet, one.finding.code, one.finding.object or "")]


def _frozen_notes(opened: OpenFleet, worked: Iterable[OverlayResult], base: str | None) -> list[Finding]:
    """Notes on frozen revisions. `InputError` with all that are not as a commit rendered them."""
    from render.operations.render.frozen import Frozen, frozen_findings  # git's history: not for render

    frozen = [Frozen(one.result.name, revision) for one in worked if one.result for revision in one.frozen]
    findings = frozen_findings(opened, frozen, base)
    if errors := [found for found in findings if found.severity == "error"]:
        raise InputError(errors)
    return findings


def _unchecked_changes(opened: OpenFleet, worked: Iterable[OverlayResult], base: str) -> list[Finding]:
    """Returns an error for each tree that is not as in `base` and that this program does not check, because its cluster
    asks for another version: else a change could keep its own tree from being looked at."""
    left = [one.result.folder for one in worked if one.result and NOT_MET in {f.code for f in one.result.findings}]
    if not left:
        return []
    with Repository(opened.root) as repository:
        before = repository.files(repository.side(base), left)
        now = repository.files(repository.side(None), left)
    changed = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
    message = (
        f"is not as in {base}, and its cluster asks for another version of meshrev (requiredVersion), so nobody has "
        "checked it: run the check with that version"
    )
    first = {folder: next((path for path in changed if path.startswith(f"{folder}/")), None) for folder in left}
    return [Finding(NOT_MET, message, "error", file=path) for path in first.values() if path]


def _work(
    opened: OpenFleet, overlays: Sequence[str], names: Sequence[str], progress: Progress | None, *, write: bool
) -> list[OverlayResult]:
    if not overlays:
        return []
    from render.operations.render.workers import work_on  # templates and schemas: only for what is not as it was left

    return work_on(opened, overlays, progress or _silent, write=write, named=bool(names))


def _silent(_done: int, _of: int, _doing: str = "") -> None:
    pass


def _shared_crds(opened: OpenFleet, used: Collection[Crds], *, write: bool) -> list[OverlayResult]:
    if not used:
        return []
    from render.operations.render.workers import work_on_shared

    return work_on_shared(opened, used, write=write)


def _delivery(opened: OpenFleet, worked: Collection[OverlayResult], *, write: bool) -> list[OverlayResult]:
    from render.operations.render.workers import work_on_delivery

    return work_on_delivery(opened, worked, write=write)


def _stop_on_errors(worked: Iterable[OverlayResult], current: Mapping[str, str]) -> None:
    """Raises an `InputError` with the errors of all clusters, two clusters of one name among them."""
    errors: list[Finding] = []
    overlay_of = {name: overlay for overlay, name in current.items()}
    for one in worked:
        errors += one.errors
        if one.result:
            other = overlay_of.setdefault(one.result.name, one.overlay)
            if other != one.overlay:
                message = f"is named {one.result.name}, and so is the cluster of {other}: each needs a name of its own"
                errors.append(Finding("MR055", message, file=one.overlay))
    if errors:
        raise InputError(errors)


def _result(
    opened: OpenFleet,
    worked: Iterable[OverlayResult],
    shared: Iterable[OverlayResult],
    current: Mapping[str, str],
    recovered: str | None,
    *,
    whole: bool,
) -> FleetResult:
    """Returns all results in the order of their overlays; of a whole fleet also what lies in the output beside the
    clusters."""
    output = opened.fleet.output
    found = {overlay: ClusterResult(name, f"{output}/{name}") for overlay, name in current.items()}
    found |= {one.overlay: one.result for one in worked if one.result}
    clusters = tuple(result for _, result in sorted(found.items()))
    findings: list[Finding] = []
    if whole:
        ours = {cluster.name for cluster in clusters}
        left = [name for name in rendered_clusters(opened.output) if name not in ours]
        message = (
            "no overlay describes this cluster any more, so its folder stays as it is: bring the overlay back, or take "
            "the folder away too once nothing syncs it (`meshrev retire --cluster`, or `git rm` in the same commit)"
        )
        findings += [Finding(LEFT_BEHIND, message, file=f"{output}/{name}") for name in left]
        findings += about_strangers(opened.output, "", strangers(opened.output, {*ours, *left, *RESERVED}))
    return FleetResult(clusters, tuple(one.result for one in shared if one.result), tuple(findings), recovered)
