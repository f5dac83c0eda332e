"""Edits of the file of a rollout, in which what a person wrote stays as it is; `rollout skip` is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from render.errors import wrong
from render.kustomize.reader import Reader
from render.messages import did_you_mean
from render.operations.change.operation import Base, OperationEdits, Workspace
from render.operations.diff.model import Diff
from render.specs.kinds import ClusterSpecs
from render.specs.rollout.kinds import RevisionRollout
from render.specs.rollout.read import load_rollout
from render.yamlio.edit.text_edits import REMOVED, Edit, edit_text

CODE = "MR342"
PAUSED, COMPLETED, SKIPPED = "paused", "completed", "skipped"


def with_field(reader: Reader, rollout: RevisionRollout, name: str, value: Any) -> dict[str, bytes | None]:
    """Returns the new text of the rollout's file, by its path, with a field of its spec set, or gone (`REMOVED`)."""
    edit = Edit(rollout.resource.origin, ("spec", name), value)
    return {rollout.file: edit_text(reader.read(rollout.file), [edit], rollout.file)}


def with_skipped(
    reader: Reader, rollout: RevisionRollout, cluster: str, until: date | None, reason: str
) -> dict[str, bytes | None]:
    """As `with_field`, with a cluster that is left out until a day; without a day it is taken up again."""
    entries = [
        {"cluster": one.cluster, "until": one.until.isoformat(), "reason": one.reason}
        for one in rollout.skipped
        if one.cluster != cluster
    ]
    if until:
        entries.append({"cluster": cluster, "until": until.isoformat(), "reason": reason})
    return with_field(reader, rollout, SKIPPED, entries or REMOVED)


@dataclass(frozen=True, slots=True)
class SkipCluster:
    """Leave `cluster` out up to and including the day `until`; None takes it up. `name` is the rollout's."""

    cluster: str
    until: date | None
    reason: str
    name: str | None = None

    verb = "rollout"
    folders = ()
    touches_tree = False

    @property
    def words(self) -> str:
        return f"skip {self.cluster} until {self.until}" if self.until else f"take {self.cluster} up again"

    def clusters(self, _base: Base) -> list[ClusterSpecs]:
        return []

    def edit(self, work: Workspace) -> OperationEdits | None:
        opened = work.base.opened
        rollout = load_rollout(opened.reader, self.name)
        known = {specs.cluster.name for specs in opened.specs().specs}
        if self.cluster not in known:
            raise wrong(CODE, f"no cluster {self.cluster}{did_you_mean(self.cluster, known)}", file=rollout.file)
        texts = with_skipped(opened.reader, rollout, self.cluster, self.until, self.reason)
        if all(opened.reader.read(file) == text for file, text in texts.items()):
            return None
        return OperationEdits(
            subject=f"Rollout {rollout.name}: {self.words}",
            texts=texts,
            clusters=(),
            wave=rollout.name,
            notes=(self.reason,) if self.reason else (),
        )

    def restarts(self, _work: Workspace, _found: Diff) -> dict[str, bytes]:
        """Returns nothing: no cluster changes."""
        return {}
