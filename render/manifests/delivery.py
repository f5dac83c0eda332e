"""What the objects tell Argo CD or Flux: order, and what must never be pruned.

The order in a cluster is that of `plan/delivery_order.py`. Argo CD takes it from annotations on objects, Flux from its
stages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache

from render.areas import AREAS, NAMESPACES, TAGS, area_of
from render.kubernetes.atomic_defaults import atomic_defaults
from render.manifests.bundle import Manifest
from render.plan.delivery_order import sync_wave
from render.specs.kinds import Delivery, Fleet
from render.yamlio.location import value_at

# Where a controller looks for its own objects, unless the fleet says another namespace.
HOMES: Mapping[Delivery, str] = {"argocd": "argocd", "flux": "flux-system"}

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"
MERGED = "kustomize.toolkit.fluxcd.io/ssa"  # for an object of which others deliver the rest
# Flux fills in `${NAME}` wherever a Kustomization has `postBuild`. Ours have none, but many fleets patch one into all
# (https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution).
_VERBATIM = ("kustomize.toolkit.fluxcd.io/substitute", "disabled")
PRUNE = ("kustomize.toolkit.fluxcd.io/prune", "disabled")
_NEVER_PRUNED = "Prune=false,Delete=false,ServerSideApply=true"
# What stays when it leaves the tree would count as a difference for ever. It is asked of the object in the cluster, so
# it has to be there from the start (argo-cd, docs/user-guide/compare-options.md).
_NOT_MISSED = "IgnoreExtraneous"
# What keeps the objects of an area from being pruned, or from being pruned too soon; namespaces are not taken over
# either.
KEPT: Mapping[tuple[Delivery, str], Mapping[str, str]] = {
    **{
        ("argocd", area.name): {COMPARE_OPTIONS: _NOT_MISSED, SYNC_OPTIONS: _NEVER_PRUNED}
        for area in AREAS.values()
        if area.is_kept
    },
    **{("flux", area.name): dict((PRUNE,)) for area in AREAS.values() if area.is_kept},
    ("flux", NAMESPACES): {**dict((PRUNE,)), MERGED: "Merge"},
    # After the namespaces that followed it have moved. Of the Application as a whole it would make any removal wait
    # for every Deployment and DaemonSet, and an operation that waits takes no newer commit.
    ("argocd", TAGS): {SYNC_OPTIONS: "PruneLast=true"},
}


def delivered_manifests(folder: str, delivery: Delivery, objects: Iterable[str]) -> tuple[Manifest, ...]:
    """Returns objects (JSON texts) of a folder as its controller gets them."""
    area = area_of(folder)
    return tuple(_manifest(area, delivery, text) for text in objects)


@lru_cache(maxsize=1024)
def _manifest(area: str, delivery: Delivery, text: str) -> Manifest:
    obj = json.loads(text)
    metadata = obj["metadata"]
    added = tuple(delivery_annotations(delivery, area, obj["kind"], text).items())
    group = obj["apiVersion"].rpartition("/")[0]
    written = delivered_text(delivery, text)
    return Manifest(obj["kind"], metadata["name"], metadata.get("namespace") or "", group, written, added)


def from_root(fleet: Fleet, folder: str) -> str:
    """Returns a folder of the output as it is called from the root of the repository."""
    return "/".join(part for part in (fleet.handover.path, fleet.output, folder) if part not in ("", "."))


def delivery_annotations(delivery: Delivery, folder: str, kind: str, text: str = "") -> dict[str, str]:
    """Returns the annotations of an object of this kind and text in a folder such as `revisions/default-v1-24-3`."""
    found: dict[str, str] = {}
    if delivery == "argocd" and (wave := sync_wave(folder, kind)):
        found["argocd.argoproj.io/sync-wave"] = str(int(wave))
    found.update(KEPT.get((delivery, area_of(folder)), {}))
    if delivery == "flux" and ("${" in text or "$$" in text):  # it also halves dollars
        found.update((_VERBATIM,))
    return found


def delivered_text(delivery: Delivery, text: str) -> str:
    """Returns the JSON text of an object with the fields that make it come back from an API server as it was written.

    Without them an Application is OutOfSync for ever by Argo CD's own difference.
    """
    if delivery == "none":
        return text
    obj = json.loads(text)
    missing = list(atomic_defaults(obj))
    for one in missing:
        value_at(obj, *one.path)[one.field] = one.value
    return json.dumps(obj, separators=(",", ":"), ensure_ascii=False) if missing else text
