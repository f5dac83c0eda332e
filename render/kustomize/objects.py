"""The objects of a file as Kustomize takes them, and how it tells them apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from render.kustomize.linked_labels import Link
from render.kustomize.merge_keys import is_cluster_scoped
from render.kustomize.report import Report, Spot
from render.kustomize.resource import Resource
from render.messages import FieldPath, value_text
from render.yamlio.documents import Document, empty_below, with_text_in_braces
from render.yamlio.location import Place, value_at

NO_NAMESPACE = "_non_namespaceable_"  # what Kustomize puts for objects of the cluster, also in targets
DEFAULT_NAMESPACE = "default"
_SEPARATOR = re.compile(rb"\n---.*\n")
DIRECTIVE = "has a line with % before it (%YAML or %TAG), which Kustomize does not take; remove the line"


class ResourceId(NamedTuple):
    """Which object this is. `namespace` is never empty: `default`, or `_non_namespaceable_` for the cluster's own."""

    group: str
    version: str
    kind: str
    namespace: str
    name: str

    @property
    def in_cluster(self) -> tuple[str, str, str, str]:
        """What a cluster knows the object by: the version is only a way to look at it."""
        return self.group, self.kind, self.namespace, self.name


class Rewriting(NamedTuple):
    """What a JSON patch left, and how many places had made the object then. Kustomize writes it anew, with its own
    quotes."""

    data: Mapping[str, Any]
    places: int


@dataclass(frozen=True, slots=True)
class Item:
    """An object on its way through kustomizations.

    `previous` is what it was before each change of its identity, `links` what changes together in it, `empty` where it
    has nothing, not even `null`: Kustomize takes that away with the first merge patch, and keeps `null`. `rewritten` is
    the last JSON patch of it.
    """

    resource: Resource
    id: ResourceId
    previous: tuple[ResourceId, ...] = ()
    links: tuple[Link, ...] = ()
    empty: tuple[FieldPath, ...] = ()
    rewritten: Rewriting | None = None

    def texts(self, field: str) -> dict[str, str]:
        """`labels` or `annotations`, all as text."""
        return as_texts((self.resource.data.get("metadata") or {}).get(field))

    def with_data(self, data: Mapping[str, Any], place: Place | None = None) -> Item:
        """Returns the item with other data, which `place` made; itself where the data is the same."""
        if data is self.resource.data:
            return self
        patches = self.resource.patches if place is None else (*self.resource.patches, place)
        resource = Resource(data, self.resource.origin, patches)
        now, previous = identity(data), self.previous
        if now[:2] != self.id[:2]:  # Kustomize remembers names, namespaces and kinds alone
            previous = tuple(former._replace(group=now.group, version=now.version) for former in previous)
        return Item(resource, now, previous, self.links, self.empty, self.rewritten)

    def filling(self, paths: Sequence[tuple[str, ...]], keys: Sequence[str]) -> Item:
        """Returns the item, about to get these keys below these paths, which lead through lists to every element."""
        left = tuple(path for path in self.empty if path[-1] not in keys or _names(path[:-1]) not in paths)
        return self if left == self.empty else replace(self, empty=left)

    def with_place(self, place: Place) -> Item:
        """Returns the item with the same data, which `place` says too."""
        resource = Resource(self.resource.data, self.resource.origin, (*self.resource.patches, place))
        return replace(self, resource=resource)

    def linking(self, links: Iterable[Link]) -> Item:
        """Returns the item with more, or other, fields that change together."""
        links = tuple(links)
        return self if links == self.links else replace(self, links=links)

    def remembering(self) -> Item:
        """Returns the item, about to get another identity."""
        return Item(self.resource, self.id, (*self.previous, self.id), self.links, self.empty, self.rewritten)


def items(documents: Iterable[Document], report: Report) -> list[Item]:
    """Returns the objects of documents; what is in a list (any kind that ends in List, with `items`) comes out of it.

    What is no object is reported and left out.
    """
    documents = list(documents)
    for document in documents:
        if document.has_directive:
            report.error("MR015", DIRECTIVE, Spot(document.place))
    queue = [(document.data, document.place, document.empty, False) for document in documents]
    kept = []
    for data, place, empty, is_json in queue:  # grows: Kustomize puts what was in lists at the end
        kind = data.get("kind") if isinstance(data, dict) else None
        if isinstance(kind, str) and kind.endswith("List") and "items" in data:
            is_json = is_json or not keeps_writing(kind, place, report.reader.read(place.file))
            queue += (
                (entry, at, () if is_json else empty_below(empty, at.inside[-2:]), is_json)
                for entry, at in _list_items(data, place, report)
            )
        elif (problem := problem_of(data)) is not None:
            report.error("MR015", problem[1], Spot(place, problem[0]))
        elif (problem := metadata_problem(data)) is not None:
            report.error("MR034", problem[1], Spot(place, problem[0]))
        else:
            data = with_text_annotations(data) if is_json else with_text_annotations(data, Spot(place), report)
            data = with_text_in_braces(data, empty)
            kept.append(Item(Resource(data, place), identity(data), empty=tuple(path for path, _ in empty)))
    return kept


