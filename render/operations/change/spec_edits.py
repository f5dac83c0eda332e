"""Where an edit of specs goes: into the file that decides now, where that concerns nobody else, else into a patch of
the overlay. What comes of it is built again and compared: just what was wished for changes, in these clusters alone.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from render.errors import InputError, wrong
from render.kustomize.file import find
from render.kustomize.locate import Writer, merge_patches, where, writers
from render.kustomize.read import parse
from render.kustomize.reader import Reader, TextReader
from render.kustomize.resource import Resource
from render.messages import FieldPath, field_text
from render.specs.clusters import SpecsCache, load_cluster
from render.specs.kinds import ClusterSpecs, Fleet
from render.yamlio.edit.text_edits import REMOVED, Edit, edit_text, with_document, with_item
from render.yamlio.location import value_at

# The file of an overlay that holds the patches which promoting adds; it is listed last, so that they decide.
PATCHES = "promotions.yaml"
CODE = "MR201"

Object = tuple[str, str, str, str]  # group, kind, namespace, name: an object of a cluster
Users = Mapping[str, frozenset[str]]  # of a file, the overlays that are built from it
Alike = Mapping[tuple[Object, FieldPath, str], frozenset[str]]  # the overlays that wish for the same


@dataclass(frozen=True, slots=True)
class Wish:
    """What a field of an object is to say in the cluster of one overlay: text, or `REMOVED`."""

    overlay: str
    resource: Resource
    path: FieldPath
    value: Any

    @property
    def object(self) -> Object:
        return identity(self.resource)

    @property
    def is_so(self) -> bool:
        """Whether the field says so already."""
        return bool(value_at(self.resource.data, *self.path, missing=REMOVED) == self.value)


def identity(resource: Resource) -> Object:
    return resource.group, resource.kind, resource.namespace, resource.name


def place_edits(
    wishes: Sequence[Wish], before: Iterable[ClusterSpecs], fleet: Fleet, reader: Reader, users: Users
) -> dict[str, bytes]:
    """Returns the new texts of the files that have to change, by path, for all wishes to come true and nothing else to
    change. Wishes that are so already are welcome: they say which clusters agree.

    `before` are the specs of the clusters of all these overlays. Raises `InputError` where that cannot be done.
    """
    found = {specs.folder: specs for specs in before}
    texts = _Placing(reader, users, wishes).texts()
    wrong_objects = {obj for obj, _ in _differences(wishes, found, fleet, TextReader(reader, texts))}
    if not wrong_objects:
        return texts
    # What decides is not where it seemed to be (a later patch, or one for many objects): patches after all others.
    wished = {wish.object for wish in wishes}
    forced = wrong_objects if wrong_objects <= wished else wished  # which edit changed another object is not known
    texts = _Placing(reader, users, wishes, frozenset(forced)).texts()
    given = TextReader(reader, texts)
    if problems := list(_differences(wishes, found, fleet, given)):
        raise InputError(finding for _, error in problems for finding in error.findings)
    return texts


@dataclass(slots=True)
class _Placing:
    """One try. `forced` are objects that get a patch of their own whatever decides now."""

    reader: Reader
    users: Users
    wishes: Sequence[Wish]
    forced: frozenset[Object] = frozenset()
    edits: dict[str, dict[Edit, None]] = field(default_factory=dict)
    patches: dict[str, dict[Object, list[Wish]]] = field(default_factory=dict)

    def texts(self) -> dict[str, bytes]:
        alike = _alike(self.wishes)
        for wish in (wish for wish in self.wishes if not wish.is_so):
            together = alike[wish.object, wish.path, _key(wish.value)]
            if wish.object in self.forced or not self._in_place(wish, together):
                self.patches.setdefault(wish.overlay, {}).setdefault(wish.object, []).append(wish)
        for overlay, objects in self.patches.items():
            for found in objects.values():
                self._into_existing_patch(overlay, found)
        texts = {file: edit_text(self.reader.read(file), list(edits), file) for file, edits in self.edits.items()}
        for overlay, objects in self.patches.items():
            if new := [found for found in objects.values() if found]:
                self._add_patches(overlay, new, texts, alike)
        return texts

    def _in_place(self, wish: Wish, together: frozenset[str]) -> bool:
        """Edit what decides, where all that are built from it wish for the same."""
        found = writers(wish.resource, wish.path, self.reader)
        if wish.value is REMOVED:
            return self._remove_in_place(wish, found, together)
        if found:
            if self._may_edit(found[-1], together):
                self._edit(found[-1], wish)
                return True
            return False
        origin = Writer(wish.resource.origin, 0, wish.path, True)
        if self._may_edit(origin, together):
            self._edit(origin, wish)
            return True
        return False

    def _remove_in_place(self, wish: Wish, found: Sequence[Writer], together: frozenset[str]) -> bool:
        if not all(self._may_edit(one, together) for one in found):
            return False
        for one in found:
            self._edit(one, wish)
        return True

    def _may_edit(self, one: Writer, together: frozenset[str]) -> bool:
        """A file behind a symbolic link stays as it is: it is somebody else's as well, or lies where nobody looks."""
        users = self.users.get(one.place.file)  # where nobody is known to read it, it is not known who does
        is_own = one.is_its_own and not self.reader.links(one.place.file)
        return is_own and users is not None and users <= together

    def _edit(self, one: Writer, wish: Wish, value: Any = None) -> None:
        edit = Edit(one.place, one.steps, wish.value if value is None else value, one.document)
        self.edits.setdefault(one.place.file, {})[edit] = None

    def _into_existing_patch(self, overlay: str, wishes: list[Wish]) -> None:
        """Put the wishes into the patch of the object that the overlay has already; those that are left need a new one.

        One that is to be made after all others (`forced`) may only be in the file that is listed last.
        """
        for place, document in reversed(merge_patches(wishes[0].resource, self.reader)):
            of_promotions = place.file == f"{overlay}/{PATCHES}"
            if wishes[0].object in self.forced and not of_promotions:
                continue
            is_linked = self.reader.links(place.file)
            if self.users.get(place.file, frozenset()) == frozenset([overlay]) and not is_linked:
                for path, value in _merge_fields(wishes):
                    self.edits.setdefault(place.file, {})[Edit(place, path, value, document)] = None
                wishes.clear()
                return

    def _add_patches(self, overlay: str, objects: Sequence[list[Wish]], texts: dict[str, bytes], alike: Alike) -> None:
        kustomization, _ = find(overlay, self.reader)
        together = [alike[wish.object, wish.path, _key(wish.value)] for wishes in objects for wish in wishes]
        others = self.users.get(kustomization, frozenset()).difference(frozenset.intersection(*together))
        if others:
            message = (
                f"{sorted(others)[0]} is built from this folder, so a patch here would change its cluster too: "
                "select both, or give it a base of its own"
            )
            raise wrong(CODE, message, file=kustomization)
        file = f"{overlay}/{PATCHES}"
        for path in (kustomization, file):
            if links := self.reader.links(path):
                message = f"{links[0]} is a symbolic link, and no patch is added behind one: make it a file or folder"
                raise wrong(CODE, f"{message} of its own, or edit the specs by hand", file=path)
        is_listed = file in self.users
        if self.reader.is_file(file) and not is_listed:
            raise wrong(CODE, f"is not listed under patches of {kustomization}: list it there, last", file=file)
        text = texts.get(file) or (self.reader.read(file) if is_listed else b"")
        for wishes in objects:
            text = with_document(text, _patch(wishes), file)
        texts[file] = text
        if not is_listed:
            before = texts.get(kustomization) or self.reader.read(kustomization)
            texts[kustomization] = with_item(before, ("patches",), {"path": posixpath.basename(file)}, kustomization)


