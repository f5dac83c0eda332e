"""The ResourceList that a Kustomize function reads and prints.

Envelope and results are those of the KRM functions specification: `config.kubernetes.io` v1, v1beta1 and v1alpha1
have the same fields as far as they are used here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from render.errors import InputError, wrong
from render.finding import Finding
from render.kustomize.objects import identity, problem_of
from render.kustomize.read import parse
from render.kustomize.resource import Resource
from render.messages import field_text, value_text
from render.yamlio.location import Place
from render.yamlio.write import dump

STDIN = "-"
GROUP = "config.kubernetes.io"
VERSIONS = ("v1", "v1beta1", "v1alpha1")
KIND = "ResourceList"
# Where an item lies, as hosts say it: Kustomize's newer annotation, then the older one.
_PATHS = (f"internal.{GROUP}/path", f"{GROUP}/path")

Key = tuple[str, str, str, str]
"""Group, kind, namespace and name."""


@dataclass(frozen=True, slots=True)
class ResourceList:
    """What a host handed over. The `data` of an item is as it was, annotations of the host included."""

    api_version: str
    items: tuple[Resource, ...]
    config: Mapping[str, Any]


def read_resource_list(text: bytes) -> ResourceList:
    """Returns the one document on standard input. `InputError` where it is no ResourceList, or holds what is no
    object."""
    documents = parse(text, STDIN)
    if not documents:
        raise wrong("MR221", f"is empty: a {KIND} is expected, as Kustomize hands it to a function", file=STDIN)
    data = documents[0].data
    if not isinstance(data, dict) or data.get("kind") != KIND:
        found = data.get("kind") if isinstance(data, dict) else data
        raise wrong("MR221", f"a {KIND} is expected, not {value_text(found)}", file=STDIN, field="kind")
    if len(documents) > 1:
        raise wrong("MR221", f"holds {len(documents)} documents, and one {KIND} is expected", file=STDIN)
    version = data.get("apiVersion")
    if version not in [f"{GROUP}/{known}" for known in VERSIONS]:
        known = ", ".join(VERSIONS)
        message = f"{value_text(version)} is not read: {GROUP}/ {known} are"
        raise wrong("MR221", message, file=STDIN, object=KIND, field="apiVersion")
    items, config = data.get("items"), data.get("functionConfig")
    if not isinstance(items, list | None):
        raise wrong("MR221", f"must be a list, not {value_text(items)}", file=STDIN, object=KIND, field="items")
    if not isinstance(config, dict):
        message = f"must be an object that says what to do, not {value_text(config)}"
        raise wrong("MR221", message, file=STDIN, object=KIND, field="functionConfig")
    if not isinstance(config.get("metadata"), dict | None):
        message = f"must be an object, not {value_text(config['metadata'])}"
        raise wrong("MR221", message, file=STDIN, object=KIND, field="functionConfig.metadata")
    resources = [Resource(item, Place(STDIN, documents[0].index, ("items", at))) for at, item in enumerate(items or ())]
    return ResourceList(version, _objects(resources), config)


def _objects(resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """Returns the items, once it is known that each is an object with apiVersion, kind and name."""
    found = tuple(resources)
    problems = [(at, problem_of(item.data)) for at, item in enumerate(found)]
    if findings := [
        Finding("MR221", problem[1], file=STDIN, object=KIND, field=field_text(("items", at, *problem[0])))
        for at, problem in problems
        if problem
    ]:
        raise InputError(findings)
    return found


def resource_list(
    api_version: str, items: Iterable[bytes], config: Mapping[str, Any] | None, results: Iterable[Mapping[str, Any]]
) -> bytes:
    """Returns the document. `items` are YAML texts, each one object in block style: they become list items as they
    are."""
    parts = [f"apiVersion: {api_version}\nkind: {KIND}\n".encode()]
    listed = [b"- " + item.replace(b"\n", b"\n  ").removesuffix(b"  ") for item in items]
    parts += [b"items:\n", *listed] if listed else [b"items: []\n"]
    rest: dict[str, Any] = {"functionConfig": config} if config else {}
    if found := list(results):
        rest["results"] = found
    if rest:
        parts.append(dump(rest).encode())
    return b"".join(parts)


def object_key(data: Mapping[str, Any]) -> Key:
    """Returns what makes it one object in a cluster, whatever the version of its API."""
    found = identity(data)
    return found.group, found.kind, found.namespace, found.name


def item_text(item: Resource) -> bytes:
    """Returns an item as the host gave it, annotations and all."""
    return dump(item.data).encode()


def result_of(finding: Finding, items: Iterable[Resource]) -> dict[str, Any]:
    """Returns a finding as a host reads it. Lines are of the specs' files; those of what the host handed over mean
    nothing to a person, so that such a finding has the path that the host says, if any."""
    item = next((item for item in items if item.title == finding.object), None)
    result: dict[str, Any] = {"message": finding.message, "severity": finding.severity}
    tags = {"code": finding.code}
    if finding.object:
        kind, *namespace, name = finding.object.split("/") if "/" in finding.object else (finding.object, "")
        ref = {"apiVersion": item.api_version if item else "", "kind": kind, "namespace": "".join(namespace)}
        result["resourceRef"] = {key: value for key, value in {**ref, "name": name}.items() if value}
    if finding.field:
        result["field"] = {"path": finding.field}
    if finding.file and finding.file != STDIN:
        result["file"] = {"path": finding.file}
        tags |= {name: str(value) for name in ("line", "column") if (value := getattr(finding, name)) is not None}
    elif item and (path := path_of(item)):
        result["file"] = {"path": path}
    result["tags"] = tags
    return result


def path_of(item: Resource) -> str:
    """Returns the file that a host says an item is in, empty where it says none."""
    annotations = (item.data.get("metadata") or {}).get("annotations") or {}
    return next((str(annotations[name]) for name in _PATHS if name in annotations), "")
