"""A fleet repo that is open for one command: its specs, its tree, and the caches of the run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from render.errors import InputError, wrong
from render.finding import Finding
from render.git.commit_reader import CommitReader
from render.git.head import folders_at_head
from render.git.index import tracked_paths
from render.git.trees import Repository, Side
from render.kustomize.file import NAMES
from render.kustomize.locate import finding
from render.kustomize.problem import Problem
from render.kustomize.reader import Reader, TextReader, WorkingTree
from render.operations.render.cluster import Pipeline, usable_plan
from render.operations.render.input_digest import Recording
from render.plan.cluster import ClusterPlan
from render.specs.clusters import (
    CLUSTER_FILE,
    STREAM,
    ClusterReading,
    ClusterReadings,
    SpecsCache,
    cluster_alone,
    load_cluster,
    load_clusters,
    load_stream,
    overlays_named,
)
from render.specs.fleet import load_fleet, matching_folders, overlay_folders
from render.specs.kinds import ClusterSpecs, Fleet
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.journal import Recovery, is_unfinished
from render.tree.store.lock import hold_off_writers, lock
from render.tree.store.read_inventory import read_inventory
from render.tree.store.state_folder import BESIDE

TRACKED = "MR176"


@dataclass(frozen=True, slots=True)
class OpenFleet:
    """The fleet whose `meshrev.yaml` lies in `root`, a real and absolute path. `output` is the folder of its trees;
    `staged` says which overlay this process staged each cluster of, by name."""

    root: Path
    fleet: Fleet
    reader: Recording
    cache: SpecsCache = field(default_factory=SpecsCache)
    staged: dict[str, str] = field(default_factory=dict)
    _committed: list[frozenset[str]] = field(default_factory=list)  # one, once git was asked

    @property
    def output(self) -> FleetFolder:
        return FleetFolder(self.root, self.fleet.output)

    def committed_folders(self) -> frozenset[str]:
        """Returns the folders of the output, by path from the root, that the commit at HEAD has. Git is asked once."""
        if not self._committed:
            self._committed.append(folders_at_head(self.root, self.output.title()))
        return self._committed[0]

    @contextmanager
    def hold_off_writers(self) -> Iterator[None]:
        """For a command that only reads the trees: keeps writers out, and writes nothing.

        `InputError` where a change was cut off, and where git has what meshrev keeps for one machine.
        """
        self._refuse_tracked_state()
        with hold_off_writers(self.output):
            yield

    @contextmanager
    def lock(self) -> Iterator[Recovery | None]:
        """For a command that writes the trees, alone with them; the value says how a change that was cut off was
        settled. `InputError` where git has what meshrev keeps for one machine."""
        known = self._refuse_tracked_state()
        if not known and is_unfinished(self.output) and any((above / ".git").exists() for above in _upwards(self.root)):
            message = (
                "an earlier run was cut off, and git does not say whether that is this machine's or was committed: "
                "let git trust this repository (safe.directory), or take the folder away"
            )
            raise wrong(TRACKED, message, file=self.output.title(BESIDE))
        with lock(self.output) as recovered:
            yield recovered

    def _refuse_tracked_state(self) -> bool:
        """Returns whether git could tell what it has. A journal that came with a commit would change the tree.

        The index is asked, not HEAD: otherwise the commit that takes the files out could not be checked.
        """
        files = tracked_paths(self.root, self.output.title(BESIDE))
        if files:
            raise tracked_state(self.output.title(BESIDE), files[0])
        return files is not None

    def for_overlay(self, overlay: str) -> OpenFleet:
        """Returns this fleet for work on one overlay, whose own files are not among those read `outside`."""
        return replace(self, reader=self.reader.for_overlay(overlay))

    def locate(self, problem: Problem) -> Finding:
        """Returns the finding of a problem, with the line where a person wrote it."""
        return finding(problem, self.reader)

    def with_stream(self, text: bytes) -> OpenFleet:
        """This fleet, where `-` is a text that was handed over: what is wrong in it has its lines."""
        return replace(self, reader=Recording(TextReader(self.reader, {STREAM: text})))

    def overlays(self, names: Collection[str] = ()) -> list[str]:
        """Returns the folders of the overlays of the named clusters, of all when none is named, sorted.

        Raises `InputError` for a name that no cluster has; what is wrong in an overlay is for its readers to say.
        """
        if not names:
            return overlay_folders(self.reader, self.fleet)
        # Not the cache of the run: it tells each warning of a build once, to who reads the specs.
        cache = SpecsCache(allow_unknown_values=self.cache.allow_unknown_values)
        found = overlays_named(self.reader, self.fleet, cache, names)
        if found.missing:
            raise InputError(found.missing)
        return [overlay.folder for overlay in found.overlays]

    def specs(self, names: Collection[str] = ()) -> ClusterReadings:
        """Returns the specs of the named clusters, of all when none is named, and warnings about them."""
        return load_clusters(self.reader, self.fleet, self.cache, names)

    def specs_from_stream(self, name: str, text: bytes) -> ClusterReading:
        """Returns the specs of one cluster from the output of `kustomize build`."""
        return load_stream(self.reader, self.fleet, name, text, self.cache)

    def pipeline(self, specs: ClusterSpecs) -> Pipeline:
        """Returns the steps of a cluster beside its tree as it is."""
        return Pipeline(specs, self.output, read_inventory(self.output, specs.cluster.name))

    def pipelines(self, names: Collection[str] = ()) -> list[Pipeline]:
        """Returns the steps of each cluster beside its tree as it is, planned. Raises `InputError` with what is wrong
        in any, and where a change was cut off.
        """
        findings: list[Finding] = []
        pipelines = []
        with self.hold_off_writers():
            for specs in self.specs(names).specs:
                pipeline = self.pipeline(specs)
                try:
                    usable_plan(pipeline, self.locate)
                except InputError as error:
                    findings += error.findings
                pipelines.append(pipeline)
        if findings:
            raise InputError(findings)
        return pipelines

    def plans(self, names: Collection[str] = ()) -> list[ClusterPlan]:
        """Returns the plans of `pipelines`."""
        return [pipeline.plan for pipeline in self.pipelines(names)]


def remotes_plans(opened: OpenFleet, control_planes: Collection[str], known: Collection[str]) -> list[ClusterPlan]:
    """Returns the plans of remotes that these clusters serve by their topology, but for those of `known` clusters.

    Of the others the Cluster alone is read. `InputError` for a remote whose specs are wrong.
    """
    found = []
    for folder in matching_folders(opened.reader, opened.fleet):
        if folder.rpartition("/")[2] in known:  # a folder is usually called like its cluster
            continue
        cluster = cluster_alone(opened.reader, folder, opened.cache)
        topology = cluster.topology if cluster else None
        if cluster and cluster.name not in known and topology and topology.control_plane in control_planes:
            specs = load_cluster(opened.reader, opened.fleet, folder, opened.cache).specs
            found.append(usable_plan(opened.pipeline(specs), opened.locate))
    return found


def tracked_state(folder: str, file: str) -> InputError:
    """Returns what to say of a file of meshrev's own state that git has; `folder` holds all of that."""
    message = f"is the state of one machine, and git has it: git rm -r --cached {folder}, and commit that"
    return wrong(TRACKED, message, file=file)


