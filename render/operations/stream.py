"""Objects as one stream of YAML documents, checked as a whole before any of it is printed."""

from __future__ import annotations

from collections.abc import Iterable

from render.errors import InputError
from render.finding import Finding
from render.operations.committed import TreeObject
from render.operations.resource_list import Key, object_key
from render.specs.documents import parse
from render.specs.kustomize_objects import problem_of
from render.specs.resource import Place, Resource


def stream(objects: Iterable[TreeObject]) -> bytes:
    """The documents of all objects, each behind a `---`.

    Raises `InputError` where a file is not exactly one object with `apiVersion`, `kind` and `metadata.name`, or where
    two are the same object: a host would take half of it, or the last.
    """
    seen: dict[Key, str] = {}
    findings: list[Finding] = []
    parts: list[bytes] = []
    for item in objects:
        documents = parse(item.data, item.file)
        found = [Resource(document.data, Place(item.file, document.index)) for document in documents]
        if len(found) != 1 or problem_of(found[0].data) or not isinstance(found[0].data["metadata"]["name"], str):
            message = "is not one object with apiVersion, kind and metadata.name"
            findings.append(Finding("MR038", message, file=item.file))
        elif (other := seen.setdefault(object_key(found[0].data), item.file)) != item.file:
            message = f"is in {other} too: keep one of them"
            findings.append(Finding("MR038", message, file=item.file, object=found[0].title))
        parts += [b"---\n", item.data]
    if findings:
        raise InputError(findings)
    # Argo CD cuts one newline off the end of what it reads; without a spare one, a text block that stands last would
    # lose its own.
    return b"".join((*parts, b"\n")) if parts else b""
