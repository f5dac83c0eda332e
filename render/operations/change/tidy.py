"""`tidy` as an operation: patches that promoting added go back into what they patch, where all clusters agree by now.

No object of any cluster changes: that is proved by building all of them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from render.errors import InputError
from render.kustomize.file import find
from render.kustomize.locate import Writer, names, writers, written_value
from render.kustomize.read import parse
from render.kustomize.reader import Reader, TextReader
from render.kustomize.resource import Resource
from render.messages import FieldPath, count
from render.operations.change.operation import Base, OperationEdits, Workspace
from render.operations.change.spec_edits import PATCHES, Object, Users, as_data, identity, resources_of
from render.operations.diff.model import Diff
from render.specs.clusters import SpecsCache, load_cluster
from render.specs.kinds import ClusterSpecs
from render.yamlio.edit.text_edits import REMOVED, Edit, edit_text, without_document, without_item
from render.yamlio.location import Place

_IDENTITY: tuple[FieldPath, ...] = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))


@dataclass(frozen=True, slots=True)
class Tidy:
    """Fold what can be folded, in the whole fleet."""

    verb = "tidy"
    folders = ()
    touches_tree = False
    words = f"{PATCHES} of all overlays"

    def clusters(self, base: Base) -> list[ClusterSpecs]:
        return base.opened.specs().specs

    def edit(self, work: Workspace) -> OperationEdits | None:
        reader = work.base.opened.reader
        found = list(_entries(work.specs, reader, work.users))
        # What a patch says may be said by something else than it seemed (a JSON patch, one for many objects): it stays.
        while True:
            folding = _Folding({specs.folder: specs for specs in work.specs}, reader, work.users, found)
            texts = folding.texts()
            if not texts:
                return None
            changed = _changed_objects(work, texts)
            if not changed:
                break
            left = [entry for entry in found if entry.object not in changed]
            found = left if len(left) < len(found) else []
        patched = {(entry.overlay, entry.object) for entry in folding.dropped}
        patches = count(len(patched), "patch", "patches")
        return OperationEdits(
            subject=f"Tidy: fold {patches} of promotions into what they patch",
            texts=texts,
            clusters=(),
            notes=("no object of any cluster changes",),
        )

    def restarts(self, _work: Workspace, _found: Diff) -> dict[str, bytes]:
        return {}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One field that a patch of an overlay's promotions sets (None: removes), and the object that it is for."""

    overlay: str
    document: int
    resource: Resource
    path: FieldPath
    value: Any

    @property
    def object(self) -> Object:
        return identity(self.resource)

    @property
    def file(self) -> str:
        return f"{self.overlay}/{PATCHES}"


def _entries(clusters: Iterable[ClusterSpecs], reader: Reader, users: Users) -> Iterator[_Entry]:
    for specs in clusters:
        file = f"{specs.folder}/{PATCHES}"
        if users.get(file, frozenset()) != frozenset([specs.folder]):
            continue
        if any(map(reader.links, (file, find(specs.folder, reader)[0]))):
            continue
        resources = list(resources_of(specs))
        for document in parse(reader.read(file), file):
            for resource in (one for one in resources if names(document.data, one)):
                for path, value in _leaves(document.data, ()):
                    yield _Entry(specs.folder, document.index, resource, path, value)


def _leaves(data: Mapping[str, Any], above: FieldPath) -> Iterator[tuple[FieldPath, Any]]:
    for key, value in data.items():
        path = (*above, key)
        if isinstance(value, dict):
            yield from _leaves(value, path)
        elif path not in _IDENTITY:
            yield path, value


