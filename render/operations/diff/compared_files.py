"""A folder that differs: its files on both sides, and which of them are compared with which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from json.encoder import encode_basestring_ascii

from render.areas import CRDS, DELIVERY, MESH, REVISIONS
from render.errors import InputError
from render.finding import Finding
from render.git.trees import Repository
from render.kustomize.read import parse
from render.operations.diff.counterparts import Pair, Part, pairs, predecessors
from render.operations.diff.objects import BlobDiff, Job
from render.operations.diff.sides import Files
from render.plan.injection.proxy_moves import InjectorMap
from render.tree.layout import INVENTORY, KUSTOMIZATION, SHARED_CRDS

Done = Mapping[Job, BlobDiff]


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that differs. `releases` are those of the CRDs that a cluster applies, before and after.

    `strangers` are files that no inventory lists: nobody applies them, and they are not compared.
    """

    name: str
    before: Files
    after: Files
    serving: tuple[InjectorMap, InjectorMap]
    replaced: Mapping[str, str]
    releases: tuple[str, str]
    pairs: tuple[Pair, ...]
    strangers: tuple[str, ...] = ()

    def findings(self, done: Done) -> list[Finding]:
        """Returns what could not be compared as objects, and what was not."""
        found = [
            Finding(
                "MR038",
                "is not the YAML of one object: only its lines are counted (`meshrev render` makes it anew)",
                severity="warning",
                file=f"{self.name}/{pair.path}",
            )
            for pair in self.pairs
            if done[pair.ids].broken
        ]
        return found + [
            Finding("MR096", "is in no inventory: not compared", "info", file=f"{self.name}/{path}")
            for path in self.strangers
        ]


def folder(
    repository: Repository,
    name: str,
    files: tuple[Files, Files],
    serving: tuple[InjectorMap, InjectorMap],
    based_on: str,
) -> Folder:
    """Returns the folder and the pairs of files in it that are not equal. `based_on` is the release that a new folder
    of CRDs is compared with."""
    taken_over = predecessors(*serving)
    moved = {
        ("tag", tag): (old, target)
        for tag, target in serving[1].tags.items()
        if (old := serving[0].tags.get(tag, target)) != target
    }
    defaults = default_revision(serving[0]), default_revision(serving[1])
    if all(defaults) and defaults[0] != defaults[1]:
        moved[MESH, ""] = defaults
    if release := crds_release(name):
        releases = (based_on or (release if files[0] else ""), release if files[1] else "")
    else:
        releases = (_applied_release(repository, files[0]), _applied_release(repository, files[1]))
    listed = [_FileLists(repository, side, levels=name == DELIVERY) for side in files]
    kept, strangers = [], []
    for pair in pairs(*files, taken_over, moved):
        before = pair.before if pair.before and listed[0].has(pair.before[0]) else None
        after = pair.after if pair.after and listed[1].has(pair.after[0]) else None
        if before or after:
            kept.append(replace(pair, before=before, after=after, part=shared_part(name) or pair.part))
        else:
            strangers.append(pair.path)
    return Folder(name, *files, serving, taken_over, releases, tuple(kept), tuple(strangers))


def match_moved_objects(folder: Folder, done: Done) -> Folder:
    """Returns the folder where an object that only moved to another file is compared with itself."""
    gone = {outcome.before: pair for pair, outcome in _alone(folder, done) if outcome.before}
    moved: dict[Pair, Pair] = {}
    for pair, outcome in _alone(folder, done):
        if outcome.after and (was := gone.pop(outcome.after, None)):
            moved[was] = moved[pair] = replace(pair, before=was.before)
    kept = dict.fromkeys(moved.get(pair, pair) for pair in folder.pairs)
    return replace(folder, pairs=tuple(kept)) if moved else folder


def _alone(folder: Folder, done: Done) -> Iterable[tuple[Pair, BlobDiff]]:
    """Yields files without a counterpart, but for those of a revision that takes over from another."""
    for pair in folder.pairs:
        if (pair.before is None or pair.after is None) and not pair.rename:
            yield pair, done[pair.ids]


def default_revision(serving: InjectorMap) -> str:
    """Returns the revision that serves `default`, which what all revisions share points at; empty where none does."""
    return serving.tags.get("default") or ("default" if "default" in serving.revisions else "")


def crds_release(folder: str) -> str:
    return folder.removeprefix(f"{SHARED_CRDS}/") if folder.startswith(f"{SHARED_CRDS}/") else ""


def shared_part(folder: str) -> Part | None:
    """Returns the one part that a folder is which clusters share."""
    if release := crds_release(folder):
        return Part(CRDS, release)
    return Part(DELIVERY, "") if folder == DELIVERY else None


def _applied_release(repository: Repository, files: Files) -> str:
    """Returns the release of the shared CRDs that a cluster's kustomization applies first, empty where it names
    none."""
    if KUSTOMIZATION not in files:
        return ""
    try:
        documents = parse(next(repository.read([files[KUSTOMIZATION]])), KUSTOMIZATION)
    except InputError:
        return ""
    data = documents[0].data if documents else None
    resources = data.get("resources") if isinstance(data, dict) else None
    prefix = f"../{SHARED_CRDS}/"
    for resource in resources if isinstance(resources, list) else ():
        if isinstance(resource, str) and resource.startswith(prefix):
            return resource.removeprefix(prefix)
    return ""


class _FileLists:
    """What the inventories of one side list: theirs alone are applied."""

    def __init__(self, repository: Repository, files: Files, *, levels: bool) -> None:
        self._repository = repository
        self._files = files
        self._levels = levels  # whether each folder in it has an inventory of its own
        self._texts: dict[str, bytes] = {}

    def has(self, path: str) -> bool:
        """Returns whether the inventory has a line for this file of an object, on whichever side of a merge
        conflict."""
        parts = path.split("/")
        at = 1 if self._levels else 2 if parts[0] == REVISIONS and len(parts) == 3 else 0
        folder = "".join(f"{part}/" for part in parts[:at])
        if folder not in self._texts:
            oid = self._files.get(f"{folder}{INVENTORY}")
            self._texts[folder] = next(self._repository.read([oid])) if oid else b""
        line = f'{{"file": {encode_basestring_ascii("/".join(parts[at:]))}, '
        return line.encode() in self._texts[folder]
