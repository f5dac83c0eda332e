"""Flux: the Kustomizations of a cluster's stages, and for each stage a folder that lists what it applies.

They are in the cluster's own folder of the tree, for the Flux of that cluster, and carry out `plan/delivery_order.py`:

control-plane  definitions, revisions, node agents. It looks after their health, for which nobody waits.
namespaces     what decides who injects whom: tags, the default validator, namespaces. In one stage, since Flux applies
               all of a stage before it prunes any: labels have moved when a tag goes.
extra          what others passed through, of which anything can be refused.

Flux applies Namespaces before all else of a stage. So the first stage brings tags too, where there are none yet: a
webhook is there before the first label that asks for it.

A Kustomization can be ahead of the root, which brings its spec: it sees a new commit at the same time, while it still
waits for what the last one needed. So the folder of a stage is named by what the stage waits for. Where that changes,
the old spec leads nowhere until the root has brought the new one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from render.areas import CNI, CRDS, EXTRA, FLUX, GATEWAYS, MESH, NAMESPACES, REVISIONS, TAGS, ZTUNNEL, area_of
from render.manifests.bundle import Bundle, Manifest
from render.manifests.delivery import HOMES, PRUNE, from_root
from render.manifests.flux_artifacts import artifact_ref, git_repository
from render.plan.cluster import ClusterPlan
from render.plan.delivery_order import Deliverable, delivery_order
from render.specs.kinds import Fleet

GROUP = "kustomize.toolkit.fluxcd.io"
RETRY = "1m"
# While Flux looks after health it takes no newer commit into the same stage, unless its feature gate
# CancelHealthCheckOnNewRevision is on: it looks for as long as a rollback may wait.
TIMEOUT = "30s"

# istiod sets the policy of validating webhooks to Fail once it answers, and each of Istio's has one webhook. Flux's
# paths know no "every item". `caBundle` needs no rule: server-side apply leaves alone what the tree does not say.
IGNORED = {
    "target": {"group": "admissionregistration.k8s.io", "kind": "ValidatingWebhookConfiguration"},
    "paths": ["/webhooks/0/failurePolicy"],
}
# Nine of ten nodes: there is always one that is drained, full or gone. https://fluxcd.io/flux/cheatsheets/cel-healthchecks/
SHARE_OF_NODES = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "current": "has(status.observedGeneration) && status.numberReady * 10 >= status.desiredNumberScheduled * 9",
}
# https://gateway-api.sigs.k8s.io/reference/spec/#gatewayconditiontype
PROGRAMMED = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "current": "has(status.conditions) && status.conditions.exists(c, c.type == 'Programmed' && c.status == 'True')",
}

CONTROL_PLANE = "control-plane"
ALL = "all"
_STAGES = {
    CONTROL_PLANE: (CRDS, REVISIONS, CNI, ZTUNNEL),
    NAMESPACES: (MESH, TAGS, NAMESPACES),
    EXTRA: (GATEWAYS, EXTRA),
}
_WEBHOOK = "MutatingWebhookConfiguration"
_WORKLOADS = frozenset({"Deployment", "DaemonSet"})
_KUSTOMIZATION_FILE = re.compile(rf"{FLUX}/kustomization-mesh-([a-z-]+)\.yaml")
_IF_ABSENT = (f"{GROUP}/ssa", "IfNotPresent")


class AppliedObject(NamedTuple):
    """An object of a folder, as a Kustomization's health checks and inventory name it."""

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def id(self) -> str:
        """Returns what Flux' inventories call it."""
        return f"{self.namespace}_{self.name}_{self.group}_{self.kind}"


class AppliedFolder(NamedTuple):
    """A folder that is applied: its path below the output, and what it holds, as far as anybody has to know."""

    path: str
    objects: tuple[AppliedObject, ...]


