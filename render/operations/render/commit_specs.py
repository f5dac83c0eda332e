"""What the specs of commits say of a cluster: which revisions they render, and to which files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from render.areas import REVISIONS
from render.errors import InputError
from render.git.trees import Repository, Side
from render.operations.render.cluster import Pipeline
from render.operations.render.fleet import OpenFleet, fleet_of
from render.plan.cluster import specified_revisions
from render.plan.inventory import EMPTY, Inventory, RevisionRecord
from render.specs.clusters import load_cluster
from render.specs.fleet import overlay_folders
from render.specs.kinds import ClusterSpecs
from render.specs.releases import is_alias
from render.tree.files import cluster_files
from render.tree.layout import INVENTORY, revision_folder
from render.tree.served import fact


@dataclass(frozen=True, slots=True)
class CommitSpecs:
    """The specs of these clusters in any commit of a repository, each read once. `root` is the fleet's."""

    root: Path
    repository: Repository
    clusters: frozenset[str]
    _fleets: dict[str, OpenFleet | None] = field(default_factory=dict)
    _overlays: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _read: dict[tuple[str, str], ClusterSpecs | None] = field(default_factory=dict)

    def fleet(self, commit: str) -> OpenFleet | None:
        """Returns the fleet of a commit, None where it has none that this program can read."""
        if commit not in self._fleets:
            try:
                self._fleets[commit] = fleet_of(self.root, self.repository, Side(commit, commit), self.clusters)
            except InputError:
                self._fleets[commit] = None
        return self._fleets[commit]

    def of_cluster(self, commit: str, cluster: str) -> ClusterSpecs | None:
        """Returns the specs of a cluster in a commit, None where it has none that this program can read."""
        key = commit, cluster
        if key not in self._read:
            opened = self.fleet(commit)
            try:
                self._read[key] = self._load(commit, opened, cluster) if opened else None
            except InputError:
                self._read[key] = None
        return self._read[key]

    def specify(self, commit: str, cluster: str, revision: str) -> bool:
        """Returns whether the specs of a commit render a revision."""
        specs = self.of_cluster(commit, cluster)
        return specs is not None and revision in specified_revisions(specs, self._previous(commit, specs))

    def rendered_inventory(self, commit: str, cluster: str, revision: str) -> bytes | None:
        """Returns the inventory of the revision's folder as this program renders it from the specs of a commit, None
        where it does not."""
        specs, opened = self.of_cluster(commit, cluster), self.fleet(commit)
        if specs is None or opened is None:
            return None
        pipeline = Pipeline(specs, opened.output, self._previous(commit, specs))
        try:
            made = [bundle for bundle in pipeline.bundles if bundle.folder == f"{REVISIONS}/{revision}"]
        except InputError:
            return None
        text = cluster_files(cluster, made, EMPTY).files.get(f"{revision_folder(revision)}/{INVENTORY}")
        return text.data if text is not None else None

    def _load(self, commit: str, opened: OpenFleet, cluster: str) -> ClusterSpecs:
        if commit not in self._overlays:
            folders = overlay_folders(opened.reader, opened.fleet)
            self._overlays[commit] = {folder.rpartition("/")[2]: folder for folder in folders}
        folder = self._overlays[commit].get(cluster)  # usually called like its cluster
        if folder:
            specs = load_cluster(opened.reader, opened.fleet, folder, opened.cache).specs
            if specs.cluster.name == cluster:
                return specs
        (specs,) = opened.specs([cluster]).specs
        return specs

    def _previous(self, commit: str, specs: ClusterSpecs) -> Inventory:
        """Returns the records of the cluster's revisions in a commit, which say what an alias meant there; none without
        one."""
        if not any(is_alias(istio.version) for istio in specs.istios):
            return EMPTY
        opened = self.fleet(commit)
        assert opened
        folder = f"{opened.fleet.output}/{specs.cluster.name}/{REVISIONS}"
        side = Side(commit, commit)
        names = self.repository.folders(side, folder)
        files = self.repository.files(side, [f"{folder}/{name}/{INVENTORY}" for name in names])
        records = {}
        for path, data in zip(files, self.repository.read(files.values()), strict=True):
            record = fact(path.removeprefix(f"{opened.fleet.output}/{specs.cluster.name}/"), data)
            if isinstance(record, RevisionRecord):
                records[record.name] = record
        return Inventory(records)
