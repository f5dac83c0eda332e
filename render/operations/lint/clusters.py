"""What lint finds in each cluster by itself: in its specs, its plan and its objects."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from render.errors import InputError
from render.finding import Finding
from render.git.trees import Repository, Side
from render.hazards.data import every_hazard
from render.kustomize.locate import finding
from render.lint import registry
from render.lint.rules import defaults, delivery
from render.operations.lint.view import CommittedTree, OnDisk, tree_of, view
from render.operations.observe.freshness import observations_folder
from render.operations.render.cluster import has_errors
from render.operations.render.crds import vendored_definitions
from render.operations.render.fleet import OpenFleet, open_fleet
from render.operations.render.pool import map_shares
from render.operations.render.result import Progress
from render.plan.topology.members import MeshMember, mesh_member
from render.specs.check import check
from render.specs.clusters import WAIVABLE, load_cluster
from render.specs.kinds import ClusterSpecs
from render.specs.required_version import NOT_MET
from render.tree.store.fleet_folder import FleetFolder


@dataclass(frozen=True, slots=True)
class OverlayReport:
    """One overlay that was looked at; `names` is None where its specs or its plan are wrong, `destination` also where
    Argo CD does not deliver it. `frozen` are names of revisions."""

    cluster: str
    findings: tuple[Finding, ...]
    names: defaults.Names | None = None
    unread: bool = False
    frozen: tuple[str, ...] = ()
    destination: delivery.Destination | None = None
    is_of_flux: bool = False
    member: MeshMember | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """What one process looks at clusters with. `base` has the trees that they are compared with, None where that is the
    tree as it lies."""

    opened: OpenFleet
    names: Sequence[str]
    today: str | None
    base: tuple[Repository, Side] | None
    observed: FleetFolder


def look_at_all(
    opened: OpenFleet,
    overlays: Sequence[str],
    names: Sequence[str],
    today: str | None,
    base: str | tuple[Repository, Side] | None,
    observed: str | None,
    progress: Progress | None,
) -> Iterator[OverlayReport]:
    """Yields what was looked at of each overlay, in order. What is wrong in a file that many share is told once, of the
    first of them."""
    done = 0
    told: set[Finding] = set()
    with _side(opened.root, base) as side:
        begin = partial(
            _begin,
            opened.root,
            names,
            today,
            (side[0].root, side[1]) if side else None,
            observed,
            opened.cache.allow_unknown_values,
        )
        here = _work(opened, names, today, side, observed)
        for looked, of_shared in map_shares(begin, _look_at_share, here, overlays):
            for one in looked:
                yield replace(one, findings=tuple(found for found in one.findings if found not in told))
                told |= of_shared.intersection(one.findings)
            done += len(looked)
            if progress:
                progress(done, len(overlays))


def _begin(
    root: Path,
    names: Sequence[str],
    today: str | None,
    base: tuple[Path, Side] | None,
    observed: str | None,
    allow_unknown_values: bool,
) -> _Work:
    """Opens the fleet in a process of its own, and keeps the repository of the base open until that ends."""
    opened = open_fleet(root, allow_unknown_values=allow_unknown_values)
    side = (Repository(base[0]), base[1]) if base else None
    return _work(opened, names, today, side, observed)


def _work(
    opened: OpenFleet,
    names: Sequence[str],
    today: str | None,
    side: tuple[Repository, Side] | None,
    observed: str | None,
) -> _Work:
    # What lint accepts is for lint to say, with the day: reading the specs must leave out nothing but what it waives.
    fleet = replace(opened.fleet, waivers=tuple(one for one in opened.fleet.waivers if one.code == WAIVABLE))
    return _Work(replace(opened, fleet=fleet), names, today, side, observations_folder(opened, observed))


def _look_at_share(work: _Work, overlays: Sequence[str]) -> tuple[list[OverlayReport], frozenset[Finding]]:
    """Returns what was looked at of each overlay, and what was found in files that they share."""
    return [_look_at(work, overlay) for overlay in overlays], frozenset(work.opened.cache.built.warnings)


@contextmanager
def _side(root: Path, base: str | tuple[Repository, Side] | None) -> Iterator[tuple[Repository, Side] | None]:
    if isinstance(base, str):
        with Repository(root) as repository:
            yield repository, repository.side(base)
    else:
        yield base


def _look_at(work: _Work, overlay: str) -> OverlayReport:
    opened = work.opened
    try:
        specs, warnings = load_cluster(opened.reader, opened.fleet, overlay, opened.cache)
        every_hazard(specs.releases_file)  # a condition that cannot be read is like a field that cannot
    except InputError as error:
        return _unread(overlay, error, work.names)
    name = specs.cluster.name
    findings = [*warnings, *_secrets(opened, specs)]
    try:
        pipeline = opened.pipeline(specs)
        problems = pipeline.problems
        if has_errors(pipeline.planning_problems):
            return OverlayReport(name, (*findings, *map(opened.locate, problems)))
        before: CommittedTree = OnDisk(pipeline.folder, pipeline.previous)
        if work.base is not None:
            before = tree_of(*work.base, opened.fleet.output, name)
        definitions = vendored_definitions(opened.reader, specs)
        prepared = view(opened.fleet, pipeline, before, work.observed, work.today, definitions)
        problems = (*problems, *registry.problems(prepared))
    except InputError as error:
        return OverlayReport(name, (*findings, *error.findings))
    return OverlayReport(
        name,
        (*findings, *map(opened.locate, problems)),
        defaults.names(prepared),
        frozen=pipeline.plan.frozen,
        destination=delivery.destination(prepared),
        is_of_flux=prepared.settings.delivery == "flux",
        member=mesh_member(pipeline.plan),
    )


def _unread(overlay: str, error: InputError, names: Sequence[str]) -> OverlayReport:
    """Specs that cannot be read; where only another version of this program can, that is a warning, as for render."""
    name = posixpath.basename(overlay)
    if names or {found.code for found in error.findings} != {NOT_MET}:
        return OverlayReport(name, tuple(error.findings), unread=True)
    message = "{}; not looked at"
    return OverlayReport(
        name, tuple(replace(one, severity="warning", message=message.format(one.message)) for one in error.findings)
    )


def _secrets(opened: OpenFleet, specs: ClusterSpecs) -> Iterator[Finding]:
    """Yields the findings that a waiver keeps from the specs' own reading: whether it still may is judged by the
    day."""
    for resource in specs.extra:
        if (resource.api_version, resource.kind) == ("v1", "Secret"):
            for problem in check(resource).problems:
                if problem.code == WAIVABLE:
                    yield finding(problem, opened.reader)
