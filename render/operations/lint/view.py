"""One cluster prepared for the rules of lint: its plan, what it will have, and what the tree held before."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from render.areas import EXTRA, GATEWAYS, NAMESPACES, REVISIONS, TAGS
from render.git.trees import Repository, Side
from render.kustomize.resource import Resource
from render.lint.view import KINDS, Before, ClusterObject, View
from render.manifests.bundle import Bundle
from render.manifests.delivery import MERGED
from render.manifests.istio_operator.bundles import operator_title
from render.operations.observe.file import read_observation
from render.operations.observe.server_report import read_report
from render.operations.render.cluster import Pipeline
from render.plan.cluster import ClusterPlan
from render.plan.inventory import Inventory, RevisionRecord
from render.plan.labels import INJECTION_LABEL, REVISION_LABEL, Labels
from render.plan.wiring import cluster_wiring
from render.specs.kinds import Fleet
from render.tree.layout import INVENTORY, revision_folder
from render.tree.served import NamespaceLabels, agent_versions, fact
from render.tree.store.fleet_folder import FleetFolder
from render.yamlio.location import value_at


class CommittedTree(Protocol):
    """What a cluster's folder held: revisions by name, every other file by its path in the folder."""

    @property
    def revisions(self) -> Mapping[str, RevisionRecord]: ...

    @property
    def paths(self) -> Collection[str]: ...

    def read(self, path: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class OnDisk:
    """The tree as it lies in the working tree."""

    folder: Path
    inventory: Inventory

    @property
    def revisions(self) -> Mapping[str, RevisionRecord]:
        return self.inventory.revisions

    @property
    def paths(self) -> Collection[str]:
        return self.inventory.files

    def read(self, path: str) -> bytes:
        try:
            return (self.folder / path).read_bytes()
        except OSError:  # `check` says that it is missing
            return b""


@dataclass(frozen=True, slots=True)
class InGit:
    """A cluster's folder in a commit: its files by path, each with its blob id."""

    repository: Repository
    files: Mapping[str, str]

    @property
    def paths(self) -> Collection[str]:
        return self.files

    @property
    def revisions(self) -> Mapping[str, RevisionRecord]:
        found = {}
        for path in self.files:
            if re.fullmatch(f"{REVISIONS}/[^/]+/{re.escape(INVENTORY)}", path):
                record = fact(path, self.read(path))
                if isinstance(record, RevisionRecord):
                    found[record.name] = record
        return found

    def read(self, path: str) -> bytes:
        return next(self.repository.read([self.files[path]]))


def tree_of(repository: Repository, side: Side, output: str, cluster: str) -> InGit:
    """Returns the folder of a cluster in a commit; an empty one for a cluster that was not there."""
    folder = f"{output}/{cluster}"
    files = repository.files(side, [folder])
    return InGit(repository, {path[len(folder) + 1 :]: oid for path, oid in files.items()})


def view(
    fleet: Fleet,
    pipeline: Pipeline,
    held: CommittedTree,
    observed: FleetFolder,
    today: str | None,
    definitions: tuple[Resource, ...] = (),
) -> View:
    """Returns a cluster as the rules look at it. `held` is what its folder held before; `observed` is the folder of
    observations, `today` an ISO date, `definitions` those of the file that `spec.crds` names. `InputError` for an
    observation that is broken."""
    plan, made = pipeline.plan, pipeline.bundles
    objects = (*_rendered_objects(made, plan), *_passed_through(plan), *_frozen(plan, pipeline.folder))
    return View(
        plan=plan,
        fleet=fleet,
        before=Before(
            held.revisions,
            agent_versions(held.paths, held.read),
            _namespaces(held, plan),
            _others(held, plan),
            _partial(held, plan),
        ),
        objects=objects,
        identities=frozenset(
            (manifest.kind, manifest.namespace, manifest.name, manifest.group)
            for bundle in made
            if bundle.folder != EXTRA
            for manifest in bundle.manifests
        ),
        observation=read_observation(observed, plan.specs.cluster.name),
        verified=read_report(observed, plan.specs.cluster.name),
        today=today,
        definitions=definitions,
        wiring=cluster_wiring(one.data for one in objects),
    )


def _rendered_objects(bundles: Iterable[Bundle], plan: ClusterPlan) -> Iterator[ClusterObject]:
    specs = {f"{REVISIONS}/{one.name}": one.resource for one in plan.revisions if one.resource}
    specs |= {f"{TAGS}/{tag.name}": tag.tag.resource for tag in plan.tags}
    specs |= {f"{GATEWAYS}/{one.name}": one.spec.resource for one in plan.mesh_gateways}
    shared = plan.default or next((one for one in plan.revisions if one.active), None)
    of_all = (shared.resource if shared else None) or plan.specs.cluster.resource
    operators = {operator_title(one): one.resource for one in plan.specs.operators}
    for bundle in bundles:
        if bundle.folder != EXTRA:
            spec = specs.get(bundle.folder) or operators.get(bundle.why, of_all)
            yield from (ClusterObject(_json(one.json), spec) for one in bundle.manifests if one.kind in KINDS)


def _passed_through(plan: ClusterPlan) -> Iterator[ClusterObject]:
    return (ClusterObject(one.data, one) for one in plan.specs.extra if one.kind in KINDS)


def _frozen(plan: ClusterPlan, folder: Path) -> Iterator[ClusterObject]:
    """Yields the objects of revisions whose files stay; one that is missing or broken is told of by render and
    check."""
    kinds = tuple(f"{kind.lower()}-" for kind in KINDS)
    owners = {one.istio.name: one.istio.resource for one in plan.istios}
    for revision in plan.revisions if folder.is_dir() else ():
        if revision.frozen:
            owner = owners.get(revision.record.istio or "", plan.specs.cluster.resource)
            for name in revision.record.files:
                file = folder / revision_folder(revision.name) / name
                if name.startswith(kinds) and file.is_file():
                    yield from _object(_yaml(file.read_bytes()), owner)


def _object(data: Any, spec: Resource) -> Iterator[ClusterObject]:
    if isinstance(data, dict) and data.get("kind") in KINDS and (data.get("metadata") or {}).get("name"):
        yield ClusterObject(data, spec)


def _namespaces(held: CommittedTree, plan: ClusterPlan) -> dict[str, Labels]:
    """Returns labels before, of the namespaces that may have lost `istio-injection`, or another label and now have
    none."""
    found = {}
    for planned in plan.namespaces:
        if INJECTION_LABEL in planned.namespace.labels:
            continue
        name = planned.namespace.name
        for path in (f"{NAMESPACES}/{name}.yaml", f"{NAMESPACES}/{name}/namespace-{name}.yaml"):  # whole, and a patch
            said = _labels(path, held.read(path)) if path in held.paths else None
            if said:
                found[name] = said
    return found


def _others(held: CommittedTree, plan: ClusterPlan) -> dict[str, tuple[str, ...]]:
    """Returns the labels beside those of injection that namespaces were delivered with, by namespace, where they are
    delivered with their injection labels (and those of the topology) alone now."""
    found: dict[str, tuple[str, ...]] = {}
    if plan.specs.settings.namespaces != "apply":
        return found
    system = {one.name: one.labels.keys() for one in plan.system_namespaces}
    for planned in plan.namespaces:
        path = f"{NAMESPACES}/{planned.namespace.name}.yaml"
        data = _yaml(held.read(path)) if path in held.paths else None
        labels = value_at(data, "metadata", "labels") if isinstance(data, dict) else None
        delivered = {INJECTION_LABEL, REVISION_LABEL, *system.get(planned.namespace.name, ())}
        if others := sorted(set(labels or {}) - delivered):
            found[planned.namespace.name] = tuple(others)
    return found


def _partial(held: CommittedTree, plan: ClusterPlan) -> frozenset[str]:
    """Returns the namespaces that Flux was told to merge into what others deliver, and is not told so now."""
    settings = plan.specs.settings
    if (settings.delivery, settings.namespaces) != ("flux", "manifest"):
        return frozenset()
    names = [one.namespace.name for one in plan.namespaces if MERGED not in one.namespace.annotations]
    paths = {name: f"{NAMESPACES}/{name}.yaml" for name in names}
    return frozenset(name for name, path in paths.items() if path in held.paths and MERGED.encode() in held.read(path))


@lru_cache(maxsize=4096)
def _labels(path: str, text: bytes) -> Labels | None:
    said = fact(path, text)
    return said.labels if isinstance(said, NamespaceLabels) else None


@lru_cache(maxsize=1024)
def _json(text: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(text)
    return data


@lru_cache(maxsize=1024)
def _yaml(text: bytes) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return None
