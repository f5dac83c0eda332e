"""Who serves whom, read back from the files of a cluster's tree: the input of `render.plan.injection.proxy_moves`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from render.areas import CNI, EXTRA, GATEWAYS, NAMESPACES, REVISIONS, TAGS, ZTUNNEL, area_of
from render.errors import InputError
from render.finding import Finding
from render.kustomize.read import parse
from render.kustomize.resource import Resource
from render.plan.config_objects import GATEWAY, ConfigObject, config_object
from render.plan.injection.proxy_moves import InjectorMap
from render.plan.inventory import RevisionRecord
from render.plan.labels import INJECTION_LABEL, REVISION_LABEL, TAG_LABEL, VERSION_LABEL, Labels
from render.plan.usage import Pod
from render.plan.workloads import TEMPLATES, pods_of
from render.tree.inventory import parse_inventory
from render.tree.layout import INVENTORY, MANAGED_REVISIONS
from render.yamlio.location import Place, value_at


@dataclass(frozen=True, slots=True)
class TagTarget:
    """A tag and the revision that its objects send pods to."""

    tag: str
    revision: str


@dataclass(frozen=True, slots=True)
class NamespaceLabels:
    name: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class ManagedNames:
    """The revisions that somebody else runs."""

    names: frozenset[str]


# What one file says of who serves whom.
Fact = RevisionRecord | TagTarget | NamespaceLabels | Pod | ConfigObject | ManagedNames


def tells(path: str) -> bool:
    """Returns whether a file of a cluster's folder, by its path in it, says who serves whom."""
    folder, _, name = path.rpartition("/")
    if path == MANAGED_REVISIONS:
        return True
    area = area_of(folder)
    if area == REVISIONS:
        return name == INVENTORY
    if area in (EXTRA, GATEWAYS):
        return unquote(name).lower().startswith(_WORKLOADS)
    return area in (TAGS, NAMESPACES) and name.endswith(".yaml")


def fact(path: str, data: bytes) -> Fact | None:
    """Returns what the file says, None where that is nothing. A broken file says nothing here: it is told of
    elsewhere."""
    area = area_of(path)
    try:
        if area == REVISIONS:
            return _record(data)
        if path == MANAGED_REVISIONS:
            return ManagedNames(frozenset(data.decode().split()))
        documents = parse(data, path)
    except (InputError, UnicodeDecodeError):
        return None
    obj = documents[0].data if documents else None
    if not isinstance(obj, dict) or not isinstance(metadata := obj.get("metadata"), dict):
        return None
    labels = _labels(metadata.get("labels"))
    if area == TAGS:
        tag, revision = labels.get(TAG_LABEL), labels.get(REVISION_LABEL)
        return TagTarget(tag, revision) if tag and revision else None
    if area == NAMESPACES:
        name, ours = metadata.get("name"), (INJECTION_LABEL, REVISION_LABEL)
        return NamespaceLabels(str(name), {key: labels[key] for key in ours if key in labels}) if name else None
    return _pod_or_gateway(Resource(obj, Place(path)))


def serving(facts: Iterable[Fact | None]) -> InjectorMap:
    """Returns all of a cluster's facts together."""
    revisions: dict[str, RevisionRecord] = {}
    tags: dict[str, str] = {}
    namespaces: dict[str, Labels] = {}
    workloads: list[Pod] = []
    gateways: list[ConfigObject] = []
    managed: frozenset[str] = frozenset()
    for said in facts:
        match said:
            case RevisionRecord():
                revisions[said.name] = said
            case TagTarget():
                tags[said.tag] = said.revision
            case NamespaceLabels():
                namespaces[said.name] = said.labels
            case Pod():
                workloads.append(said)
            case ConfigObject():
                gateways.append(said)
            case ManagedNames():
                managed = said.names
    return InjectorMap(revisions, tags, namespaces, tuple(workloads), tuple(gateways), managed)


_WORKLOADS = tuple({*(kind.lower() for _, kind in TEMPLATES), GATEWAY.lower()})


def _record(data: bytes) -> RevisionRecord | None:
    """Returns the record that heads a revision's inventory; the lines that list files are not looked at."""
    heads = "\n".join(line for line in data.decode().split("\n") if not line.startswith('{"file"'))
    ignored: list[Finding] = []
    records = parse_inventory(heads, INVENTORY, ignored, in_revision=True).records
    return records[0] if records else None


def _pod_or_gateway(resource: Resource) -> Pod | ConfigObject | None:
    """A file knows no GatewayClass of another: a Gateway of a class that is not Istio's own counts by its own label."""
    gateway = config_object(resource, {}) if resource.kind == GATEWAY else None
    return gateway if gateway and gateway.deployed else next(iter(pods_of([resource])), None)


def _labels(labels: Any) -> dict[str, str]:
    """Returns labels of an object that nobody checked: only what can be one."""
    return {key: value for key, value in labels.items() if isinstance(value, str)} if isinstance(labels, dict) else {}


def agent_versions(paths: Iterable[str], read: Callable[[str], bytes]) -> dict[str, str]:
    """Returns the releases (`v1.24.3`) of the node agents in a cluster's folder, by `cni` and `ztunnel`.

    The inventory notes none, so their files say it: `paths` are those of the folder, `read` gives one's bytes. A file
    that is missing (empty) or broken says nothing; `check` tells of it.
    """
    found = {}
    for path in paths:
        agent = agent_of(path)
        if agent and (version := _agent_version(read(path))):
            found[agent] = version
    return found


def agent_of(path: str) -> str | None:
    """Returns `cni` or `ztunnel` where a file of a cluster's folder, by its path in it, is that node agent's DaemonSet,
    None for any other file."""
    area, _, name = path.partition("/")
    return area if area in (CNI, ZTUNNEL) and re.match("daemonset[.-]", name) else None


@lru_cache(maxsize=64)
def _agent_version(text: bytes) -> str | None:
    """Returns the release of a rendered node agent: the label that charts set from 1.24 on, or the image's tag."""
    import yaml

    try:
        daemonset = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return None
    label = value_at(daemonset, "metadata", "labels", VERSION_LABEL)
    containers = value_at(daemonset, "spec", "template", "spec", "containers")
    images = [value_at(one, "image") for one in containers] if isinstance(containers, list) else []
    for said in (label, *(str(image).rpartition(":")[2] for image in images)):
        match = re.match(r"\d+\.\d+\.\d+", str(said), re.ASCII)
        if match:
            return f"v{match[0]}"
    return None
