"""A cluster's namespaces in one of three forms: their injection labels alone, a patch for their owners, or whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from render.areas import NAMESPACES
from render.manifests.bundle import Bundle, Manifest
from render.manifests.delivery import COMPARE_OPTIONS, KEPT, MERGED, SYNC_OPTIONS, delivery_annotations
from render.plan.cluster import ClusterPlan, PlannedNamespace
from render.plan.usage import INJECTION_LABEL, REVISION_LABEL
from render.specs.kinds import Delivery, Namespace

WHY = "Namespace"


def namespaces(plan: ClusterPlan) -> list[Bundle]:
    """Returns the folders of the cluster's namespaces, in the form that its settings say.

    `apply`: of each that has an injection label, a partial object with nothing but these; the rest stays its owner's.
    `patch`: of each, a component of its own with a strategic merge patch that states both labels, the one that is not
    set as null. Owners take in those of their namespaces: Kustomize refuses a patch of an object that is not there,
    and of a patch with a target it makes the label "null" (5.5) or empty (4.5), which means disabled.
    `manifest`: each with all its labels and annotations.
    """
    delivery = plan.specs.settings.delivery
    match plan.specs.settings.namespaces:
        case "apply":
            labelled = [one for one in plan.namespaces if one.injection_labels]
            objects = [_partial(one.namespace.name, tuple(one.injection_labels.items()), delivery) for one in labelled]
        case "patch":
            return [
                Bundle(f"{NAMESPACES}/{one.namespace.name}", "", WHY, (_patch_of(one),), role="component")
                for one in plan.namespaces
            ]
        case "manifest":
            objects = [_whole(one.namespace, delivery) for one in plan.namespaces]
    return [Bundle(NAMESPACES, "", WHY, tuple(objects))] if objects else []


def _patch_of(planned: PlannedNamespace) -> Manifest:
    """With both labels, so that it also removes the one that the namespace's owner wrote themselves."""
    labels = planned.injection_labels
    return _patch(planned.namespace.name, tuple((key, labels.get(key)) for key in (INJECTION_LABEL, REVISION_LABEL)))


@lru_cache(maxsize=4096)
def _partial(name: str, labels: tuple[tuple[str, str], ...], delivery: Delivery) -> Manifest:
    added = tuple(delivery_annotations(delivery, NAMESPACES, "Namespace").items())
    return _manifest(name, {"name": name, "labels": dict(labels)}, added)


@lru_cache(maxsize=4096)
def _patch(name: str, labels: tuple[tuple[str, str | None], ...]) -> Manifest:
    return _manifest(name, {"name": name, "labels": dict(labels)}, ())


def _whole(namespace: Namespace, delivery: Delivery) -> Manifest:
    """A namespace's own annotations go before those of delivery, but for those by which it is never pruned."""
    own = dict(namespace.annotations)
    added = delivery_annotations(delivery, NAMESPACES, "Namespace", "".join(own.values()))
    added.pop(MERGED, None)  # all of it is here: what is gone from here is to go from the cluster
    for key, value in KEPT.get((delivery, NAMESPACES), {}).items():
        if key in own and key != MERGED:
            own[key] = _with_options(own[key], value) if key in (SYNC_OPTIONS, COMPARE_OPTIONS) else value
    metadata: dict[str, object] = {"name": namespace.name}
    if namespace.labels:
        metadata["labels"] = dict(namespace.labels)
    if own:
        metadata["annotations"] = own
    return _manifest(namespace.name, metadata, tuple(added.items()))


def _with_options(own: str, kept: str) -> str:
    """Argo CD's options of an object, a list with commas, where those that are kept win."""
    names = {option.partition("=")[0] for option in kept.split(",")}
    stripped = (option.strip() for option in own.split(","))
    others = [option for option in stripped if option and option.partition("=")[0] not in names]
    return ",".join([*others, kept])


def _manifest(name: str, metadata: Mapping[str, object], added: tuple[tuple[str, str], ...]) -> Manifest:
    data = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
    return Manifest("Namespace", name, "", "", json.dumps(data, separators=(",", ":"), ensure_ascii=False), added)
