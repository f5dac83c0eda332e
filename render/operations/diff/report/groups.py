"""What is the same in many clusters, said once with the clusters that it is true of."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

from render.compare.objects import FieldChange
from render.operations.diff.model import ClusterDiff, ObjectDiff, PartDiff
from render.plan.injection.proxy_moves import Injector

T = TypeVar("T", bound=Hashable)
AT_LEAST = 3  # objects of a part with the same change, from which on it is said once for them

# The names of clusters, and what is the same in all of them.
Shared = tuple[tuple[str, ...], T]


@dataclass(frozen=True, slots=True)
class MoveGroup:
    """Who gets another proxy in the same way: the revision and version before and after, `follows` left empty."""

    before: Injector
    after: Injector
    namespaces: tuple[str, ...]
    workloads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Common:
    """Changes that several objects of a part have alike, and the titles of these."""

    objects: tuple[str, ...]
    changes: tuple[FieldChange, ...]


def by_clusters(
    clusters: Iterable[ClusterDiff], of: Callable[[ClusterDiff], Iterable[T]]
) -> list[Shared[tuple[T, ...]]]:
    """Returns what `of` finds in each cluster, said once: those of most clusters first, in the order found."""
    holders: dict[T, dict[str, None]] = {}
    for cluster in clusters:
        for item in of(cluster):
            holders.setdefault(item, {})[cluster.name] = None
    groups: dict[tuple[str, ...], list[T]] = {}
    for item, names in holders.items():
        groups.setdefault(tuple(names), []).append(item)
    found = [(names, tuple(items)) for names, items in groups.items()]
    return sorted(found, key=lambda group: (-len(group[0]), group[0]))


def part_groups(clusters: Sequence[ClusterDiff]) -> list[Shared[tuple[PartDiff, ...]]]:
    """Returns the parts that differ. A change of one object that only some clusters have is told of those alone."""
    groups = by_clusters(clusters, lambda cluster: _atoms(cluster.parts))
    return [(names, _parts(atoms)) for names, atoms in groups]


def move_groups(clusters: Sequence[ClusterDiff]) -> list[Shared[tuple[MoveGroup, ...]]]:
    """Returns who gets another proxy, by what it was and will be."""
    groups = by_clusters(clusters, lambda cluster: cluster.moves)
    found = []
    for names, moves in groups:
        alike: dict[tuple[Injector, Injector], tuple[list[str], list[str]]] = {}
        for move in moves:
            namespaces, workloads = alike.setdefault((_plain(move.before), _plain(move.after)), ([], []))
            if move.workload:
                workloads.append(f"{move.namespace}/{move.workload}")
            else:
                namespaces.append(move.namespace)
        found.append((names, tuple(MoveGroup(*key, tuple(a), tuple(b)) for key, (a, b) in alike.items())))
    return found


class CommonChanges(NamedTuple):
    """Changes that objects share, and the objects with what is left of theirs."""

    common: list[Common]
    objects: list[ObjectDiff]


def common_changes(part: PartDiff) -> CommonChanges:
    """Returns the changes that at least `AT_LEAST` objects of a part share, and its objects with what is left of
    theirs."""
    holders: dict[FieldChange, list[str]] = {}
    for obj in part.objects:
        for change in obj.changes:
            holders.setdefault(change, []).append(obj.object.title)
    alike: dict[tuple[str, ...], list[FieldChange]] = {}
    for change, titles in holders.items():
        if len(titles) >= AT_LEAST:
            alike.setdefault(tuple(titles), []).append(change)
    left = []
    for obj in part.objects:
        own = tuple(change for change in obj.changes if len(holders[change]) < AT_LEAST)
        if own or not obj.changes:
            left.append(replace(obj, changes=own))
    return CommonChanges([Common(titles, tuple(changes)) for titles, changes in alike.items()], left)


# A part, an object of it, and one of its changes; the object or the change is None where there is none to tell.
_Atom = tuple[PartDiff, ObjectDiff | None, FieldChange | None]


def _atoms(parts: Iterable[PartDiff]) -> Iterator[_Atom]:
    for part in parts:
        head = replace(part, objects=())
        if not part.objects:
            yield head, None, None
        for found in part.objects:
            alone = replace(found, changes=())
            if not found.changes:
                yield head, alone, None
            for change in found.changes:
                yield head, alone, change


def _parts(atoms: Iterable[_Atom]) -> tuple[PartDiff, ...]:
    parts: dict[PartDiff, dict[ObjectDiff, list[FieldChange]]] = {}
    for part, found, change in atoms:
        objects = parts.setdefault(part, {})
        if found:
            changes = objects.setdefault(found, [])
            if change:
                changes.append(change)
    return tuple(
        replace(part, objects=tuple(replace(found, changes=tuple(changes)) for found, changes in objects.items()))
        for part, objects in parts.items()
    )


def _plain(what: Injector) -> Injector:
    return replace(what, follows="")