class FluxFiles(NamedTuple):
    """The Kustomizations of a cluster, and by its folder the `kustomization.yaml` of each stage, as data."""

    bundle: Bundle
    lists: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Stage:
    """A Kustomization to be: the folders that it applies, those that it brings only where they are not there, and by
    stage what has to be in that one's inventory before."""

    name: str
    folders: tuple[str, ...]
    first: tuple[str, ...]
    needs: Mapping[str, tuple[AppliedObject, ...]]

    @property
    def folder(self) -> str:
        """Returns its folder in the cluster's: `flux/namespaces-1f0c32aa`."""
        ids = sorted(one.id for objects in self.needs.values() for one in objects)
        suffix = f"-{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:8]}" if ids else ""
        return f"{FLUX}/{self.name}{suffix}"


def flux_files(
    fleet: Fleet, plan: ClusterPlan, folders: Mapping[str, AppliedFolder], before: Iterable[str] = ()
) -> FluxFiles:
    """Returns what the Flux of a cluster is given. `folders` are those that are applied, by what bundles call them;
    `crds` is the shared one. `before` are the files of the previous tree: a stage that it had stays when its last
    object has left, to remove that."""
    were = frozenset(found[1] for path in before if (found := _KUSTOMIZATION_FILE.fullmatch(path)))
    namespace = fleet.handover.namespace or HOMES["flux"]
    lists: dict[str, dict[str, Any]] = {}
    manifests = []
    for stage in _stages(plan, folders, were):
        lists |= _lists(stage, folders, plan.specs.cluster.name)
        spec = _spec(fleet, plan, stage, folders)
        labels = {"meshrev.io/cluster": plan.specs.cluster.name, "meshrev.io/stage": stage.name}
        manifests.append(_manifest(_name(stage.name), namespace, labels, spec))
    bundle = Bundle(FLUX, namespace, f"Cluster/{plan.specs.cluster.name}", tuple(manifests), role="apart")
    return FluxFiles(bundle, lists)


def _stages(plan: ClusterPlan, folders: Mapping[str, AppliedFolder], were: frozenset[str]) -> list[_Stage]:
    if plan.specs.settings.stages == "one":
        return [_Stage(ALL, tuple(folders), (), {})] if folders or ALL in were else []
    order = delivery_order(plan, folders)
    stage_of = {folder: _stage_of(folder) for folder in folders}
    stages = []
    for name in _STAGES:
        own = tuple(folder for folder in folders if stage_of[folder] == name)
        if not own and name not in were:
            continue
        needs: dict[str, list[AppliedObject]] = {}
        for part, needed in order.items():
            if _stage_of(part.folder) == name:
                for other in sorted(needed):
                    if (where := _stage_with(name, other)) in stage_of.values():
                        needs.setdefault(where, []).extend(_webhooks(folders, other))
        found = {where: tuple(dict.fromkeys(objects)) for where, objects in needs.items() if where != name}
        first = tuple(folder for folder in folders if name == CONTROL_PLANE and area_of(folder) == TAGS)
        stages.append(_Stage(name, own, first, found))
    return stages


def _stage_with(stage: str, needed: Deliverable) -> str:
    """Returns the stage that brings what a stage needs: tags come with the first to the namespaces of their own."""
    where = _stage_of(needed.folder)
    return CONTROL_PLANE if where == stage == NAMESPACES else where


def _stage_of(folder: str) -> str:
    return next(name for name, areas in _STAGES.items() if area_of(folder) in areas)


def _webhooks(folders: Mapping[str, AppliedFolder], part: Deliverable) -> list[AppliedObject]:
    """Returns the webhooks of a part: they are what a Kustomization applies last."""
    known = folders.get(part.folder)
    return [one for one in known.objects if one.kind == _WEBHOOK] if known else []


