"""One cluster's folder on both sides: which files are compared, and what their differences come to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from json.encoder import encode_basestring_ascii

from render.areas import AREAS, CRDS, DELIVERY, MESH, REVISIONS
from render.compare.objects import Identity
from render.compare.parts import Pair, pairs, part_of
from render.errors import InputError
from render.finding import Finding
from render.git.trees import Repository
from render.kustomize.read import parse
from render.operations.diff.model import ClusterDiff, How, ObjectDiff, PartDiff, ReplicaDrop
from render.operations.diff.objects import BlobDiff, Job
from render.operations.diff.sides import Files
from render.plan.injection.proxy_moves import RESTARTABLE, InjectorMap, moves, predecessors, restarts
from render.tree.layout import INVENTORY, KUSTOMIZATION, SHARED_CRDS

Part = tuple[str, str]
Done = Mapping[Job, BlobDiff]
# Kinds with `spec.replicas`, of which the default is 1.
SCALED = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout")


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
    defaults = _default(serving[0]), _default(serving[1])
    if all(defaults) and defaults[0] != defaults[1]:
        moved[MESH, ""] = defaults
    if release := _crds_release(name):
        releases = (based_on or (release if files[0] else ""), release if files[1] else "")
    else:
        releases = (_applied_release(repository, files[0]), _applied_release(repository, files[1]))
    listed = [_FileLists(repository, side, levels=name == DELIVERY) for side in files]
    kept, strangers = [], []
    for pair in pairs(*files, taken_over, moved):
        before = pair.before if pair.before and listed[0].has(pair.before[0]) else None
        after = pair.after if pair.after and listed[1].has(pair.after[0]) else None
        if before or after:
            kept.append(replace(pair, before=before, after=after, part=_shared_part(name) or pair.part))
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


def cluster_diff(folder: Folder, done: Done) -> ClusterDiff:
    """Returns what the differences of all files come to; without parts where no object differs."""
    objects: dict[Part, list[ObjectDiff]] = {}
    for pair in folder.pairs:
        if found := _objects(pair, done[pair.ids]):
            objects.setdefault(pair.part, []).extend(found)
    parts = _parts(folder, {part: tuple(found) for part, found in objects.items()})
    how = _how(bool(folder.before), bool(folder.after))
    if _shared_part(folder.name) or how == "removed":
        return ClusterDiff(folder.name, how, parts)
    # A revision that takes over from another is compared with it, and has objects of its own all the same.
    same = [found for part in parts if not (part.kind == "revision" and part.how == "added") for found in part.objects]
    rolls = [
        found.object
        for found in same
        if found.object.kind in RESTARTABLE and any(change.path[:2] == ("spec", "template") for change in found.changes)
    ]
    moved = moves(*folder.serving)
    rolled = {(one.namespace or "default", f"{one.kind}/{one.name}") for one in rolls}
    needed = restarts(*folder.serving, moved, _settings(folder, done), rolled)
    drops = tuple(drop for found in same for drop in _drops(found))
    return ClusterDiff(folder.name, how, parts, moved, needed, tuple(one.title for one in rolls), drops)


def _drops(found: ObjectDiff) -> Iterator[ReplicaDrop]:
    """Applying a spec that leaves its replicas to an autoscaler first takes the field away (Kubernetes, server-side
    apply: a field that nobody owns any more gets its default)."""
    for change in found.changes:
        if found.object.kind in SCALED and change.path == ("spec", "replicas") and change.how == "removed":
            before = json.loads(change.before or "null")
            if isinstance(before, int) and before > 1:
                yield ReplicaDrop(found.object.title, before)


def _alone(folder: Folder, done: Done) -> Iterable[tuple[Pair, BlobDiff]]:
    """Yields files without a counterpart, but for those of a revision that takes over from another."""
    for pair in folder.pairs:
        if (pair.before is None or pair.after is None) and not pair.rename:
            yield pair, done[pair.ids]


def _objects(pair: Pair, outcome: BlobDiff) -> list[ObjectDiff]:
    before, after = outcome.before, outcome.after
    if outcome.broken:
        how = _how(pair.before is not None, pair.after is not None)
        return [ObjectDiff(Identity("File", "", "", pair.path), how, outcome.changes)]
    if before and after and (before == after or pair.rename):
        return [ObjectDiff(after, "changed", outcome.changes)] if outcome.changes else []
    found = [ObjectDiff(before, "removed")] if before else []
    return [*found, ObjectDiff(after, "added")] if after else found


def _default(serving: InjectorMap) -> str:
    """Returns the revision that serves `default`, which what all revisions share points at; empty where none does."""
    return serving.tags.get("default") or ("default" if "default" in serving.revisions else "")


def _parts(folder: Folder, objects: Mapping[Part, tuple[ObjectDiff, ...]]) -> tuple[PartDiff, ...]:
    there = {part_of(path) for path in folder.before}, {part_of(path) for path in folder.after}
    # A tag or a revision can change without any of its objects: by what it points at, by its version alone.
    known = {("tag", tag) for side in folder.serving for tag in side.tags}
    known |= {("revision", name) for side in folder.serving for name in side.revisions}
    made = [_part(folder, part, _how(part in there[0], part in there[1]), objects.get(part, ())) for part in known]
    made += [
        _part(folder, part, _how(part in there[0], part in there[1]), found)
        for part, found in objects.items()
        if part not in known
    ]
    if folder.releases[0] != folder.releases[1] and not _crds_release(folder.name):
        made.append(PartDiff(CRDS, "", "changed", *folder.releases))
    kept = [
        part
        for part in made
        if part.objects
        or part.how != "changed"
        or part.versions[0] != part.versions[1]
        or (part.kind in ("tag", CRDS) and part.before != part.after)
    ]
    return tuple(sorted(kept, key=lambda part: (_ORDER.index(part.kind) if part.kind in _ORDER else 99, part.name)))


_ORDER = [area.kind for area in AREAS.values()]


def _part(folder: Folder, part: Part, how: How, objects: tuple[ObjectDiff, ...]) -> PartDiff:
    kind, name = part
    before, after = folder.serving
    if kind == "revision":
        old = folder.replaced.get(name, "")
        versions = _version(before, old or name), _version(after, name)
        return PartDiff(kind, name, how, old, name if old else "", versions, objects)
    if kind == "tag":
        old, new = before.tags.get(name, ""), after.tags.get(name, "")
        return PartDiff(kind, name, how, old, new, (_version(before, old), _version(after, new)), objects)
    if part == _shared_part(folder.name):
        of_base = folder.releases[0] != folder.releases[1]
        how = _how(bool(folder.before) and not of_base, bool(folder.after))
        return PartDiff(kind, name, how, *folder.releases, objects=objects)
    if kind == MESH:
        return PartDiff(kind, name, how, _default(before), _default(after), _label_versions(objects), objects)
    return PartDiff(kind, name, how, versions=_label_versions(objects), objects=objects)


def _how(before: bool, after: bool) -> How:
    return "changed" if before == after else "added" if after else "removed"


def _version(serving: InjectorMap, revision: str) -> str:
    record = serving.revisions.get(revision)
    return record.version if record else ""


_VERSION_LABEL = ("metadata", "labels", "app.kubernetes.io/version")


def _label_versions(objects: Iterable[ObjectDiff]) -> tuple[str, str]:
    """Istio's versions before and after as the labels of a part's objects say them."""
    for found in objects:
        for change in found.changes:
            if change.path == _VERSION_LABEL and change.before and change.after:
                return f"v{json.loads(change.before)}", f"v{json.loads(change.after)}"
    return "", ""


def _settings(folder: Folder, done: Done) -> set[str]:
    """Returns revisions whose injector writes other proxies than before, under the same name and version."""
    return {
        pair.part[1]
        for pair in folder.pairs
        if pair.part[0] == "revision" and not pair.rename and done[pair.ids].new_pods
    }


def _crds_release(folder: str) -> str:
    return folder.removeprefix(f"{SHARED_CRDS}/") if folder.startswith(f"{SHARED_CRDS}/") else ""


def _shared_part(folder: str) -> Part | None:
    """Returns the one part that a folder is which clusters share."""
    if release := _crds_release(folder):
        return CRDS, release
    return (DELIVERY, "") if folder == DELIVERY else None


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
