"""Objects as one stream of YAML documents, checked as a whole before any of it is printed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from render.errors import InputError
from render.finding import Finding
from render.operations.committed import TreeObject
from render.specs.documents import parse


def stream(objects: Iterable[TreeObject]) -> bytes:
    """The documents of all objects, each behind a `---`.

    Raises `InputError` where a file is not exactly one object with `apiVersion`, `kind` and `metadata.name`, or where
    two are the same object: a host would take half of it, or the last.
    """
    seen: dict[tuple[str, ...], str] = {}
    findings: list[Finding] = []
    parts: list[bytes] = []
    for item in objects:
        documents = parse(item.data, item.file)
        identity = _identity(documents[0].data) if len(documents) == 1 else None
        if identity is None:
            message = "is not one object with apiVersion, kind and metadata.name"
            findings.append(Finding("MR038", message, file=item.file))
        elif (other := seen.setdefault(identity, item.file)) != item.file:
            title = "/".join(part for part in identity[1:] if part)
            findings.append(Finding("MR038", f"is in {other} too: keep one of them", file=item.file, object=title))
        parts += [b"---\n", item.data]
    if findings:
        raise InputError(findings)
    # Argo CD cuts one newline off the end of what it reads; without a spare one, a text block that stands last would
    # lose its own.
    return b"".join((*parts, b"\n")) if parts else b""


def _identity(data: Any) -> tuple[str, ...] | None:
    """API group, kind, namespace and name; None for what is no object."""
    if not isinstance(data, dict) or not isinstance(metadata := data.get("metadata"), dict):
        return None
    version, kind, name = data.get("apiVersion"), data.get("kind"), metadata.get("name")
    if not (isinstance(version, str) and isinstance(kind, str) and isinstance(name, str) and version and kind and name):
        return None
    return version.rpartition("/")[0], kind, str(metadata.get("namespace") or ""), name
