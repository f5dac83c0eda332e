"""The trees of both sides of a comparison: where each side keeps its output, and which folders of it differ.

The specs of one side of a comparison: of the working tree, or of a commit without checking it out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from render.areas import DELIVERY, RESERVED, SHARED
from render.errors import InputError, wrong
from render.finding import Finding
from render.git.commit_reader import CommitReader
from render.git.trees import Repository, Side
from render.kustomize.read import parse
from render.kustomize.reader import Reader, WorkingTree, inside
from render.messages import did_you_mean
from render.operations.render.fleet import OpenFleet, open_fleet
from render.specs import releases
from render.specs.clusters import overlays_named
from render.specs.fleet import FILE
from render.specs.kinds import ClusterSpecs
from render.tree.layout import INVENTORY, SHARED_CRDS

_MANY = 100  # folders by name on git's command line; above that all are listed

Files = Mapping[str, str]  # path in the folder to blob id


@dataclass(frozen=True, slots=True)
class FolderDifferences:
    """The folders that are not equal, each with its files before and after; and the names of all clusters.

    A folder is a cluster's, or one that clusters share (`shared/crds/v1.24.3`, `delivery`). `based_on` maps a new
    folder of CRDs to the release before it, whose files are its files before.
    """

    folders: Mapping[str, tuple[Files, Files]]
    clusters: tuple[str, ...]
    based_on: Mapping[str, str]


def differing(repository: Repository, before: Side, after: Side, names: Collection[str] = ()) -> FolderDifferences:
    """Returns every folder of the output that differs; of the named clusters only, where any are named.

    Raises `InputError` for a name that neither side has, and where no side has a fleet.
    """
    outputs = [_output(repository, side) for side in (before, after)]
    if outputs == [None, None]:
        raise wrong("MR056", f"there is no fleet here, in {before.name} or in {after.name}", file=FILE)
    trees = [_Tree(repository, side, output) for side, output in zip((before, after), outputs, strict=True)]
    ids = [tree.folders() for tree in trees]
    clusters = sorted(name for name in {**ids[0], **ids[1]} if _is_cluster(name))
    if names:
        _check_names(names, clusters, f"in {before.name} or in {after.name}")
        clusters = sorted(set(names))
        ids = [{name: found[name] for name in clusters if name in found} for found in ids]
    wanted = [
        name for name in sorted({**ids[0], **ids[1]}) if not ids[0].get(name) or ids[0].get(name) != ids[1].get(name)
    ]
    based_on = {name: base for name in wanted if name not in ids[0] and (base := _release_before(name, ids[0]))}
    old = trees[0].files([*wanted, *(f"{SHARED_CRDS}/{base}" for base in based_on.values())])
    new = trees[1].files(wanted)
    folders = {}
    for name in wanted:
        its_old = old.get(f"{SHARED_CRDS}/{based_on[name]}" if name in based_on else name, {})
        its_new = new.get(name, {})
        ours = INVENTORY in its_old or INVENTORY in its_new or name == DELIVERY
        if ours and its_old != its_new:
            folders[name] = (its_old, its_new)
    return FolderDifferences(folders, tuple(clusters), based_on)


def _release_before(folder: str, known: Collection[str]) -> str:
    """Returns the newest release before that of a folder of CRDs, empty where there is none."""
    prefix = f"{SHARED_CRDS}/"
    release = _release(folder.removeprefix(prefix)) if folder.startswith(prefix) else None
    others = [name.removeprefix(prefix) for name in known if name.startswith(prefix)]
    older = [(found, name) for name in others if (found := _release(name)) and release and found < release]
    return max(older)[1] if older else ""


def _release(name: str) -> releases.Release | None:
    try:
        return releases.parse(name)
    except InputError:
        return None


class _Tree:
    """One side's output. The working tree is listed once, since its folders have no ids to tell them apart."""

    def __init__(self, repository: Repository, side: Side, output: str | None) -> None:
        self._repository = repository
        self._side = side
        self._output = output
        self._on_disk: dict[str, dict[str, str]] | None = None
        if side.commit is None and output is not None:
            self._on_disk = self._by_folder(repository.files(side, [output]))

    def folders(self) -> dict[str, str]:
        """Returns every folder below the output, with the id of its tree; that of the working tree is not known, and
        empty."""
        if self._output is None:
            return {}
        if self._on_disk is not None:
            found = dict.fromkeys(self._on_disk, "")
        else:
            found = self._repository.folders(self._side, self._output)
            if found.pop(SHARED, None):
                shared = self._repository.folders(self._side, f"{self._output}/{SHARED_CRDS}")
                found |= {f"{SHARED_CRDS}/{name}": oid for name, oid in shared.items()}
        return {name: oid for name, oid in found.items() if not name.startswith(".")}

    def files(self, folders: Collection[str]) -> Mapping[str, Files]:
        """Returns the files of these folders, and maybe of others, by folder and by path in it."""
        if self._output is None or not folders:
            return {}
        if self._on_disk is not None:
            return self._on_disk
        paths = [f"{self._output}/{name}" for name in folders] if len(folders) <= _MANY else [self._output]
        return self._by_folder(self._repository.files(self._side, paths))

    def _by_folder(self, files: Files) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        start = len(self._output or "") + 1
        shared = f"{SHARED_CRDS}/"
        for path, oid in files.items():
            inner = path[start:]
            at = inner.find("/", len(shared) if inner.startswith(shared) else 0)
            if at > 0:
                found.setdefault(inner[:at], {})[inner[at + 1 :]] = oid
        return found


