"""What an operation is: a verb that edits specs, what it edits, and the commit that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from render.finding import Finding
from render.git.trees import Repository, Side
from render.operations.change.commit_message import Message
from render.operations.change.spec_edits import Users
from render.operations.diff.model import Diff
from render.operations.render.fleet import OpenFleet
from render.operations.render.injector_names import injectors_by_name
from render.operations.render.result import ClusterResult, Progress
from render.plan.cluster import ClusterPlan
from render.specs.kinds import ClusterSpecs, ForgeSettings


@dataclass(frozen=True, slots=True)
class Base:
    """The commit that an operation is done on, and the fleet in it."""

    repository: Repository
    side: Side
    opened: OpenFleet

    @property
    def commit(self) -> str:
        assert self.side.commit
        return self.side.commit


@dataclass(frozen=True, slots=True)
class Workspace:
    """What an operation edits: specs of the clusters that it is for, whose trees lie in a checkout as they are
    committed; its fleet is opened there. `users` says of each file of specs which overlays are built from it;
    `observed` is the folder of observations."""

    base: Base
    specs: Sequence[ClusterSpecs]
    users: Users
    observed: str | None

    @property
    def root(self) -> Path:
        """The fleet's, in the checkout."""
        return self.base.opened.root

    def plans(self) -> list[ClusterPlan]:
        """Returns the plan of each cluster beside its committed tree."""
        names = [specs.cluster.name for specs in self.specs]
        return self.base.opened.plans(names) if names else []

    def injectors(self) -> dict[str, dict[str, str]]:
        """Returns of each cluster the webhook configuration that injects for each name in its committed tree."""
        names = [specs.cluster.name for specs in self.specs]
        pipelines = self.base.opened.pipelines(names) if names else []
        return {one.specs.cluster.name: injectors_by_name(one.previous) for one in pipelines}


@dataclass(frozen=True, slots=True)
class OperationEdits:
    """What an operation does: new texts of specs by path (None: the file goes), the `clusters` whose trees that
    changes, and what a person reads of it. `tree` are paths below the output that it changed itself, in the checkout;
    `words` are the operation's where its own leave open what was meant. `steps` are commands for a person, once the
    commit is on its branch.
    """

    subject: str
    texts: dict[str, bytes | None]
    clusters: tuple[str, ...]
    from_: str = ""
    to: str = ""
    wave: str = ""
    notes: tuple[str, ...] = ()
    tree: tuple[str, ...] = ()
    undoes: tuple[str, ...] = ()
    words: str = ""
    steps: tuple[str, ...] = ()


class Operation(Protocol):
    """A verb with its arguments. `words` are the same for the same arguments: a pull request's branch is named so."""

    @property
    def verb(self) -> str: ...

    @property
    def words(self) -> str: ...

    @property
    def touches_tree(self) -> bool:
        """Whether `edit` itself may change what lies below the output."""
        ...

    def clusters(self, base: Base, /) -> list[ClusterSpecs]:
        """Returns the specs of the clusters that may change."""
        ...

    @property
    def folders(self) -> tuple[str, ...]:
        """Other folders of the output that may change, by their names below it."""
        ...

    def edit(self, work: Workspace, /) -> OperationEdits | None:
        """Returns what is to change, None where all is so already."""
        ...

    def restarts(self, work: Workspace, found: Diff, /) -> dict[str, bytes]:
        """More texts of specs, once it is known what has to be restarted."""
        ...


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit that nothing refers to yet, and what it says. `findings` are what lint found besides errors."""

    commit: str
    base: str
    edited: OperationEdits
    message: Message
    diff: Diff
    forge: ForgeSettings
    results: tuple[ClusterResult, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class How:
    """How an operation is done. `blocking`: new errors of lint stop it. `observed` is a folder of observations that was
    named on the command line. `hazards`: known hazards are looked for, which a pull request tells of."""

    allow_unknown_values: bool = False
    observed: str | None = None
    blocking: bool = True
    hazards: bool = False
    progress: Progress | None = None
    said: Callable[[str], None] = field(default=lambda _: None)

    def doing(self, what: str) -> Progress | None:
        """Returns the progress of one of the steps."""
        progress = self.progress
        return (lambda done, of, _="", /: progress(done, of, what)) if progress else None
