"""What Argo CD and Flux do with what is rendered, as far as order goes: played by the rules of their sources.

Argo CD (gitops-engine, pkg/sync/sync_context.go): one queue of waves. A wave begins when all objects of the waves
before it are healthy; what has no health is done as soon as it is applied; the last wave is not waited for, unless
something is pruned after it (`PruneLast`). While an operation waits, it takes no newer commit.
Flux (kustomize-controller 1.9.6, kustomization_controller.go, and pkg/ssa): a Kustomization whose dependencies are
ready applies its Namespaces, then all else, then prunes; one object that is refused holds all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from render.areas import REVISIONS
from render.manifests.bundle import Bundle, Manifest
from render.manifests.cluster import bundles
from render.manifests.flux import AppliedFolder, AppliedObject, flux_files
from render.plan.cluster import ClusterPlan
from render.tree.layout import in_order
from tests.support.cluster_plan import fleet

WAVE = "argocd.argoproj.io/sync-wave"
# What Argo CD knows a health of: gitops-engine pkg/health, and resource_customizations for the rest.
WITH_HEALTH = {
    *("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Pod", "Job", "HorizontalPodAutoscaler"),
    *("PodDisruptionBudget", "PersistentVolumeClaim", "Ingress", "APIService", "Gateway"),
}


class Item(NamedTuple):
    """An object of a tree: its folder, and what is known of it."""

    folder: str
    manifest: Manifest

    @property
    def id(self) -> str:
        one = self.manifest
        return AppliedObject(one.group, one.kind, one.namespace, one.name).id


@dataclass(frozen=True)
class Tree:
    """What a plan renders, and the folders of revisions that were frozen before."""

    plan: ClusterPlan
    made: Mapping[str, Bundle]

    @property
    def items(self) -> list[Item]:
        return [Item(folder, one) for folder, bundle in self.made.items() for one in bundle.manifests]

    def flux(self) -> dict[str, Stage]:
        folders = {
            folder: AppliedFolder(
                f"c/{folder}", tuple(AppliedObject(m.group, m.kind, m.namespace, m.name) for m in bundle.manifests)
            )
            for folder, bundle in self.made.items()
        }
        found = flux_files(fleet(delivery={"type": "flux"}), self.plan, folders)
        stages = [json.loads(one.json) for one in found.bundle.manifests]
        return {one["metadata"]["name"]: self._stage(one, found.lists) for one in stages}

    def _stage(self, data: dict[str, Any], lists: Mapping[str, Mapping[str, Any]]) -> Stage:
        own = data["spec"]["path"].removeprefix("./rendered/c/")
        listed = {path.rpartition("../")[2] for path in lists[own]["resources"]}
        first = {path.rpartition("../")[2] for path in lists.get(f"{own}/tags", {}).get("resources", ())}
        waits = {
            one["name"]: re.findall("'([^']+)'", one["readyExpr"].partition("].all")[0])
            for one in data["spec"].get("dependsOn", [])
        }
        return Stage(
            own,
            [item for item in self.items if item.folder in listed],
            [item for item in self.items if item.folder in first],
            waits,
        )


@dataclass(frozen=True)
class Stage:
    """A Kustomization: its objects, those that it brings only where they are absent, and what it waits for: by the name
    of another, ids that are in that one's inventory."""

    path: str
    items: list[Item]
    first: list[Item]
    waits: Mapping[str, list[str]]


def tree(plan: ClusterPlan, before: Tree | None = None) -> Tree:
    """Returns the tree of a plan; the folders of its frozen revisions are as they were."""
    made = {bundle.folder: bundle for bundle in bundles(plan) if bundle.manifests and bundle.role == "applied"}
    for name in plan.frozen:
        assert before
        made[f"{REVISIONS}/{name}"] = before.made[f"{REVISIONS}/{name}"]
    return Tree(plan, {folder: made[folder] for folder in in_order(made)})


@dataclass
class Cluster:
    """What a cluster holds: by id what was applied last, and by Kustomization what that one applied."""

    objects: dict[str, Item] = field(default_factory=dict)
    inventories: dict[str, set[str]] = field(default_factory=dict)
    stages: dict[str, Stage] = field(default_factory=dict)

    def argocd(self, wanted: Tree, never_ready: Collection[str]) -> Iterator[str]:
        """Apply a tree; gives the id of each object right after it changed. Ends where the operation waits for good."""
        waves: dict[int, list[Item]] = {}
        for item in wanted.items:
            waves.setdefault(int(dict(item.manifest.annotations).get(WAVE, 0)), []).append(item)
        gone = self.objects.keys() - {item.id for item in wanted.items}
        for wave in sorted(waves):
            for item in waves[wave]:
                self.objects[item.id] = item
                yield item.id
            is_last = wave == max(waves) and not gone
            waits = {item.id for item in waves[wave] if item.manifest.kind in WITH_HEALTH}
            if waits & set(never_ready) and not is_last:
                return
        for name in gone:
            del self.objects[name]
            yield name

    def flux(self, wanted: Tree, refused: Collection[str] = (), order: Collection[str] = ()) -> Iterator[str]:
        """Apply a tree, as far as anything can be applied; gives an id after each step of each Kustomization. `order`
        are the names of Kustomizations that come before the others when more than one can.

        The root comes last of all, so that each Kustomization whose path is as before waits for what it waited for.
        """
        stages = wanted.flux()
        left = sorted(stages, key=lambda name: (name not in order, name))
        for name in left:
            if name not in self.stages or self.stages[name].path != stages[name].path:
                self.stages[name] = stages[name]
        while ready := [name for name in left if self._is_ready(self.stages[name])]:
            left.remove(ready[0])
            yield from self._reconcile(ready[0], stages[ready[0]], refused)
        self.stages = stages

    def _is_ready(self, stage: Stage) -> bool:
        return all(name in self.inventories and set(ids) <= self.inventories[name] for name, ids in stage.waits.items())

    def _reconcile(self, name: str, stage: Stage, refused: Collection[str]) -> Iterator[str]:
        first = [item for item in stage.first if item.id not in self.objects]
        wanted = [*stage.items, *first]
        wanted.sort(key=lambda item: item.manifest.kind != "Namespace")
        if any(item.id in refused for item in wanted):
            return
        for item in wanted:
            self.objects[item.id] = item
            yield item.id
        before = self.inventories.get(name, set())
        self.inventories[name] = {item.id for item in (*stage.items, *stage.first)}
        for gone in sorted(before - self.inventories[name]):
            kept_by_others = any(gone in ids for other, ids in self.inventories.items() if other != name)
            if gone in self.objects and not kept_by_others and self.objects[gone].manifest.kind != "Namespace":
                del self.objects[gone]
                yield gone
