"""What the differences of all files of a cluster's folder come to: parts, moves, restarts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from render.areas import AREAS, CRDS, MESH
from render.compare.objects import Identity
from render.operations.diff.compared_files import Done, Folder, crds_release, default_revision, shared_part
from render.operations.diff.counterparts import Pair, Part, part_of
from render.operations.diff.model import ClusterDiff, How, ObjectDiff, PartDiff, ReplicaDrop
from render.operations.diff.objects import BlobDiff
from render.plan.injection.proxy_moves import RESTARTABLE, InjectorMap, moves, restarts
from render.plan.labels import VERSION_LABEL

# Kinds with `spec.replicas`, of which the default is 1.
SCALED = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout")


def cluster_diff(folder: Folder, done: Done) -> ClusterDiff:
    """Returns what the differences of all files come to; without parts where no object differs."""
    objects: dict[Part, list[ObjectDiff]] = {}
    for pair in folder.pairs:
        if found := _objects(pair, done[pair.ids]):
            objects.setdefault(pair.part, []).extend(found)
    parts = _parts(folder, {part: tuple(found) for part, found in objects.items()})
    how = _how(bool(folder.before), bool(folder.after))
    if shared_part(folder.name) or how == "removed":
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


def _objects(pair: Pair, outcome: BlobDiff) -> list[ObjectDiff]:
    before, after = outcome.before, outcome.after
    if outcome.broken:
        how = _how(pair.before is not None, pair.after is not None)
        return [ObjectDiff(Identity("File", "", "", pair.path), how, outcome.changes)]
    if before and after and (before == after or pair.rename):
        return [ObjectDiff(after, "changed", outcome.changes)] if outcome.changes else []
    found = [ObjectDiff(before, "removed")] if before else []
    return [*found, ObjectDiff(after, "added")] if after else found


def _parts(folder: Folder, objects: Mapping[Part, tuple[ObjectDiff, ...]]) -> tuple[PartDiff, ...]:
    there = {part_of(path) for path in folder.before}, {part_of(path) for path in folder.after}
    # A tag or a revision can change without any of its objects: by what it points at, by its version alone.
    known = {Part("tag", tag) for side in folder.serving for tag in side.tags}
    known |= {Part("revision", name) for side in folder.serving for name in side.revisions}
    made = [_part(folder, part, _how(part in there[0], part in there[1]), objects.get(part, ())) for part in known]
    made += [
        _part(folder, part, _how(part in there[0], part in there[1]), found)
        for part, found in objects.items()
        if part not in known
    ]
    if folder.releases[0] != folder.releases[1] and not crds_release(folder.name):
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
    if part == shared_part(folder.name):
        of_base = folder.releases[0] != folder.releases[1]
        how = _how(bool(folder.before) and not of_base, bool(folder.after))
        return PartDiff(kind, name, how, *folder.releases, objects=objects)
    if kind == MESH:
        return PartDiff(
            kind, name, how, default_revision(before), default_revision(after), _label_versions(objects), objects
        )
    return PartDiff(kind, name, how, versions=_label_versions(objects), objects=objects)


def _how(before: bool, after: bool) -> How:
    return "changed" if before == after else "added" if after else "removed"


def _version(serving: InjectorMap, revision: str) -> str:
    record = serving.revisions.get(revision)
    return record.version if record else ""


_VERSION_LABEL = ("metadata", "labels", VERSION_LABEL)


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