def _lists(stage: _Stage, folders: Mapping[str, AppliedFolder], cluster: str) -> dict[str, dict[str, Any]]:
    """Returns the `kustomization.yaml` of a stage, and those of the folders to which it adds something.

    Definitions are shared with clusters of another delivery, so that they are never pruned is said here.
    """
    own = stage.folder

    def listed(names: Iterable[str], depth: int) -> list[str]:
        paths = ((f"../{folders[name].path}").removeprefix(f"../{cluster}/") for name in names)
        return ["../" * depth + path for path in paths]

    lists = {own: _list([*listed((name for name in stage.folders if name != CRDS), 2)])}
    for name, added, inside in (
        (CRDS, PRUNE, [name for name in stage.folders if name == CRDS]),
        (TAGS, _IF_ABSENT, stage.first),
    ):
        if inside:
            lists[own]["resources"].append(name)
            lists[f"{own}/{name}"] = {**_list(listed(inside, 3)), "commonAnnotations": dict((added,))}
    if not lists[own]["resources"]:  # Kustomize refuses a file that says nothing at all
        lists[own]["commonAnnotations"] = dict((PRUNE,))
    return lists


def _list(resources: list[str]) -> dict[str, Any]:
    return {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": resources}


def _spec(fleet: Fleet, plan: ClusterPlan, stage: _Stage, folders: Mapping[str, AppliedFolder]) -> dict[str, Any]:
    settings = plan.specs.settings
    spec: dict[str, Any] = {
        "interval": settings.interval,
        "retryInterval": RETRY,
        "timeout": TIMEOUT,
        "path": f"./{from_root(fleet, f'{plan.specs.cluster.name}/{stage.folder}')}",
        "prune": True,
        # What another stage applies now stays when this one goes.
        "deletionPolicy": "Orphan",
    }
    spec |= settings.kustomization
    spec["sourceRef"] = _source_ref(fleet, plan)
    spec |= _health(plan, stage, folders)
    if stage.needs:
        spec["dependsOn"] = [
            {"name": _name(name), "readyExpr": _are_applied(objects)} for name, objects in stage.needs.items()
        ]
    if stage.name != EXTRA:
        spec["ignore"] = [IGNORED]
    return spec


def _source_ref(fleet: Fleet, plan: ClusterPlan) -> Mapping[str, Any]:
    settings = plan.specs.settings
    if settings.has_artifact:
        return artifact_ref(fleet, plan.specs.cluster.name)
    ref: Mapping[str, Any] = settings.kustomization.get("sourceRef") or git_repository(settings.git_repository)
    return ref


def _are_applied(objects: Iterable[AppliedObject]) -> str:
    """Returns the CEL expression that is true once a Kustomization `dep` has applied objects, healthy or not."""
    expression = "has(dep.status.inventory)"
    if ids := ", ".join(f"'{one.id}'" for one in objects):
        expression += f" && [{ids}].all(id, dep.status.inventory.entries.exists(e, e.id == id))"
    return expression


def _health(plan: ClusterPlan, stage: _Stage, folders: Mapping[str, AppliedFolder]) -> dict[str, Any]:
    """Returns which objects' health a stage looks after: of revisions those that are used or new."""
    if stage.name == NAMESPACES:
        return {}
    kinds = {one.kind for folder in stage.folders for one in folders[folder].objects}
    expressions = [one for one in (SHARE_OF_NODES, PROGRAMMED) if one["kind"] in kinds]
    found: dict[str, Any] = {"healthCheckExprs": expressions} if expressions else {}
    if stage.name == EXTRA:
        return {"wait": True, **found}
    left = {one.name for one in plan.revisions if one.frozen and one.usage.status != "True"}
    checked = [
        {"apiVersion": f"{one.group}/v1", "kind": one.kind, "name": one.name, "namespace": one.namespace}
        for folder in stage.folders
        if area_of(folder) not in (EXTRA, GATEWAYS) and folder.partition("/")[2] not in left
        for one in folders[folder].objects
        if one.kind in _WORKLOADS
    ]
    return {"healthChecks": checked, **found} if checked else found


def _name(stage: str) -> str:
    return f"mesh-{stage}"


def _manifest(name: str, namespace: str, labels: Mapping[str, str], spec: Mapping[str, Any]) -> Manifest:
    data = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": spec,
    }
    return Manifest("Kustomization", name, namespace, GROUP, json.dumps(data, ensure_ascii=False))
