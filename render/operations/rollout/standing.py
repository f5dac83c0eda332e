"""Where a rollout stands at a commit: its progress, its history, what was observed, and what comes next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from render.areas import REVISIONS
from render.errors import InputError
from render.finding import Finding
from render.forge.types import CheckState
from render.gates.answer import GateAnswer, Question
from render.gates.ask import ask
from render.git.commit_reader import CommitReader
from render.git.trees import Repository
from render.operations.observe.file import read_observation
from render.operations.observe.freshness import observations_folder
from render.operations.render.fleet import OpenFleet, open_fleet, refuse_committed_state
from render.operations.rollout.decide import NextStep, Phase, decide
from render.operations.rollout.history import Arrival, History
from render.operations.rollout.progress import RolloutProgress, progress
from render.plan.cluster import ClusterPlan, plan_cluster
from render.plan.inventory import Inventory, RevisionRecord
from render.plan.observed.observation import Observation
from render.specs.kinds import ClusterSpecs, Fleet
from render.specs.rollout.kinds import Gate, RevisionRollout, Wave
from render.specs.rollout.read import load_rollout
from render.tree.inventory import parse_inventory
from render.tree.layout import INVENTORY, revision_folder
from render.version import VERSION


@dataclass(slots=True)
class Standing:
    """A rollout at a commit. `plans` are those of all clusters, by name; `now` is the time that gates are asked at."""

    root: Path
    commit: str
    fleet: Fleet
    rollout: RevisionRollout
    progress: RolloutProgress
    plans: Mapping[str, ClusterPlan]
    history: History
    observed: Mapping[str, Observation]
    now: datetime

    def decision(self) -> NextStep:
        """Returns what comes next; asks the gates that matter."""
        return decide(self.progress, self.now, self.ask)

    def ask(self, wave: Wave, phase: Phase, gates: Sequence[Gate], clusters: Sequence[str]) -> list[GateAnswer]:
        """Returns the gates' answers about these clusters of a wave."""
        if not gates:
            return []
        came = self.arrival(wave.name, phase, clusters)
        by_name = {one.name: one for one in self.progress.wave(wave.name).clusters}
        question = Question(
            now=self.now,
            since=came.at,
            commit=came.commit,
            clusters={name: by_name[name].moved if phase == "moved" else () for name in clusters},
            revision=self.progress.revision,
            old=frozenset(self.progress.old),
            observed=self.observed,
            root=self.root,
            namespace=self.progress.namespace,
            checks=self._checks if self.fleet.forge.type != "none" else None,
        )
        return ask(gates, question)

    def _checks(self, commit: str) -> Mapping[str, CheckState]:
        """Returns what the forge says of a commit."""
        from render.forge.forge import forge_for  # slow to import, and other gates need no forge
        from render.git.branches import remote_named
        from render.git.process import text

        settings = self.fleet.forge
        url = text("remote", "get-url", remote_named(self.root, None), folder=self.root)
        with forge_for(settings.type, url, settings.url, settings.project) as opened:
            return opened.checks(commit)

    def arrival(self, wave: str, phase: Phase, clusters: Sequence[str]) -> Arrival:
        """Returns when the last part of a wave reached the branch."""
        return self.history.arrival(self.progress, wave, phase, clusters)


def stand(
    root: Path,
    commit: str,
    name: str | None = None,
    *,
    observed: str | None = None,
    now: datetime | None = None,
    allow_unknown_values: bool = False,
) -> Standing:
    """Returns where the rollout of this name (without one, the only one) stands at a commit of the fleet in `root`.

    `observed` is a folder of observations in the working tree, else the fleet's own. `InputError` for what is wrong in
    the specs, and where the rollout cannot be done.
    """
    now = now or datetime.now(UTC)
    with Repository(root) as repository:
        reader = CommitReader(repository, repository.side(commit))
        opened = open_fleet(root, reader, allow_unknown_values=allow_unknown_values)
        refuse_committed_state(opened)
        rollout = load_rollout(opened.reader, name)
        reader.read_ahead(opened.overlays(), ("kustomization.yaml", "cluster.yaml"))
        plans = committed_plans(opened, reader, opened.specs().specs)
    found = progress(rollout, plans.values(), now.date())
    history = History(root, commit, opened.fleet.output)
    names = {cluster.name for wave in found.waves for cluster in wave.clusters}
    return Standing(
        root, commit, opened.fleet, rollout, found, plans, history, _observations(opened, names, observed), now
    )


def committed_plans(opened: OpenFleet, reader: CommitReader, specs: Sequence[ClusterSpecs]) -> dict[str, ClusterPlan]:
    """Returns the plan of each cluster, by name, beside the tree that is committed with it. `InputError` with all that
    is wrong."""
    output = opened.fleet.output
    trees = {one.cluster.name: f"{output}/{one.cluster.name}" for one in specs}
    folders = {
        name: [f"{tree}/{revision_folder(revision)}" for revision in reader.entries(f"{tree}/{REVISIONS}")]
        for name, tree in trees.items()
    }
    inside = [folder for found in folders.values() for folder in found]
    reader.read_ahead([*trees.values(), *inside], (INVENTORY,))
    findings: list[Finding] = []
    plans = {}
    for one in specs:
        name = one.cluster.name
        inventory = _inventory(reader, trees[name], folders[name], findings)
        plan = plan_cluster(one, inventory, program=VERSION)
        findings += [opened.locate(problem) for problem in plan.problems if problem.severity == "error"]
        plans[name] = plan
    if findings:
        raise InputError(findings)
    return plans


def _inventory(reader: CommitReader, folder: str, revisions: Collection[str], findings: list[Finding]) -> Inventory:
    """Returns what a cluster's committed tree holds, as far as a plan asks."""
    records: dict[str, RevisionRecord] = {}
    for inside in revisions:
        file = f"{inside}/{INVENTORY}"
        if reader.is_file(file):
            said = parse_inventory(reader.read(file).decode(errors="replace"), file, findings, in_revision=True)
            records |= {record.name: record for record in said.records[:1]}
    file = f"{folder}/{INVENTORY}"
    if not reader.is_file(file):
        return Inventory(records)
    said = parse_inventory(reader.read(file).decode(errors="replace"), file, findings)
    return Inventory(records, {path: digests[0] for path, digests in said.files.items()}, said.reasons)


def _observations(opened: OpenFleet, names: Collection[str], folder: str | None) -> dict[str, Observation]:
    """Returns what was seen of these clusters, however long ago: gates compare it with the wave's commit."""
    where = observations_folder(opened, folder)
    if not where.folder.is_dir():
        return {}
    found = ((name, read_observation(where, name)) for name in sorted(names))
    return {name: observation for name, observation in found if observation}
