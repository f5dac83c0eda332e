"""Flux: one Kustomization for each folder of a cluster's tree, each waiting for those that it needs.

They are in the cluster's own folder of the tree, for the Flux of that cluster: a stage comes and goes in the commit
that adds or removes what it applies.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from render.areas import AREAS, FLUX, MESH, NAMESPACES, REVISIONS, TAGS, ZTUNNEL, area_of
from render.manifests.bundle import Bundle, Manifest
from render.manifests.delivery import HOMES, from_root
from render.plan.cluster import ClusterPlan
from render.specs.kinds import Fleet

GROUP = "kustomize.toolkit.fluxcd.io"
RETRY = "1m"
TIMEOUT = "5m"  # for istiod's image to be pulled and its pods to be ready

# istiod sets the policy of validating webhooks to Fail once it answers, and each of Istio's has one webhook. Flux's
# paths know no "every item". `caBundle` needs no rule: server-side apply leaves alone what the tree does not say.
IGNORED = {
    "target": {"group": "admissionregistration.k8s.io", "kind": "ValidatingWebhookConfiguration"},
    "paths": ["/webhooks/0/failurePolicy"],
}
_VALIDATING = frozenset({REVISIONS, MESH})
_LONGEST = 63  # Flux labels every object with the name of its Kustomization
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def kustomizations(fleet: Fleet, plan: ClusterPlan, stages: Mapping[str, str]) -> Bundle:
    """Returns the Kustomizations of a cluster. `stages` maps each folder that is applied, as bundles call it, to its
    path below the output; `crds` is the shared one.

    The order is that of the sync waves, with one difference: of the revisions each stage waits for those alone that
    it points at. A revision that does not start then holds up nobody who does not use it, and the way back from it
    stays open.
    """
    namespace = fleet.handover.namespace or HOMES["flux"]
    areas = sorted(set(map(area_of, stages)), key=lambda area: AREAS[area].wave)
    manifests = []
    before: list[str] = []
    for area in areas:
        names = []
        for folder in sorted(folder for folder in stages if area_of(folder) == area):
            used = [one for one in _revisions(plan, folder) if f"{REVISIONS}/{one}" in stages]
            needs = [*before, *(_name(f"{REVISIONS}/{one}") for one in used)]
            names.append(_name(folder))
            spec = _spec(fleet, plan, area, stages[folder], needs)
            manifests.append(_manifest(names[-1], namespace, spec))
        if area != REVISIONS:
            before = names
    return Bundle(FLUX, namespace, f"Cluster/{plan.specs.cluster.name}", tuple(manifests), role="apart")


def _spec(fleet: Fleet, plan: ClusterPlan, area: str, path: str, needs: Iterable[str]) -> dict[str, Any]:
    settings = plan.specs.settings
    spec: dict[str, Any] = {
        "interval": settings.interval,
        "retryInterval": RETRY,
        "timeout": TIMEOUT,
        "sourceRef": {"kind": "GitRepository", "name": settings.git_repository},
        "path": f"./{from_root(fleet, path)}",
        "prune": not AREAS[area].is_kept,  # also when the Kustomization itself goes
        "wait": True,
    }
    if depends := [{"name": name} for name in dict.fromkeys(needs)]:
        spec["dependsOn"] = depends
    if area in _VALIDATING:
        spec["ignore"] = [IGNORED]
    return spec


def _revisions(plan: ClusterPlan, folder: str) -> list[str]:
    """Returns the revisions that what is in a folder points at."""
    area, _, name = folder.partition("/")
    found: list[str | None] = []
    if area == ZTUNNEL and plan.ztunnel:
        found = [plan.ztunnel.revision]
    elif area == MESH and plan.default:
        found = [plan.default.name]
    elif area == TAGS:
        found = [tag.revision for tag in plan.tags if tag.name == name]
    elif area == NAMESPACES:
        found = [namespace.revision for namespace in plan.namespaces]
    return sorted({one for one in found if one})


def _name(folder: str) -> str:
    """`mesh-revision-default-v1-24-3`, `mesh-tag-prod`, `mesh-base`; what cannot be a label's value gets a digest."""
    area, _, name = folder.partition("/")
    full = "-".join(part for part in ("mesh", AREAS[area].stage, name) if part)
    if len(full) <= _LONGEST and _NAME.fullmatch(full):
        return full
    digest = hashlib.sha256(full.encode()).hexdigest()[:8]
    plain = re.sub(r"[^a-z0-9-]+", "-", full.lower())[: _LONGEST - len(digest) - 1]
    return f"{plain}-{digest}"


def _manifest(name: str, namespace: str, spec: Mapping[str, Any]) -> Manifest:
    data = {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Kustomization",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
    return Manifest("Kustomization", name, namespace, GROUP, json.dumps(data, ensure_ascii=False))
