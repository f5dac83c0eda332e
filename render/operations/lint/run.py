"""Lint: every cluster through the rules, and what is left once the fleet's severities and waivers are applied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from render.errors import InputError, wrong
from render.finding import Finding, in_order
from render.git.head import author_date
from render.git.index import hidden_paths
from render.git.trees import Repository, Side
from render.lint.rules import defaults, delivery
from render.lint.waivers import ClusterFinding, judge, weigh
from render.messages import value_text
from render.operations.lint.clusters import OverlayReport, look_at_all
from render.operations.render.cluster import damage_findings
from render.operations.render.fleet import OpenFleet, open_fleet
from render.operations.render.frozen import Frozen, frozen_findings
from render.operations.render.meshes import mesh_findings
from render.operations.render.result import Progress
from render.specs.kinds import Waiver
from render.tree.files import frozen_files
from render.tree.store.drift import damaged_files
from render.tree.store.read_inventory import read_inventory

SOURCE_IGNORE = ".sourceignore"


@dataclass(frozen=True, slots=True)
class LintResult:
    """`said` are the findings that are left, in the order of files, `waived` those that the fleet accepts.

    `unread` are clusters of which a spec is so wrong that no rule was asked. `today` is the day by which waivers
    and support were judged, None where neither the command nor a commit said one.
    """

    clusters: tuple[str, ...]
    said: tuple[ClusterFinding, ...]
    waived: tuple[tuple[ClusterFinding, Waiver], ...]
    unread: tuple[str, ...]
    today: str | None


def lint(
    root: Path,
    names: Sequence[str] = (),
    *,
    today: str | None = None,
    base: str | tuple[Repository, Side] | None = None,
    observed: str | None = None,
    allow_unknown_values: bool = False,
    progress: Progress | None = None,
) -> LintResult:
    """Look at the named clusters of the fleet in `root`, or at all. Writes nothing.

    `today` is an ISO date, the author's date of HEAD without it. `base` is the git revision whose tree the specs are
    compared with (or a side of a repository that is open), the working tree without it. `InputError` where there is no
    fleet, no such cluster or revision, and with a base where a frozen revision is not as a commit rendered it.
    """
    day = _day(root, today)
    opened = open_fleet(root, allow_unknown_values=allow_unknown_values)
    with opened.hold_off_writers():
        overlays = opened.overlays(names)
        looked = list(look_at_all(opened, overlays, names, day, base, observed, progress))
        if base is not None:
            _refuse_changed(opened, looked, base if isinstance(base, str) else base[1])
    fleet = opened.fleet
    between = [
        *_same_names(overlays, looked),
        *_beside_each_other(opened, looked),
        *_sourceignore_findings(opened, looked),
    ]
    judged = judge(_together(looked, between), fleet, day, whole=not names)
    about = [weigh(opened.locate(problem), fleet) for problem in judged.about]
    left = {said.finding: said for said in (*judged.left, *(ClusterFinding(one) for one in about if one))}
    unread = tuple(one.cluster for one in looked if one.unread)
    clusters = tuple(one.cluster for one in looked)
    return LintResult(clusters, tuple(left[one] for one in in_order(left)), judged.waived, unread, day)


def _day(root: Path, today: str | None) -> str | None:
    if today is None:
        authored = author_date(root)
        return authored.isoformat() if authored else None
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", today, re.ASCII):
            raise ValueError(today)
        return date.fromisoformat(today).isoformat()
    except ValueError:
        raise wrong("MR067", f"{value_text(today)} is not a day: write it as 2026-08-22", file="--today") from None


def _refuse_changed(opened: OpenFleet, looked: Iterable[OverlayReport], base: str | Side) -> None:
    """What a frozen revision's files say is believed only as far as `check` would: no waiver accepts less."""
    errors: list[Finding] = []
    frozen: list[Frozen] = []
    for one in looked:
        if one.frozen:
            inventory = read_inventory(opened.output, one.cluster)
            listed = {path: sha for name in one.frozen for path, sha in frozen_files(inventory, name).items()}
            errors += damage_findings(opened.output, damaged_files(opened.output, one.cluster, listed))
            frozen += [Frozen(one.cluster, name) for name in one.frozen]
    errors += [found for found in frozen_findings(opened, frozen, base) if found.severity == "error"]
    if errors:
        raise InputError(errors)


def _beside_each_other(opened: OpenFleet, looked: Sequence[OverlayReport]) -> Iterator[tuple[str, Finding]]:
    """Yields what only shows where clusters are compared, each with its cluster."""
    named = defaults.like_a_revision_elsewhere([one.names for one in looked if one.names])
    brought = delivery.same_destination([one.destination for one in looked if one.destination])
    for rule, violations in ((defaults.LIKE_A_REVISION, named), (delivery.SAME_DESTINATION, brought)):
        for cluster, found in violations:
            yield cluster, opened.locate(rule.problem(found))
    for one in mesh_findings(opened, [one.member for one in looked if one.member]):
        yield one.cluster, one.finding


def _sourceignore_findings(opened: OpenFleet, looked: Iterable[OverlayReport]) -> Iterator[tuple[str, Finding]]:
    """Yields the first file of each cluster that Flux leaves out of what it packs, with the cluster
    (https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files)."""
    ours = {one.cluster for one in looked if one.is_of_flux}
    hidden: dict[str, list[str]] = {}
    for path in (hidden_paths(opened.root, opened.fleet.output, SOURCE_IGNORE) or ()) if ours else ():
        cluster = path.removeprefix(f"{opened.fleet.output}/").partition("/")[0]
        if cluster in ours and path.endswith(".yaml"):
            hidden.setdefault(cluster, []).append(path)
    for cluster, paths in hidden.items():
        others = f", with {len(paths) - 1} more" if paths[1:] else ""
        message = (
            f"is left out by a {SOURCE_IGNORE} of the repository{others}, so Flux does not see it: take the pattern "
            f"out, or write !/{opened.fleet.output}/ behind it"
        )
        yield cluster, Finding(delivery.HIDDEN_FILES.code, message, file=paths[0], object=f"Cluster/{cluster}")


def _same_names(overlays: Iterable[str], looked: Iterable[OverlayReport]) -> Iterator[tuple[str, Finding]]:
    """Clusters that share a name would share a folder, each with the name."""
    holders: dict[str, str] = {}
    for overlay, one in zip(overlays, looked, strict=True):
        other = holders.setdefault(one.cluster, overlay)
        if other != overlay:
            message = f"is named {one.cluster}, and so is the cluster of {other}: each needs a name of its own"
            yield one.cluster, Finding("MR055", message, file=overlay)


def _together(looked: Iterable[OverlayReport], beside: Iterable[tuple[str, Finding]]) -> Iterator[ClusterFinding]:
    """Yields each finding once, with all its clusters, in the order of files."""
    clusters: dict[Finding, dict[str, None]] = {}
    for one in looked:
        for found in one.findings:
            clusters.setdefault(found, {})[one.cluster] = None
    for cluster, found in beside:
        clusters.setdefault(found, {})[cluster] = None
    for found in in_order(clusters):
        yield ClusterFinding(found, tuple(clusters[found]))
