"""A step of a rollout as an operation: one commit of specs and what they render."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from render.errors import MeshrevError, wrong
from render.messages import few
from render.operations.change.operation import Base, OperationEdits, Workspace
from render.operations.change.promote import Promote
from render.operations.change.promotion_rules import FOLLOWS, Promotion, PromotionWishes, wishes_of
from render.operations.change.rollback import Rollback
from render.operations.change.selection import Clusters, Namespaces
from render.operations.change.spec_edits import Wish, place_edits
from render.operations.diff.model import Diff
from render.operations.rollout.decide import WaveStep
from render.operations.rollout.history import trailer
from render.operations.rollout.progress import WaveCluster, label_to_remember, own_label
from render.operations.rollout.rollout_file import COMPLETED, PAUSED, with_field
from render.operations.rollout.standing import Standing
from render.plan.cluster import ClusterPlan
from render.plan.labels import INJECTION_LABEL, REVISION_LABEL
from render.specs.kinds import ClusterSpecs
from render.specs.rollout.read import load_rollout
from render.yamlio.edit.text_edits import REMOVED

CODE = "MR342"
_NAMED = 3


class BranchMovedError(MeshrevError):
    """The branch is not where it was when the step was decided on: look again."""


@dataclass(frozen=True, slots=True)
class RolloutStep:
    """The step that was decided on at `standing`, for no other commit than that one."""

    standing: Standing
    step: WaveStep

    verb = "rollout"
    folders = ()

    @property
    def touches_tree(self) -> bool:
        return self.step.kind == "rollback"

    @property
    def words(self) -> str:
        return f"{self.standing.rollout.name}: {self.step.words}"

    def clusters(self, base: Base) -> list[ClusterSpecs]:
        if base.commit != self.standing.commit:
            raise BranchMovedError
        if self.step.kind == "rollback":
            return self._rollback.clusters(base)
        names = self.step.clusters if self.step.kind not in ("pause", "complete") else ()
        opened = base.opened
        return Clusters.of(names).load(opened.reader, opened.fleet, opened.cache) if names else []

    def edit(self, work: Workspace) -> OperationEdits | None:
        match self.step.kind:
            case "introduce":
                return self._promotion_edits(work, self._introduction(work), self.standing.rollout.version)
            case "move":
                return self._promotion_edits(work, self._moves(work), self.standing.progress.revision)
            case "restore":
                return self._promotion_edits(work, self._own_label_wishes(work), "")
            case "rollback":
                return self._taken_back(work)
            case "pause":
                return self._field_edit(work, PAUSED, self._reason)
            case "complete":
                return self._field_edit(work, COMPLETED, True)

    def restarts(self, work: Workspace, found: Diff) -> dict[str, bytes]:
        """Returns annotations as `promote` makes them. `InputError` where a step moves pods that is to move none."""
        if self.step.kind in ("introduce", "restore"):
            moving = [cluster.name for cluster in found.clusters if cluster.moves]
            if moving:
                message = (
                    f"{self.step.words}: that would give pods of {few(moving, _NAMED)} another proxy, and this step is "
                    "to move none: look at what changed there by hand"
                )
                raise wrong(CODE, message, file=self.standing.rollout.file)
        if self.step.kind != "move":
            return {}
        promotion = Promotion("istio", self.standing.rollout.version, self.standing.rollout.istio)
        return Promote(promotion, Clusters.of(self.step.clusters)).restarts(work, found)

    @property
    def _wave(self) -> str:
        return trailer(self.standing.rollout.name, self.step.wave)

    @property
    def _reason(self) -> str:
        taken = "taken back" if self.step.kind == "rollback" else "failed"
        return f"wave {self.step.wave} {taken} on {self.standing.now:%Y-%m-%d %H:%M} UTC: {self.step.reason}"

    def _promotion_edits(self, work: Workspace, wished: PromotionWishes, to: str) -> OperationEdits | None:
        if not wished.clusters:
            return None
        opened = work.base.opened
        concerned = {wish.overlay for wish in wished.wishes}
        specs = [one for one in work.specs if one.folder in concerned]
        texts = place_edits(wished.wishes, specs, opened.fleet, opened.reader, work.users)
        return OperationEdits(
            subject=f"Rollout {self.words}",
            texts={**texts},
            clusters=wished.clusters,
            from_=", ".join(wished.moved_from),
            to=to,
            wave=self._wave,
            notes=wished.notes,
            words=self.words,
        )

    def _introduction(self, work: Workspace) -> PromotionWishes:
        rollout = self.standing.rollout
        return wishes_of(Promotion("istio", rollout.version, rollout.istio), work.plans(), named=True)

    def _moves(self, work: Workspace) -> PromotionWishes:
        """Returns tags and namespaces on the new revision. A namespace that followed a tag remembers that."""
        revision = self.standing.progress.revision
        by_name = {one.name: one for one in self.standing.progress.wave(self.step.wave).clusters}
        found = []
        for plan in work.plans():
            wave = by_name[plan.specs.cluster.name]
            for tag in wave.tags:
                found.append(wishes_of(Promotion("tag", revision, tag), [plan], named=True))
            if wave.gateways:
                promotion = Promotion("gateways", revision, gateways=wave.gateways)
                found.append(wishes_of(promotion, [plan], named=True))
            if wave.waiting:
                promotion = Promotion("namespaces", revision, namespaces=Namespaces(wave.waiting))
                wished = wishes_of(promotion, [plan], named=True)
                found.append(replace(wished, wishes=(*wished.wishes, *_remembering(plan, wave))))
        return _together(found, revision)

    def _own_label_wishes(self, work: Workspace) -> PromotionWishes:
        by_name = {one.name: one for one in self.standing.progress.wave(self.step.wave).clusters}
        found = []
        for plan in work.plans():
            names = by_name[plan.specs.cluster.name].restorable
            wishes = tuple(wish for wish in _own_labels(plan, names))
            found.append(PromotionWishes(wishes, (), "", (plan.specs.cluster.name,) if wishes else ()))
        return _together(found, "")

    @property
    def _rollback(self) -> Rollback:
        """Returns what takes the wave back, or all waves, the newest commit first."""
        standing = self.standing
        every = standing.rollout.on_failure == "rollbackAll"
        waves = [wave.name for wave in standing.rollout.waves] if every else [self.step.wave]
        meant = [one for name in waves for one in standing.history.of_wave(standing.progress, name, "moved")]
        if not meant:
            message = (
                f"wave {self.step.wave} is to be taken back ({self.step.reason}), and no commit of it is in the "
                "history with its trailers: `meshrev rollback --to COMMIT` takes back all since a commit"
            )
            raise wrong(CODE, message, file=standing.rollout.file)
        return Rollback(operations=tuple(one.id for one in meant))

    def _taken_back(self, work: Workspace) -> OperationEdits | None:
        done = self._rollback.edit(work)
        if done is None:
            return None
        rollout = load_rollout(work.base.opened.reader, self.standing.rollout.name)
        text = with_field(work.base.opened.reader, rollout, PAUSED, self._reason)
        return replace(
            done,
            subject=f"Rollout {self.standing.rollout.name}: take wave {self.step.wave} back",
            texts={**done.texts, **text},
            wave=self._wave,
            notes=(self.step.reason, *done.notes),
            words=self.words,
        )

    def _field_edit(self, work: Workspace, name: str, value: object) -> OperationEdits:
        reader = work.base.opened.reader
        rollout = load_rollout(reader, self.standing.rollout.name)
        return OperationEdits(
            subject=f"Rollout {self.words}",
            texts=with_field(reader, rollout, name, value),
            clusters=(),
            wave=self._wave,
            notes=(self.step.reason,) if self.step.reason else (),
            words=self.words,
        )


def _together(found: list[PromotionWishes], to: str) -> PromotionWishes:
    clusters = tuple(dict.fromkeys(name for one in found for name in one.clusters))
    return PromotionWishes(
        tuple(wish for one in found for wish in one.wishes),
        tuple(dict.fromkeys(name for one in found for name in one.moved_from)),
        to,
        clusters,
        tuple(dict.fromkeys(note for one in found for note in one.notes)),
    )


def _remembering(plan: ClusterPlan, wave: WaveCluster) -> Iterator[Wish]:
    revisions = {revision.name for revision in plan.revisions}
    for one in plan.namespaces:
        if one.namespace.name in wave.waiting and one.follows not in revisions and own_label(one) is None:
            path = ("metadata", "annotations", FOLLOWS)
            yield Wish(plan.specs.folder, one.namespace.resource, path, label_to_remember(one))


def _own_labels(plan: ClusterPlan, names: tuple[str, ...]) -> Iterator[Wish]:
    for one in plan.namespaces:
        label = own_label(one)
        if one.namespace.name not in names or label is None:
            continue
        resource, folder = one.namespace.resource, plan.specs.folder
        key, value = label
        for other in (INJECTION_LABEL, REVISION_LABEL):
            yield Wish(folder, resource, ("metadata", "labels", other), value if other == key else REMOVED)
        yield Wish(folder, resource, ("metadata", "annotations", FOLLOWS), REMOVED)
