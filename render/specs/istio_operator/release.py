"""The release of an IstioOperator, and every place in it that follows the release: tags of images, a revision's name.

istioctl installs its own release, so that the document need not name one. In a fleet it has to: by the tag of its
images, or where that is a private build's by an annotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from render.messages import FieldPath
from render.yamlio.location import value_at

Data = Mapping[str, Any]

VERSION_ANNOTATION = "meshrev.io/version"
_ANNOTATION: FieldPath = ("metadata", "annotations", VERSION_ANNOTATION)
_TAG: FieldPath = ("spec", "tag")
_TAGS_OF_VALUES: tuple[FieldPath, ...] = (
    ("spec", "values", "global", "tag"),
    ("spec", "values", "pilot", "tag"),
    ("spec", "values", "cni", "tag"),
    ("spec", "values", "ztunnel", "tag"),
)
_REVISIONS: tuple[FieldPath, ...] = (("spec", "revision"), ("spec", "values", "revision"))
_RELEASE = re.compile(r"v?(\d+\.\d+\.\d+)(?![\d.])", re.ASCII)


class NewField(NamedTuple):
    """A field of a document, and what it is to say."""

    path: FieldPath
    value: str


def release(data: Data) -> str | None:
    """Returns the release that a document names, such as `1.27.3`: by its annotation `meshrev.io/version`, else by the
    beginning of `spec.tag`, else of `spec.values.global.tag`. None where none of them begins with one."""
    for path in (_ANNOTATION, _TAG, _TAGS_OF_VALUES[0]):
        found = _RELEASE.match(_text(data, path))
        if found:
            return found[1]
    return None


def release_path(data: Data) -> FieldPath:
    """Returns the path of the field that decides about the release; that of `spec.tag` where none does."""
    for path in (_ANNOTATION, _TAG, _TAGS_OF_VALUES[0]):
        if _RELEASE.match(_text(data, path)):
            return path
    return _TAG


def version_path(data: Data) -> FieldPath:
    """Returns the path of the field that decides about the release of any spec: `spec.version` where it is Sail's."""
    return release_path(data) if data.get("kind") == "IstioOperator" else ("spec", "version")


def revision_for(name: str, before: str, after: str) -> str:
    """Returns the name of a revision for another release: where the old one (`1.27.3`) is in it, as in `1-27-3`,
    `prod-v1-27-3` or `1-27`, the new one stands there; else the name as it is."""
    for parts in (3, 2):
        old, new = ("-".join(text.split(".")[:parts]) for text in (before, after))
        found, times = re.subn(rf"(?<!\d){old}(?!-?\d)", new, name)
        if times:
            return found
    return name


def names_release(name: str, release: str) -> bool:
    """Returns whether the name of a revision has a release (`1.27.3`) in it: another release is another revision."""
    return revision_for(name, release, "0.0.0") != name


def fields_of_release(data: Data, after: str) -> Iterator[NewField]:
    """Yields every field of a document that names its release, with what it says for another one (`1.28.0`).

    These are the annotation, the tags that begin with it (their endings stay, such as `-distroless`), and
    where the release is a part of the revision's name, this and the names of objects in overlays that have it in them.
    """
    before = release(data)
    if before is None:
        return
    for path in (_ANNOTATION, _TAG, *_TAGS_OF_VALUES, *_component_paths(data, "tag")):
        text = _text(data, path)
        found = _RELEASE.match(text)
        if found and found[1] == before:
            yield NewField(path, f"{text[: found.start(1)]}{after}{text[found.end(1) :]}")
    names = [path for path in _REVISIONS if names_release(_text(data, path), before)]
    revisions = {_text(data, path) for path in names}
    for path in names:
        yield NewField(path, revision_for(_text(data, path), before, after))
    for path in _overlay_names(data):
        name = _text(data, path)
        if any(f"-{revision}" in name for revision in revisions):
            yield NewField(path, revision_for(name, before, after))


def fields_left_behind(data: Data) -> list[FieldPath]:
    """Returns the paths of texts that have the revision's name in them and that another release leaves as they are,
    where that release is another revision: addresses, mostly."""
    before = release(data)
    if before is None:
        return []
    changed = {one.path for one in fields_of_release(data, "0.0.0")}
    revisions = {text for path in _REVISIONS if names_release(text := _text(data, path), before)}
    return [
        path
        for path, text in _texts(data.get("spec"), ("spec",))
        if path not in changed and any(re.search(rf"(?<![\w.]){re.escape(one)}(?![\w])", text) for one in revisions)
    ]


def _component_paths(data: Data, *field: str) -> Iterator[FieldPath]:
    """Yields the path of a field in each component, and in each gateway."""
    for name, entry in (value_at(data, "spec", "components") or {}).items():
        place: FieldPath = ("spec", "components", name)
        for path in [(*place, index) for index in range(len(entry))] if isinstance(entry, list) else [place]:
            yield (*path, *field)


def _overlay_names(data: Data) -> Iterator[FieldPath]:
    for path in _component_paths(data, "k8s", "overlays"):
        for index in range(len(value_at(data, *path) or ())):
            yield (*path, index, "name")


def _texts(data: Any, at: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    if isinstance(data, str):
        yield at, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from _texts(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _texts(value, (*at, index))


def _text(data: Data, path: FieldPath) -> str:
    found = value_at(data, *path)
    return found if isinstance(found, str) else ""
