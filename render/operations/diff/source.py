"""What changes in the clusters when their manifests come from another source: meshrev's own templates or charts.

Both sides are rendered from the specs of the working tree, and nothing is written: so the difference is that of the
sources alone, also where the committed tree is not what the specs say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from render.errors import InputError
from render.finding import Finding, in_order
from render.git.trees import Repository, Side
from render.operations.diff.model import Diff
from render.operations.diff.run import compare_folders
from render.operations.diff.sides import Files, FolderDifferences
from render.operations.render.cluster import RenderedCluster, render_cluster
from render.operations.render.crds import shared_crds
from render.operations.render.fleet import OpenFleet, open_fleet
from render.specs.kinds import ClusterSpecs, Crds, SourceType
from render.tree.files import ClusterFiles
from render.tree.store.disk import read_bytes
from render.tree.store.read_inventory import read_inventory


def diff_source(
    root: Path, source: SourceType, clusters: Collection[str] = (), observations: str | None = None
) -> Diff:
    """Returns how what the specs of the fleet in `root` render changes when the clusters' settings name another
    `source`. An object that names its own source keeps it. `clusters` and `observations` are as for `diff`.

    Raises `InputError` with all that cannot be rendered, by either source.
    """
    opened = open_fleet(root)
    with Repository(root) as repository, opened.hold_off_writers():
        read = opened.specs(clusters)
        pairs = list(_rendered_pairs(opened, read.specs, source))
        files = _FileIds(opened, repository)
        folders = {pair.name: (files.of(pair.before.files), files.of(pair.after.files)) for pair in pairs}
        folders |= _shared_folders(opened, files, pairs)
        differing = {name: sides for name, sides in folders.items() if sides[0] != sides[1]}
        found = FolderDifferences(differing, tuple(sorted(pair.name for pair in pairs)), {})
        sides = Side("the specs as they are"), Side(f"source {source}")
        compared = compare_folders(root, repository, sides, found, observations)
    findings = [finding for pair in pairs for finding in pair.new_findings()]
    return replace(compared, source=source, findings=tuple(in_order([*compared.findings, *findings])))


@dataclass(frozen=True, slots=True)
class _RenderedPair:
    """A cluster by its source of now, and by the other."""

    before: RenderedCluster
    after: RenderedCluster

    @property
    def name(self) -> str:
        return self.before.files.cluster

    def new_findings(self) -> Iterator[Finding]:
        """Yields what is to be said of the other source alone."""
        return (finding for finding in self.after.findings if finding not in self.before.findings)


def _rendered_pairs(opened: OpenFleet, specs: Iterable[ClusterSpecs], source: SourceType) -> list[_RenderedPair]:
    errors: list[Finding] = []
    pairs = []
    for before in specs:
        settings = before.settings
        after = replace(before, settings=replace(settings, source=replace(settings.source, type=source)))
        try:
            pairs.append(_RenderedPair(_render(opened, before), _render(opened, after)))
        except InputError as error:
            errors += error.findings
    if errors:
        raise InputError(errors)
    return pairs


def _render(opened: OpenFleet, specs: ClusterSpecs) -> RenderedCluster:
    return render_cluster(opened.fleet, specs, opened.output, opened.locate, opened.committed_folders)


def _shared_folders(
    opened: OpenFleet, files: _FileIds, pairs: Collection[_RenderedPair]
) -> dict[str, tuple[Files, Files]]:
    """Returns the folders of definitions that clusters would use by the other source, before and after. One that
    nobody would use any more stays as it is."""
    before = _definitions(opened, files, (pair.before.crds for pair in pairs))
    after = _definitions(opened, files, (pair.after.crds for pair in pairs))
    return {name: (before[name] if name in before else files.on_disk(name), its) for name, its in after.items()}


def _definitions(opened: OpenFleet, files: _FileIds, used: Iterable[Crds | None]) -> dict[str, Files]:
    found = shared_crds(opened.reader, opened.fleet.delivery, filter(None, used), opened.output)
    return {one.files.cluster: files.of(one.files) for one in found}


class _FileIds:
    """The files of rendered folders by their blob ids, which the repository then reads like those that git has."""

    def __init__(self, opened: OpenFleet, repository: Repository) -> None:
        self._opened = opened
        self._repository = repository
        self._ids: dict[str, str] = {}  # by the SHA-256 of the contents

    def of(self, folder: ClusterFiles) -> Files:
        """Returns the files of a folder, those of frozen revisions included."""
        ids = {}
        for path, text in folder.files.items():
            if text.sha256 not in self._ids:
                self._ids[text.sha256] = self._repository.add_in_memory(text.data)
            ids[path] = self._ids[text.sha256]
        return ids | {path: self._add(folder.cluster, path) for path in folder.frozen}

    def on_disk(self, folder: str) -> Files:
        """Returns the files of a folder of the output as its inventory lists them; none where it is not there."""
        return {path: self._add(folder, path) for path in read_inventory(self._opened.output, folder).files}

    def _add(self, folder: str, path: str) -> str:
        return self._repository.add_in_memory(read_bytes(self._opened.output / f"{folder}/{path}"))
