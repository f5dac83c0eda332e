"""Whether a build holds what a function should have put there.

A function that Kustomize skipped leaves no trace: no message, and exit code 0. What a build must hold is known,
though, without any mark in it: the cluster's committed tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.areas import EXTRA, NAMESPACES
from render.errors import wrong
from render.finding import Finding
from render.kustomize.read import parse, resources
from render.kustomize.reader import TextReader, WorkingTree
from render.kustomize.resource import Resource
from render.messages import FieldPath, field_text
from render.operations.hosts.resource_list import STDIN, Key, object_key
from render.operations.hosts.tree_objects import TreeObject, committed_objects, tree_objects
from render.operations.render.fleet import open_fleet

_SPEC_GROUPS = ("sailoperator.io", "meshrev.io")
_SHOWN = 10
_WAY = (
    "Functions need `kustomize build --enable-alpha-plugins --enable-exec`; kubectl skips them without a word, and "
    "runs the plugin form instead (KUSTOMIZE_PLUGIN_HOME, --enable-alpha-plugins)"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`objects` is how many the build must hold, `folder` where they are committed; `findings` what is wrong."""

    objects: int
    folder: str
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return not self.findings


def verify(root: Path, cluster: str, stream: bytes) -> Verdict:
    """Returns the verdict on a build of the cluster of that name, of the fleet in `root`.

    A `DriftError` for a tree that is not as it was written; an `InputError` for an unknown cluster, and a stream that
    is no YAML.
    """
    opened = open_fleet(root)
    objects = tree_objects(opened, cluster) or list(committed_objects(opened, cluster).objects)
    folder = f"{opened.fleet.output}/{cluster}"
    if not objects:
        raise wrong("MR226", "holds no object, so that nothing can be said of a build", file=folder)
    built = {object_key(item.data): item for item in resources(TextReader(WorkingTree(root), {STDIN: stream}), STDIN)}
    findings = list(_specs_left(built)) or _absent(objects, built, folder) or _first(list(_wrong(objects, built)))
    return Verdict(len(objects), folder, tuple(findings))


def _specs_left(built: Mapping[Key, Resource]) -> Iterator[Finding]:
    left = [item for item in built.values() if item.group in _SPEC_GROUPS]
    for item in left[:1]:
        more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        message = (
            f"is still in the build{more}, so no function took it: it was skipped, or is listed in the wrong place"
        )
        yield Finding("MR226", f"{message}. {_WAY}", object=item.title)


def _absent(objects: Sequence[TreeObject], built: Mapping[Key, Resource], folder: str) -> list[Finding]:
    """Returns one finding where nothing of the mesh is there; namespaces and what is passed through may come from
    elsewhere."""
    of_the_mesh = [one for one in objects if one.part not in (NAMESPACES, EXTRA)] or objects
    if any(object_key(_resource(one).data) in built for one in of_the_mesh):
        return []
    message = f"none of the {len(objects)} objects of {folder} is in the build: the function was skipped. {_WAY}"
    return [Finding("MR226", message)]


def _wrong(objects: Iterable[TreeObject], built: Mapping[Key, Resource]) -> Iterator[Finding]:
    for one in objects:
        wanted = _resource(one)
        item = built.get(object_key(wanted.data))
        if item is None:
            yield Finding("MR226", f"is not in the build, and {one.file} is committed", object=wanted.title)
        elif one.part != EXTRA and (path := _difference(wanted.data, item.data, one.part)) is not None:
            message = f"is not as {one.file} has it: patch the specs, not what they render to"
            yield Finding("MR227", message, object=wanted.title, field=field_text(path) or None)


def _first(findings: list[Finding]) -> list[Finding]:
    more = len(findings) - _SHOWN
    rest = [Finding("MR226", f"{more} more objects are missing or differ")] if more > 0 else []
    return [*findings[:_SHOWN], *rest]


def _resource(one: TreeObject) -> Resource:
    (document,) = parse(one.data, one.file)
    return Resource(document.data, document.place)


def _difference(wanted: Any, found: Any, part: str, path: FieldPath = ()) -> FieldPath | None:
    """Returns the first field in which an object is not as committed. It may have more labels and annotations; a
    Namespace is committed in part, and may have more of everything."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        more = part == NAMESPACES or path in (("metadata", "labels"), ("metadata", "annotations"), ("metadata",))
        for key in wanted if more else [*wanted, *(key for key in found if key not in wanted)]:
            if key not in found or key not in wanted:
                if (wanted.get(key), found.get(key)) == (None, None) or _is_delivery(path, key, part):
                    continue
                return (*path, key)
            inner = _difference(wanted[key], found[key], part, (*path, key))
            if inner is not None:
                return inner
        return None
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for at, (one, other) in enumerate(zip(wanted, found, strict=True)):
            inner = _difference(one, other, part, (*path, at))
            if inner is not None:
                return inner
        return None
    return None if type(wanted) is type(found) and wanted == found else path


def _is_delivery(path: FieldPath, key: str, part: str) -> bool:
    """Returns whether this is what only the partial Namespace of the tree says to Flux, and a whole one does not."""
    return part == NAMESPACES and path == ("metadata", "annotations") and key == "kustomize.toolkit.fluxcd.io/ssa"
