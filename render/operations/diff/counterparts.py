"""What is compared with what: each file with its counterpart, a new revision with the one that it takes over from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from render.areas import AREAS
from render.errors import InputError
from render.manifests.argocd import CLUSTER_FILE as _READ_BY_ARGO_CD
from render.plan.injection.proxy_moves import InjectorMap
from render.plan.inventory import RevisionRecord
from render.specs import releases
from render.tree.layout import KUSTOMIZATION, revision_folder


class Part(NamedTuple):
    """The kind and name of a part of a cluster; the name is empty for one that there is once."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files to compare, by path and blob id in their trees; None on the side that has none.

    `part` is the kind and name of what they belong to. `rename` are two revisions, where one takes over from the
    other: texts that differ only by these names are the same.
    """

    part: Part
    before: tuple[str, str] | None
    after: tuple[str, str] | None
    rename: tuple[str, str] | None = None

    @property
    def ids(self) -> tuple[str | None, str | None, tuple[str, str] | None]:
        """What its outcome depends on: the two blobs and the renaming."""
        return self.before and self.before[1], self.after and self.after[1], self.rename

    @property
    def path(self) -> str:
        """That of the file after, or of the one that is gone."""
        return (self.after or self.before or ("", ""))[0]


def part_of(path: str) -> Part:
    """Returns the kind and name of the part that a file of a cluster's folder belongs to: `("revision",
    "default-v1-24-3")`, `("mesh", "")`."""
    area, _, rest = path.partition("/")
    known = AREAS.get(area)
    if known and known.of_each and "/" in rest:
        return Part(known.kind, unquote(rest.partition("/")[0]))
    return Part(area, "")


def pairs(
    before: Mapping[str, str],
    after: Mapping[str, str],
    replaced: Mapping[str, str],
    moved: Mapping[tuple[str, str], tuple[str, str]],
) -> Iterator[Pair]:
    """Yields every pair of files of objects (path to blob id) that is not equal.

    `replaced` maps a revision that is new to the one that it is compared with, whose files are matched by name.
    `moved` maps a part (a tag, `mesh`) to the revisions that it pointed at and points at.
    """
    for path, oid in sorted(after.items()):
        part = part_of(path)
        if not is_object(path) or (part[0] == "revision" and part[1] in replaced):
            continue
        if path not in before:
            yield Pair(part, None, (path, oid))
        elif before[path] != oid:
            yield Pair(part, (path, before[path]), (path, oid), moved.get(part))
    for path, oid in sorted(before.items()):
        if path not in after and is_object(path):
            yield Pair(part_of(path), (path, oid), None)
    for new, old in replaced.items():
        old_files, new_files = _by_plain_name(before, old), _by_plain_name(after, new)
        for plain in sorted({**new_files, **old_files}):
            yield Pair(Part("revision", new), old_files.get(plain), new_files.get(plain), (old, new))


def is_object(path: str) -> bool:
    """Returns whether the file holds an object that is applied, or that Argo CD reads, by its name."""
    name = path.rpartition("/")[2]
    return (name.endswith(".yaml") and name != KUSTOMIZATION) or path == _READ_BY_ARGO_CD


def _by_plain_name(files: Mapping[str, str], revision: str) -> dict[str, tuple[str, str]]:
    """Returns the files of a revision, path and blob id, by their names without that of the revision."""
    folder = f"{revision_folder(revision)}/"
    return {
        _plain(path[len(folder) :], revision): (path, oid)
        for path, oid in files.items()
        if path.startswith(folder) and is_object(path)
    }


def _plain(file: str, revision: str) -> str:
    """Returns a file name without the name of its revision, which is in all but a few of them; `default` is in none."""
    return re.sub(rf"-{re.escape(revision)}(?![a-z0-9])", "", file)


def predecessors(before: InjectorMap, after: InjectorMap) -> dict[str, str]:
    """Returns for each revision that only the tree after has the one that it takes over from.

    That is a revision of the same Istio: the one from which tags move, or else the newest that is not newer. A
    revision of no Istio takes over where a tag moves to it.
    """
    found = {}
    for name, record in after.revisions.items():
        if name in before.revisions:
            continue
        moved = Counter(before.tags.get(tag) for tag, target in after.tags.items() if target == name)
        kin = [other for other in before.revisions.values() if record.istio and other.istio == record.istio]
        candidates = kin or [other for other in before.revisions.values() if moved[other.name]]
        if candidates:
            found[name] = max(candidates, key=lambda other: (moved[other.name], *_nearness(other, record))).name
    return found


def _nearness(other: RevisionRecord, to: RevisionRecord) -> tuple[bool, releases.Release, str]:
    return _release(other) <= _release(to), _release(other), other.name


def _release(record: RevisionRecord) -> releases.Release:
    try:
        return releases.parse(record.version)
    except InputError:
        return releases.Release(0, 0, 0)
