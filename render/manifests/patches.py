"""The patches of a Cluster and of its Istios on rendered objects, applied after all else that makes these."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from render.areas import CNI, GATEWAYS, MESH, REVISIONS, TAGS, ZTUNNEL, area_of
from render.kustomize.object_patches import patch_objects
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.manifests.bundle import Bundle, Manifest
from render.manifests.delivery import delivered_text
from render.plan.cluster import ClusterPlan
from render.specs.kinds import Delivery
from render.yamlio.write import yaml_text

# What meshrev makes. Namespaces and what is passed through are patched where they are written.
_AREAS = (REVISIONS, TAGS, CNI, ZTUNNEL, MESH, GATEWAYS)
CANNOT, NOTHING = "MR324", "MR325"


@dataclass(frozen=True, slots=True)
class PatchedBundles:
    """The folders with patches applied, and what is wrong with the patches."""

    bundles: tuple[Bundle, ...]
    problems: tuple[Problem, ...]


def patch_bundles(plan: ClusterPlan, bundles: Iterable[Bundle]) -> PatchedBundles:
    """Returns the rendered folders after the patches of each Istio, on the objects of its active revision, and then
    those of the Cluster. Frozen revisions are not among them: their files stay as they are."""
    made = list(bundles)
    problems: list[Problem] = []
    for istio in plan.istios:
        if istio.istio.patches:
            chosen = [one for one in made if one.revision and one.revision.name == istio.active]
            made = _swap_in(made, _patch(plan, chosen, istio.istio.patches, istio.istio.resource, problems))
    cluster = plan.specs.cluster
    if cluster.patches:
        chosen = [one for one in made if one.role == "applied" and area_of(one.folder) in _AREAS]
        made = _swap_in(made, _patch(plan, chosen, cluster.patches, cluster.resource, problems))
    return PatchedBundles(tuple(made), tuple(problems))


def _patch(
    plan: ClusterPlan,
    chosen: list[Bundle],
    entries: Sequence[Mapping[str, Any]],
    spec: Resource,
    problems: list[Problem],
) -> list[Bundle]:
    manifests = [manifest for bundle in chosen for manifest in bundle.manifests]
    result = patch_objects([yaml_text(one.json).data for one in manifests], entries, plan.specs.patch_files)
    for one in result.problems:
        code, path = (CANNOT if one.is_error else NOTHING), ("spec", "patches", one.index)
        problems.append(Problem(code, one.message, spec, path))
    delivery = plan.specs.settings.delivery
    changed = [_manifest(manifest, data, delivery) for manifest, data in zip(manifests, result.objects, strict=True)]
    patched, start = [], 0
    for bundle in chosen:
        end = start + len(bundle.manifests)
        patched.append(replace(bundle, manifests=tuple(one for one in changed[start:end] if one is not None)))
        start = end
    return patched


def _manifest(manifest: Manifest, data: Mapping[str, Any] | None, delivery: Delivery) -> Manifest | None:
    """Returns the manifest of an object after the patches, None where they delete it."""
    if data is None:
        return None
    if data == json.loads(manifest.json):
        return manifest
    text = delivered_text(delivery, json.dumps(data, separators=(",", ":"), ensure_ascii=False))
    return replace(manifest, json=text, namespace=data["metadata"].get("namespace") or "")


def _swap_in(bundles: list[Bundle], patched: list[Bundle]) -> list[Bundle]:
    by_folder = {bundle.folder: bundle for bundle in patched}
    return [by_folder.get(bundle.folder, bundle) for bundle in bundles]
