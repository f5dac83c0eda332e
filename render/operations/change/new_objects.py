"""Where a new object of specs goes: into a file of the overlay that its kustomization lists among its resources.

What comes of it is built again and compared: just the new objects are there, as they were meant.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from render.errors import wrong
from render.kustomize.file import find
from render.kustomize.reader import Reader, TextReader
from render.operations.change.spec_edits import CODE, Users, as_data, identity, resources_of
from render.specs.clusters import SpecsCache, load_cluster
from render.specs.kinds import ClusterSpecs, Fleet
from render.yamlio.edit.text_edits import with_document, with_item

# The file of an overlay for what promoting adds to its specs.
FILE = "promoted.yaml"


@dataclass(frozen=True, slots=True)
class NewObject:
    """An object that the cluster of one overlay is to have."""

    overlay: str
    data: Mapping[str, Any]


def place_objects(
    objects: Sequence[NewObject], before: Iterable[ClusterSpecs], fleet: Fleet, reader: Reader, users: Users
) -> dict[str, bytes]:
    """Returns the new texts of the files that have to change, by path.

    `before` are the specs of these overlays, `users` says of each file which overlays are built from it. Raises
    `InputError` where that cannot be done.
    """
    texts: dict[str, bytes] = {}
    for one in objects:
        _add(one, reader, users, texts)
    for specs in before:
        _compare(specs, [one for one in objects if one.overlay == specs.folder], fleet, TextReader(reader, texts))
    return texts


def _add(one: NewObject, reader: Reader, users: Users, texts: dict[str, bytes]) -> None:
    kustomization, _ = find(one.overlay, reader)
    file = f"{one.overlay}/{FILE}"
    is_listed = file in users or file in texts
    if others := sorted(users.get(kustomization, frozenset()) - {one.overlay}):
        message = f"{others[0]} is built from this folder, so an object here would be in its cluster too"
        raise wrong(CODE, f"{message}: give it a base of its own", file=kustomization)
    for path in (kustomization, file):
        if links := reader.links(path):
            message = f"{links[0]} is a symbolic link, and no object is added behind one: make it a file or folder"
            raise wrong(CODE, f"{message} of its own, or edit the specs by hand", file=path)
    if reader.is_file(file) and not is_listed:
        raise wrong(CODE, f"is not listed under resources of {kustomization}: list it there", file=file)
    there = texts.get(file) or (reader.read(file) if reader.is_file(file) else b"")
    texts[file] = with_document(there, one.data, file)
    if not is_listed:
        listing = texts.get(kustomization) or reader.read(kustomization)
        texts[kustomization] = with_item(listing, ("resources",), posixpath.basename(file), kustomization)


def _compare(specs: ClusterSpecs, added: Sequence[NewObject], fleet: Fleet, reader: Reader) -> None:
    cache = SpecsCache(allow_unknown_values=True)
    now = {identity(one): as_data(one) for one in resources_of(load_cluster(reader, fleet, specs.folder, cache).specs)}
    wanted = [as_data(one) for one in resources_of(specs)] + [dict(one.data) for one in added]
    if sorted(map(repr, now.values())) != sorted(map(repr, wanted)):
        message = "changes what is added to its resources, or the rest of them: add the object by hand"
        raise wrong(CODE, message, file=find(specs.folder, reader)[0])