def _alike(wishes: Iterable[Wish]) -> Alike:
    """Returns the overlays that wish for the same in the object of one identity."""
    found: dict[tuple[Object, FieldPath, str], set[str]] = {}
    for wish in wishes:
        found.setdefault((wish.object, wish.path, _key(wish.value)), set()).add(wish.overlay)
    return {key: frozenset(overlays) for key, overlays in found.items()}


def _key(value: Any) -> str:
    return "" if value is REMOVED else f"={value}"


def _patch(wishes: Sequence[Wish]) -> dict[str, Any]:
    """Returns a strategic merge patch in which null removes."""
    resource = wishes[0].resource
    metadata = {"name": resource.name} | ({"namespace": resource.namespace} if resource.namespace else {})
    data: dict[str, Any] = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}
    for path, value in _merge_fields(wishes):
        into = data
        for step in path[:-1]:
            into = into.setdefault(str(step), {})
        into[str(path[-1])] = value
    return data


def _merge_fields(wishes: Sequence[Wish]) -> Iterator[tuple[FieldPath, Any]]:
    """Yields the fields of a merge patch for these wishes: null removes, and a list is said whole."""
    for wish in wishes:
        lists = [number for number, step in enumerate(wish.path) if isinstance(step, int)]
        if lists:
            path = wish.path[: lists[0]]
            yield path, value_at(_with_wish(wish.resource.data, wishes), *path)
        else:
            yield wish.path, None if wish.value is REMOVED else wish.value


