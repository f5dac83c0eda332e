"""`retire` as an operation: a revision that nothing uses goes from the tree, or the tree of a cluster that is given up.

Render removes neither: that something is not in the specs any more does not say that nothing runs on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from render.errors import InputError, wrong
from render.finding import Finding
from render.messages import count, did_you_mean, few, plural
from render.operations.change.host_steps import steps_after_leaving
from render.operations.change.operation import Base, OperationEdits, Workspace
from render.operations.change.retire_rules import (
    CODE,
    FLUX_AT_ONCE,
    ClusterVerdict,
    retire_cluster_verdict,
    retirement,
    still_served,
)
from render.operations.change.selection import Clusters
from render.operations.diff.model import Diff
from render.operations.observe.freshness import DatedObservation, load_observations
from render.specs.kinds import ClusterSpecs
from render.tree.layout import INVENTORY, revision_folder
from render.tree.store.remove import remove_cluster, remove_revision


@dataclass(frozen=True, slots=True)
class Retire:
    """Remove a revision from the tree of each cluster that has it, of those that are selected."""

    revision: str
    selected: Clusters
    without_observation: bool = False

    verb = "retire"
    touches_tree = True
    folders = ()

    @property
    def words(self) -> str:
        return f"revision {self.revision} in {self.selected.words}"

    def clusters(self, base: Base) -> list[ClusterSpecs]:
        opened = base.opened
        chosen = self.selected.load(opened.reader, opened.fleet, opened.cache)
        output = opened.fleet.output
        files = base.repository.files(base.side, [output])
        inside = f"{revision_folder(self.revision)}/{INVENTORY}"
        having = [one for one in chosen if f"{output}/{one.cluster.name}/{inside}" in files]
        if not having and not self.selected.names:
            known = {path.split("/")[-2] for path in files if path.count("/") > 2 and path.endswith(f"/{INVENTORY}")}
            raise wrong(CODE, f"no cluster has a revision {self.revision}{did_you_mean(self.revision, known)}")
        return having or chosen

    def edit(self, work: Workspace) -> OperationEdits | None:
        names = [specs.cluster.name for specs in work.specs]
        opened = work.base.opened
        seen = load_observations(opened, names, work.observed)
        now = datetime.now(UTC)
        verdicts = retirement(opened, self.revision, names, seen, without_observation=self.without_observation, now=now)
        refused = [one for one in verdicts if one.answer == "refused"]
        if refused:
            raise InputError(_finding(one, reason, self.revision) for one in refused for reason in one.reasons)
        going = [one.cluster for one in verdicts if one.answer == "go"]
        losing = [specs for specs in work.specs if specs.cluster.name in going]
        if served := list(still_served(opened, self.revision, losing)):
            raise InputError(served)
        kept = tuple(f"{one.cluster}: {reason}" for one in verdicts if one.answer == "kept" for reason in one.reasons)
        if not going:
            raise wrong(CODE, "; ".join(kept[:3]))
        removed = [path for name in going for path in remove_revision(opened.output, name, self.revision)]
        return OperationEdits(
            subject=f"Retire {self.words}",
            texts={},
            clusters=tuple(going),
            from_=self.revision,
            notes=(
                *kept,
                *_failed_pods(seen, going),
                *(_doubt_notes(self.revision, losing) if self.without_observation else ()),
            ),
            tree=tuple(removed),
        )

    def restarts(self, _work: Workspace, _found: Diff) -> dict[str, bytes]:
        return {}


@dataclass(frozen=True, slots=True)
class RetireClusters:
    """Remove the whole trees of clusters that no overlay describes any more."""

    names: tuple[str, ...]

    verb = "retire"
    touches_tree = True

    @property
    def folders(self) -> tuple[str, ...]:
        return self.names

    @property
    def words(self) -> str:
        return Clusters(self.names).words

    def clusters(self, _base: Base) -> list[ClusterSpecs]:
        return []

    def edit(self, work: Workspace) -> OperationEdits | None:
        opened = work.base.opened
        verdicts = [retire_cluster_verdict(opened, name) for name in self.names]
        if refused := [one for one in verdicts if one.answer != "go"]:
            raise InputError(_finding(one, reason, "") for one in refused for reason in one.reasons)
        removed = {name: remove_cluster(opened.output, name) for name in self.names}
        steps = [step for name, paths in removed.items() for step in steps_after_leaving(opened.fleet, name, paths)]
        return OperationEdits(
            subject=f"Retire {self.words}",
            texts={},
            clusters=(),
            from_=self.words,
            tree=tuple(path for paths in removed.values() for path in paths),
            steps=tuple(steps),
        )

    def restarts(self, _work: Workspace, _found: Diff) -> dict[str, bytes]:
        return {}


def _finding(verdict: ClusterVerdict, reason: str, revision: str) -> Finding:
    return Finding(CODE, reason, file=verdict.cluster, object=f"IstioRevision/{revision}" if revision else None)


def _failed_pods(seen: Mapping[str, DatedObservation], clusters: Iterable[str]) -> Iterator[str]:
    """Yields how many pods were seen that failed and are still there: they run nothing, and keep no revision."""
    for name in clusters:
        namespaces = seen[name].observation.namespaces if name in seen else {}
        failed = {namespace: one.failed for namespace, one in sorted(namespaces.items()) if one.failed}
        if failed:
            number = sum(failed.values())
            pods = count(number, "failed pod was", "failed pods were")
            yield f"{name}: {pods} seen in {few(list(failed), 3)}, and {plural(number, 'runs', 'run')} nothing any more"


def _doubt_notes(revision: str, losing: Iterable[ClusterSpecs]) -> Iterator[str]:
    """Yields what a retirement without an observation did not prove, for its commit."""
    yield (
        f"not proved without an observation: that no pod still runs with the proxy of {revision}, that no tag's "
        "webhook in a cluster still calls it, and that nothing outside of this repository refers to it"
    )
    if by_flux := [specs.cluster.name for specs in losing if specs.settings.delivery == "flux"]:
        yield f"in {few(by_flux, 3)}: {FLUX_AT_ONCE}"