def _check_names(names: Iterable[str], clusters: Sequence[str], where: str) -> None:
    findings = []
    for name in names:
        if name not in clusters:
            guess = did_you_mean(name, clusters) or f" (known: {', '.join(clusters)})"
            findings.append(Finding("MR063", f"there is no cluster {name} {where}{guess}"))
    if findings:
        raise InputError(findings)


def _is_cluster(folder: str) -> bool:
    return folder not in RESERVED and not folder.startswith(f"{SHARED}/")


def _output(repository: Repository, side: Side) -> str | None:
    """Returns the output folder that the side's own `meshrev.yaml` names, None where it has no such file."""
    found = repository.files(side, [FILE])
    reader = CommitReader(repository, side) if side.commit else WorkingTree(repository.root)
    try:
        if FILE not in found and not reader.is_file(FILE):  # as it is read elsewhere: over symbolic links
            return None
        documents = parse(next(repository.read([found[FILE]])) if FILE in found else reader.read(FILE), FILE)
    except InputError as error:
        raise wrong("MR056", f"{error.findings[0].message} (in {side.name})", file=FILE) from None
    for document in documents:
        if isinstance(document.data, dict) and document.data.get("kind") == "Fleet":
            spec = document.data.get("spec")
            output = spec.get("output") if isinstance(spec, dict) else None
            return inside(output) if isinstance(output, str) and output else "rendered"
    raise wrong("MR056", f"no object of kind Fleet is in this file, and one is expected (in {side.name})", file=FILE)


@dataclass(frozen=True, slots=True)
class SideSpecs:
    """The fleet of one side, and specs of its clusters by name."""

    opened: OpenFleet
    specs: dict[str, ClusterSpecs]


def specs_of(repository: Repository, side: Side, names: Collection[str]) -> SideSpecs | None:
    """Returns the fleet of a side and the specs of those named clusters that can be read, None without a fleet."""
    reader: Reader = CommitReader(repository, side) if side.commit else WorkingTree(repository.root)
    try:
        opened = open_fleet(repository.root, reader)
        named = overlays_named(opened.reader, opened.fleet, opened.cache, names)
    except InputError:
        return None
    return SideSpecs(opened, {overlay.name: overlay.specs for overlay in named.overlays if overlay.specs})