def keeps_writing(kind: str, place: Place, text: bytes) -> bool:
    """Returns whether Kustomize takes the items of a list as they were written: of a `List` that is all there is in its
    file. Those of all others go through JSON, where text is in quotes and nothing is empty (byteio_reader.go)."""
    return kind == "List" and not place.inside and _SEPARATOR.search(text) is None


def identity(data: Mapping[str, Any]) -> ResourceId:
    group, _, version = data["apiVersion"].rpartition("/")
    metadata = data.get("metadata") or {}
    if is_cluster_scoped(data["apiVersion"], data["kind"]):
        namespace = NO_NAMESPACE
    else:
        namespace = str(metadata.get("namespace") or DEFAULT_NAMESPACE)
    return ResourceId(group, version, data["kind"], namespace, str(metadata.get("name")))


def with_text_annotations(
    data: Mapping[str, Any], at: Spot | None = None, report: Report | None = None
) -> Mapping[str, Any]:
    """Returns annotations as text, and none at all rather than an empty mapping, as Kustomize leaves every object.

    Where it is known where they were written, the text is what stands there: `"1.20"` for 1.20, not `"1.2"`.
    """
    metadata = data.get("metadata")
    if not isinstance(metadata, dict) or "annotations" not in metadata:
        return data
    annotations = metadata["annotations"]
    if not annotations:
        return {**data, "metadata": {key: value for key, value in metadata.items() if key != "annotations"}}
    if not isinstance(annotations, dict) or all(type(value) is str for value in annotations.values()):
        return data
    texts = as_texts(annotations, at and at.below("metadata", "annotations"), report)
    return {**data, "metadata": {**metadata, "annotations": texts}}


def as_texts(mapping: Any, at: Spot | None = None, report: Report | None = None) -> dict[str, str]:
    """Returns a mapping of labels or annotations with every value as text; empty for anything else."""
    if not isinstance(mapping, dict):
        return {}
    if set(map(type, mapping.values())) <= {str}:
        return mapping
    texts = {}
    for key, value in mapping.items():
        written = report.source_text(at.below(key)) if at and report and not isinstance(value, str) else None
        texts[key] = value if isinstance(value, str) else _text(value) if written is None else written
    return texts


def _list_items(data: dict[str, Any], place: Place, report: Report) -> Iterator[tuple[Any, Place]]:
    entries = data["items"]
    if entries is not None and not isinstance(entries, list):
        report.error("MR015", f"must be a list, not {value_text(entries)}", Spot(place, ("items",)))
    else:
        for index, entry in enumerate(entries or ()):
            if entry is not None:
                yield entry, replace(place, inside=(*place.inside, "items", index))


class DocumentProblem(NamedTuple):
    """Why a document is no object: a field of it, and a message."""

    path: FieldPath
    message: str


def problem_of(data: Any) -> DocumentProblem | None:
    """Returns why Kustomize, or Kubernetes, would not take a document for an object."""
    if not isinstance(data, dict):
        return DocumentProblem(
            (), f"a Kubernetes object is expected here (apiVersion, kind, metadata), not {value_text(data)}"
        )
    for field in ("apiVersion", "kind"):
        if not isinstance(data.get(field), str) or not data[field]:
            return DocumentProblem((field,), "a Kubernetes object needs one, and it must be text")
    metadata = data.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("name") in (None, "", {}, []):
        return DocumentProblem(("metadata", "name"), "a Kubernetes object needs one")
    return None


def metadata_problem(data: Mapping[str, Any]) -> DocumentProblem | None:
    """Returns which annotation of an object or patch Kustomize would drop or empty without a word, or which namespace
    it would not see, since it is no text."""
    annotations, namespace = value_at(data, "metadata", "annotations"), value_at(data, "metadata", "namespace")
    if isinstance(namespace, dict | list):
        return DocumentProblem(("metadata", "namespace"), f"must be text, not {value_text(namespace)}")
    if isinstance(annotations, dict):
        for key, value in annotations.items():
            if isinstance(value, dict | list):
                return DocumentProblem(("metadata", "annotations", key), f"must be text, not {value_text(value)}")
    elif annotations is not None:
        message = f"must be a mapping of annotations, not {value_text(annotations)}"
        return DocumentProblem(("metadata", "annotations"), message)
    return None


def _names(path: FieldPath) -> tuple[str, ...]:
    return tuple(step for step in path if isinstance(step, str))


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return ""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