def _differences(
    wishes: Sequence[Wish], before: Mapping[str, ClusterSpecs], fleet: Fleet, reader: Reader
) -> Iterator[tuple[Object, InputError]]:
    """Yields every object that is not as it is to be once the specs are built again, and why."""
    cache = SpecsCache(allow_unknown_values=True)
    by_overlay: dict[str, dict[Object, list[Wish]]] = {}
    for wish in wishes:
        by_overlay.setdefault(wish.overlay, {}).setdefault(wish.object, []).append(wish)
    for overlay, objects in by_overlay.items():
        old = {identity(one): one for one in resources_of(before[overlay])}
        try:
            specs = load_cluster(reader, fleet, overlay, cache).specs
        except InputError as error:  # such as a JSON patch that replaces what was taken out of the base
            yield from ((obj, error) for obj in objects)
            continue
        new = {identity(one): one for one in resources_of(specs)}
        for obj in old.keys() | new.keys():
            expected = _with_wish(old[obj].data, objects.get(obj, ())) if obj in old else None
            if obj not in new or expected != as_data(new[obj]):
                yield obj, _unplaceable(objects.get(obj), old.get(obj) or new[obj], overlay, new.get(obj), reader)


def _unplaceable(
    wishes: Sequence[Wish] | None, resource: Resource, overlay: str, now: Resource | None, reader: Reader
) -> InputError:
    if not wishes:
        message = f"an edit for another object would change this one too, in {overlay}: edit the specs by hand"
        return wrong(CODE, message, file=resource.origin.file, object=resource.title)
    found = now or resource
    path = next((wish.path for wish in wishes if not replace(wish, resource=found).is_so), wishes[0].path)
    file, line, column = where(found, path, reader)
    decides = f"decides about {field_text(path)} in {overlay}"
    message = f"{decides} whatever patch is added: edit it by hand"
    if later := _after_promotions(found, path, overlay, reader):
        message = (
            f"{decides}, since {later} lists it after {PATCHES}: move `- path: {PATCHES}` to the end of patches there, "
            "render and commit, or edit this by hand"
        )
    return wrong(CODE, message, file=file, line=line, column=column, object=resource.title)


def _after_promotions(resource: Resource, path: FieldPath, overlay: str, reader: Reader) -> str:
    """Returns the overlay's kustomization, where what decides about a field is a patch that it lists after its
    promotions."""
    kustomization, _ = find(overlay, reader)
    listed = parse(reader.read(kustomization), kustomization)[0].data.get("patches") or []
    names = [patch.get("path") for patch in listed]
    if not any(name in names[:-1] for name in (PATCHES, f"./{PATCHES}")):
        return ""
    files = [place.file for place in resource.patches]
    deciding = writers(resource, path, reader)
    if f"{overlay}/{PATCHES}" not in files or not deciding or deciding[-1].place not in resource.patches:
        return ""
    return kustomization if resource.patches.index(deciding[-1].place) > files.index(f"{overlay}/{PATCHES}") else ""


def resources_of(specs: ClusterSpecs) -> Iterator[Resource]:
    """Yields all objects of a cluster's specs, each once."""
    yield specs.cluster.resource
    yield from (operator.resource for operator in specs.operators)
    for planes in (specs.istios, specs.cnis, specs.ztunnels):
        yield from (spec.resource for spec in planes if spec.operator is None)
    for kind in (specs.revisions, specs.tags, specs.mesh_gateways, specs.namespaces):
        yield from (spec.resource for spec in kind)
    yield from specs.extra


def _with_wish(data: Mapping[str, Any], wishes: Iterable[Wish]) -> Any:
    for wish in wishes:
        data = _set(data, wish.path, wish.value)
    return _plain(data)


def _set(data: Any, path: FieldPath, value: Any) -> Any:
    step, rest = path[0], path[1:]
    if isinstance(data, list) and isinstance(step, int):
        return [_set(one, rest, value) if index == step else one for index, one in enumerate(data)]
    if rest:
        return {**data, step: _set(data.get(step) or {}, rest, value)}
    if value is REMOVED:
        return {key: kept for key, kept in data.items() if key != step}
    return {**data, step: value}


def as_data(resource: Resource) -> dict[str, Any]:
    """Returns the object, to be compared with another."""
    return _plain(resource.data)


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the object without empty labels and annotations, which say what absent ones say."""
    metadata = {
        key: value
        for key, value in data["metadata"].items()
        if not (key in ("labels", "annotations") and value in (None, {}))
    }
    return {**data, "metadata": metadata}
