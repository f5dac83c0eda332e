"""`promote` as an operation: wishes for specs, where they go, and what is restarted by an annotation."""

from __future__ import annotations

from dataclasses import dataclass

from render.kustomize.resource import Resource
from render.operations.change.new_objects import place_objects
from render.operations.change.operation import Base, OperationEdits, Workspace
from render.operations.change.promotion_rules import Promotion, wishes_of
from render.operations.change.selection import Clusters
from render.operations.change.spec_edits import Wish, place_edits
from render.operations.change.strategy_rules import strategy_wishes
from render.operations.diff.model import Diff
from render.plan.injection.proxy_moves import UNLABELLED
from render.plan.workloads import TEMPLATES
from render.specs.kinds import ClusterSpecs

# Changed in a pod template, so that Kubernetes makes the pods anew: the revision that they were last made anew for.
RESTARTED_FOR = "meshrev.io/restarted-for"


@dataclass(frozen=True, slots=True)
class Promote:
    """Move what `promotion` says in the clusters that `selected` says. `wave` is a name that a person gave the step."""

    promotion: Promotion
    selected: Clusters
    wave: str = ""

    verb = "promote"
    folders = ()
    touches_tree = False

    @property
    def words(self) -> str:
        return f"{self.promotion.words} to {self.promotion.to} in {self.selected.words}"

    def clusters(self, base: Base) -> list[ClusterSpecs]:
        opened = base.opened
        return self.selected.load(opened.reader, opened.fleet, opened.cache)

    def edit(self, work: Workspace) -> OperationEdits | None:
        plans = work.plans()
        injectors = work.injectors()
        wishes = strategy_wishes if self.promotion.what == "strategy" else wishes_of
        wished = wishes(self.promotion, plans, injectors, named=bool(self.selected.names))
        if not wished.clusters:
            return None
        opened = work.base.opened
        concerned = {wish.overlay for wish in wished.wishes} | {one.overlay for one in wished.objects}
        specs = [one for one in work.specs if one.folder in concerned]
        if wished.objects:
            texts = place_objects(wished.objects, specs, opened.fleet, opened.reader, work.users)
        else:
            texts = place_edits(wished.wishes, specs, opened.fleet, opened.reader, work.users)
        return OperationEdits(
            subject=f"Promote {self.words}",
            texts={**texts},
            clusters=wished.clusters,
            from_=", ".join(wished.moved_from),
            to=wished.to,
            wave=self.wave or self._share,
            notes=wished.notes,
        )

    @property
    def _share(self) -> str:
        """What part of the fleet this is, for the log."""
        percent = self.promotion.namespaces.percent
        return f"{percent:g}% of {self.selected.words}" if percent is not None else self.selected.words

    def restarts(self, work: Workspace, found: Diff) -> dict[str, bytes]:
        """Returns annotations for the workloads in this repo that need a restart, where the fleet says `restart:
        annotate`."""
        opened = work.base.opened
        if opened.fleet.restart != "annotate":
            return {}
        wishes = [wish for specs in work.specs for wish in _annotations(specs, found)]
        return place_edits(wishes, work.specs, opened.fleet, opened.reader, work.users) if wishes else {}


def _annotations(specs: ClusterSpecs, found: Diff) -> list[Wish]:
    cluster = next((one for one in found.clusters if one.name == specs.cluster.name), None)
    if cluster is None:
        return []
    revisions = {(move.namespace, move.workload): move.after.revision for move in cluster.moves}
    wishes = []
    for restart in cluster.restarts:
        revision = revisions.get((restart.namespace, restart.workload))
        if restart.why != "revision" or not revision or restart.namespace == UNLABELLED:
            continue
        for workload in specs.extra:
            path = TEMPLATES.get((workload.group, workload.kind))
            if path and _is_meant(workload, restart.namespace, restart.workload):
                annotation = (*path, "metadata", "annotations", RESTARTED_FOR)
                wishes.append(Wish(specs.folder, workload, annotation, revision))
    return wishes


def _is_meant(resource: Resource, namespace: str, workload: str) -> bool:
    """Returns whether a restart is for this workload: by name, or for the whole of its namespace."""
    in_it = (resource.namespace or "default") == namespace
    return in_it and workload in ("", f"{resource.kind}/{resource.name}")