@dataclass(slots=True)
class _Folding:
    """What goes where: `dropped` are entries that are no longer needed, `edits` what takes their place."""

    clusters: Mapping[str, ClusterSpecs]
    reader: Reader
    users: Users
    entries: Sequence[_Entry]
    edits: dict[str, dict[Edit, None]] = field(default_factory=dict)
    dropped: list[_Entry] = field(default_factory=list)

    def texts(self) -> dict[str, bytes | None]:
        objects = {
            overlay: {identity(one): one for one in resources_of(specs)} for overlay, specs in self.clusters.items()
        }
        for entry in self.entries:
            below = [one for one in writers(entry.resource, entry.path, self.reader) if one.place.file != entry.file]
            if self._value_without(below) == entry.value or self._fold(entry, below, objects):
                self.dropped.append(entry)
        texts: dict[str, bytes | None] = {}
        for file, edits in self.edits.items():
            texts[file] = edit_text(self.reader.read(file), list(edits), file)
        for overlay in dict.fromkeys(entry.overlay for entry in self.dropped):
            texts.update(self._without_dropped(overlay))
        return texts

    def _value_without(self, below: Sequence[Writer]) -> Any:
        """Returns what the field is without the entry, None where it is not there."""
        if not below:
            return None
        return written_value(below[-1].place, below[-1].document, below[-1].steps, self.reader)

    def _fold(self, entry: _Entry, below: Sequence[Writer], objects: Mapping[str, Mapping[Object, Resource]]) -> bool:
        """Edit what decides without the entry, where all that are built from it say the same by now."""
        targets = below[-1:] or [Writer(entry.resource.origin, 0, entry.path, True)]
        if entry.value is None:
            targets = below  # whoever said it before would be heard again
        users = {overlay for target in targets for overlay in self.users.get(target.place.file, ())}
        agree = all(
            entry.object in objects[overlay] and _effective(objects[overlay][entry.object], entry.path) == entry.value
            for overlay in users
        )
        if not agree or not all(target.is_its_own and not self.reader.links(target.place.file) for target in targets):
            return False
        value = REMOVED if entry.value is None else entry.value
        for target in targets:
            edit = Edit(target.place, target.steps, value, target.document)
            self.edits.setdefault(target.place.file, {})[edit] = None
        return True

    def _without_dropped(self, overlay: str) -> Iterator[tuple[str, bytes | None]]:
        """Yields the overlay's promotions without what was dropped; the file and its line in the kustomization go with
        the last of it."""
        file = f"{overlay}/{PATCHES}"
        dropped = {(entry.document, entry.path) for entry in self.dropped if entry.overlay == overlay}
        kept = {
            entry.document
            for entry in self.entries
            if entry.overlay == overlay and (entry.document, entry.path) not in dropped
        }
        text = self.reader.read(file)
        documents = [document.index for document in parse(text, file)]
        partly = [Edit(Place(file, document), path, REMOVED) for document, path in dropped if document in kept]
        text = edit_text(text, partly, file) if partly else text
        whole = {document for document, _ in dropped} - kept
        if whole != set(documents):
            for document in sorted(whole, reverse=True):
                text = without_document(text, document, file)
            yield file, text
            return
        kustomization, _ = find(overlay, self.reader)
        listed = parse(self.reader.read(kustomization), kustomization)[0].data["patches"]
        at = next(index for index, patch in enumerate(listed) if patch.get("path") in (PATCHES, f"./{PATCHES}"))
        yield file, None
        yield kustomization, without_item(self.reader.read(kustomization), ("patches",), at, kustomization)


def _effective(resource: Resource, path: FieldPath) -> Any:
    found: Any = resource.data
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _changed_objects(work: Workspace, texts: Mapping[str, bytes | None]) -> frozenset[Object]:
    """Returns the objects that would not be as they were, in whichever cluster."""
    opened = work.base.opened
    given = TextReader(opened.reader, {file: content for file, content in texts.items() if content is not None})
    cache = SpecsCache(allow_unknown_values=True)
    found: set[Object] = set()
    for specs in work.specs:
        before = {identity(one): as_data(one) for one in resources_of(specs)}
        try:
            after = load_cluster(given, opened.fleet, specs.folder, cache).specs
        except InputError:  # such as a JSON patch that tests for what the base had
            found |= before.keys()
            continue
        now = {identity(one): as_data(one) for one in resources_of(after)}
        found |= {one for one in before.keys() | now.keys() if before.get(one) != now.get(one)}
    return frozenset(found)