def refuse_committed_state(opened: OpenFleet) -> None:
    """Raises an `InputError` where a fleet is read from a commit that has meshrev's own state."""
    folder = opened.output.title(BESIDE)
    if opened.reader.is_folder(folder):
        raise tracked_state(folder, folder)


def fleet_of(root: Path, repository: Repository, side: Side, clusters: Collection[str]) -> OpenFleet:
    """Returns the fleet in `root` as a commit has it, whichever version of the program it asked for then. The specs of
    some `clusters`, whose overlays are called like them, are asked of git at once.

    `InputError` where the commit has none, or one that this program cannot read.
    """
    reader = CommitReader(repository, side)
    fleet = load_fleet(reader, any_program=True)
    overlays = [folder for folder in matching_folders(reader, fleet) if folder.rpartition("/")[2] in clusters]
    reader.read_ahead(overlays, (*NAMES, CLUSTER_FILE))
    return OpenFleet(root, fleet, Recording(reader), SpecsCache(allow_unknown_values=True, any_program=True))


def _upwards(folder: Path) -> tuple[Path, ...]:
    return (folder, *folder.parents)


def open_fleet(root: Path, reader: Reader | None = None, *, allow_unknown_values: bool = False) -> OpenFleet:
    """Returns the fleet whose `meshrev.yaml` is in `root`, by its files or by what another reader has of them.

    `InputError` where there is none. With `allow_unknown_values` a value that neither Sail's API nor the chart knows is
    a warning.
    """
    recording = Recording(reader or WorkingTree(root))
    return OpenFleet(root, load_fleet(recording), recording, SpecsCache(allow_unknown_values=allow_unknown_values))
