"""meshrev as a Kustomize function: a generator that adds a cluster's committed tree, and a transformer that replaces
its specs by what they render to. As an exec function (KRM) and in the older form of an exec plugin.

Nothing is written. A host reads what is printed before it looks at the exit code, so a failure too prints what the
host can read: the items as they came, and the reasons as results. Items that stay keep the annotations of the host;
new ones have none, since hosts give each a path and an index themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from render.areas import EXTRA, NAMESPACES
from render.errors import InputError, MeshrevError, wrong
from render.finding import Finding
from render.kustomize.read import parse, resources
from render.kustomize.reader import TextReader, WorkingTree
from render.kustomize.resource import Resource
from render.manifests.delivery import delivery_annotations
from render.operations.hosts.function_config import (
    TREE,
    FunctionConfig,
    fleet_folder,
    is_function_config,
    read_function_config,
)
from render.operations.hosts.resource_list import (
    GROUP,
    STDIN,
    VERSIONS,
    item_text,
    object_key,
    path_of,
    read_resource_list,
    resource_list,
    result_of,
)
from render.operations.hosts.tree_objects import ClusterObjects, TreeObject, committed_objects, objects_of
from render.operations.render.fleet import OpenFleet, open_fleet
from render.specs.clusters import load_built
from render.specs.kinds import Delivery
from render.yamlio.location import Place

OUTSIDE = "MR228"
BUG = "MR000"
_SPEC_GROUP = "sailoperator.io"
# The folders whose objects the build has itself, as whole objects and with what else it holds.
_IN_THE_BUILD = frozenset((NAMESPACES, EXTRA))


@dataclass(frozen=True, slots=True)
class Answer:
    """What to print on standard output, what to tell on standard error, and the exit code. `bug` is an exception that
    nobody expected, to be raised once that is printed."""

    out: bytes
    findings: tuple[Finding, ...]
    code: int = 0
    bug: Exception | None = None


def run_function(text: bytes, folder: Path) -> Answer:
    """Returns the answer to a ResourceList; `folder` is where the function runs."""
    try:
        given = read_resource_list(text)
    except InputError as error:
        results = [result_of(found, ()) for found in error.findings]
        return Answer(resource_list(f"{GROUP}/{VERSIONS[0]}", (), None, results), tuple(error.findings), 2)
    outcome = _outcome(given.config, given.items, text, folder)
    texts = map(item_text, given.items) if outcome.code else outcome.texts
    known = [*given.items, Resource(given.config, Place(STDIN))]
    results = [result_of(found, known) for found in outcome.findings]
    out = resource_list(given.api_version, texts, given.config, results)
    return Answer(out, outcome.findings, outcome.code, outcome.bug)


def run_plugin(config: bytes, text: bytes, folder: Path) -> Answer:
    """Returns the answer to the older form of plugin: `config` is its file, `text` the stream of the build, empty for a
    generator. After an error nothing is printed."""
    try:
        asked = parse(config, "configuration")
        if len(asked) != 1 or not isinstance(asked[0].data, dict):
            raise wrong("MR222", "one object is expected in the configuration of the plugin")
        items = resources(TextReader(WorkingTree(folder), {STDIN: text}), STDIN) if text.strip() else []
    except InputError as error:
        return Answer(b"", tuple(error.findings), 2)
    outcome = _outcome(asked[0].data, items, text, folder)
    return Answer(b"".join(b"---\n" + one for one in outcome.texts), outcome.findings, outcome.code, outcome.bug)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """All objects that the build goes on with, and warnings; or no object, and why."""

    texts: tuple[bytes, ...]
    findings: tuple[Finding, ...]
    code: int = 0
    bug: Exception | None = None


def _outcome(config: Mapping[str, Any], items: Sequence[Resource], text: bytes, folder: Path) -> _Outcome:
    try:
        return _make_outcome(read_function_config(config), items, text, folder)
    except InputError as error:
        return _Outcome((), tuple(_without_lines(found, items) for found in error.findings), error.exit_code)
    except MeshrevError as error:
        return _Outcome((), (Finding(OUTSIDE, str(error)),), error.exit_code)
    except Exception as error:
        found = Finding(BUG, f"a bug of meshrev: {type(error).__name__}: {error}")
        return _Outcome((), (found,), 3, error)


def _make_outcome(config: FunctionConfig, items: Sequence[Resource], text: bytes, folder: Path) -> _Outcome:
    opened = open_fleet(fleet_folder(config, folder))
    if config.kind == TREE:
        kept, made = list(items), committed_objects(opened, config.cluster)
    else:
        kept, made = _render(opened, config, items, text)
    _refuse_twice(kept, made.objects)
    texts = (*map(item_text, kept), *(one.data for one in made.objects))
    return _Outcome(texts, tuple(_without_lines(found, items) for found in made.findings))


def _render(
    opened: OpenFleet, config: FunctionConfig, items: Sequence[Resource], text: bytes
) -> tuple[list[Resource], ClusterObjects]:
    """Returns what stays of the items, and what the specs among them render to."""
    unread = {id(item) for item in items if _is_no_spec(item)}
    built = [item for item in items if id(item) not in unread]
    if not any(item.group == _SPEC_GROUP for item in built):
        raise _no_specs(config, built)
    opened = opened.with_stream(text)
    specs, warnings = load_built(opened.reader, opened.fleet, config.cluster, built, opened.cache)
    made = objects_of(opened, specs, warnings, beside=_IN_THE_BUILD)
    namespaces = {id(one.resource) for one in specs.namespaces}
    others = unread | {id(resource) for resource in specs.extra}
    kept = []
    for item in items:
        if id(item) in namespaces:
            kept.append(_never_pruned(item, specs.settings.delivery))
        elif id(item) in others:
            kept.append(item)
    return kept, made


def _is_no_spec(item: Resource) -> bool:
    """What says nothing about the mesh. Secrets are refused in specs because those are committed; a build is not."""
    return is_function_config(item.data) or (item.api_version, item.kind) == ("v1", "Secret")


def _never_pruned(namespace: Resource, delivery: Delivery) -> Resource:
    """Returns the Namespace with what its partial object in the tree says to Argo CD or Flux; its own annotations win.

    It is whole here, so Flux may own all its fields: nothing about merging is said.
    """
    added = delivery_annotations(delivery, NAMESPACES, "Namespace")
    added.pop("kustomize.toolkit.fluxcd.io/ssa", None)
    if not added:
        return namespace
    metadata = namespace.data["metadata"]
    annotations = {**added, **(metadata.get("annotations") or {})}
    return replace(namespace, data={**namespace.data, "metadata": {**metadata, "annotations": annotations}})


def _no_specs(config: FunctionConfig, built: Sequence[Resource]) -> InputError:
    found = f"none of {len(built)} items is a spec" if built else "no item came in"
    message = (
        f"{found} ({_SPEC_GROUP}): list this function under `transformers:` of a kustomization whose `resources:` are "
        f"the specs of {config.cluster}, or use {TREE} under `generators:` for its committed tree"
    )
    return wrong("MR225", message, object=config.title)


def _refuse_twice(kept: Iterable[Resource], objects: Iterable[TreeObject]) -> None:
    """Raises an `InputError` for each object that the build would have twice."""
    there = {object_key(item.data): item for item in kept}
    findings = []
    for one in objects if there else ():
        item = there.get(object_key(_head(one.data)))
        if item:
            message = f"is in the build already, and {one.file} is rendered: take it out of the build's resources"
            findings.append(Finding("MR224", message, file=path_of(item) or None, object=item.title))
    if findings:
        raise InputError(findings)


def _head(text: bytes) -> Mapping[str, object]:
    """apiVersion, kind and metadata of an object of the tree, which begins with them."""
    end = text.index(b"\nmetadata:\n") + 1
    lines = text[end:].split(b"\n")
    rest = next((at for at, line in enumerate(lines[1:], 1) if line and line[:1] != b" "), len(lines))
    data: Mapping[str, object] = parse(text[:end] + b"\n".join(lines[:rest]) + b"\n", STDIN)[0].data
    return data


def _without_lines(found: Finding, items: Iterable[Resource]) -> Finding:
    """Returns a finding about what the host handed over: its lines are nothing that a person wrote, so the file that
    the host says, if any, is named instead."""
    if found.file != STDIN or found.object is None:
        return found
    item = next((item for item in items if item.title == found.object), None)
    return replace(found, file=path_of(item) or None, line=None, column=None) if item else found
