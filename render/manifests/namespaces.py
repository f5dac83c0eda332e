"""A cluster's namespaces in one of three forms: their injection labels alone, a patch for their owners, or whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache

from render.areas import NAMESPACES
from render.manifests.bundle import Bundle, Manifest
from render.manifests.delivery import COMPARE_OPTIONS, KEPT, MERGED, SYNC_OPTIONS, delivery_annotations
from render.plan.cluster import ClusterPlan, PlannedNamespace
from render.plan.labels import AMBIENT_LABELS, INJECTION_LABEL, REVISION_LABEL
from render.specs.kinds import Delivery, Namespace

WHY = "Namespace"


def namespaces(plan: ClusterPlan) -> list[Bundle]:
    """Returns the folders of the cluster's namespaces, in the form that its settings say.

    `apply`: of each that has a label of injection or of the ambient mesh, a partial object with nothing but these; the
    rest stays its owner's.
    `patch`: of each, a component of its own with a strategic merge patch that states both labels of injection, the one
    that is not set as null, and those of the ambient mesh that are set. Owners take in those of their namespaces:
    Kustomize refuses a patch of an object that is not there, and of a patch with a target it makes the label "null"
    (5.5) or empty (4.5), which means disabled.
    `manifest`: each with all its labels and annotations.

    A control plane's namespace also has what the cluster's topology gives it; one that the specs do not have is given
    that alone.
    """
    delivery = plan.specs.settings.delivery
    system = {one.name: (one.labels, one.annotations) for one in plan.system_namespaces}
    others = [name for name in system if name not in {one.namespace.name for one in plan.namespaces}]
    match plan.specs.settings.namespaces:
        case "apply":
            labelled = [one for one in plan.namespaces if one.mesh_labels or one.namespace.name in system]
            objects = [
                _partial(one.namespace.name, one.mesh_labels, system.get(one.namespace.name, _NOTHING), delivery)
                for one in labelled
            ]
        case "patch":
            patches = [_patch_of(one, system.get(one.namespace.name, _NOTHING)) for one in plan.namespaces]
            patches += [_patch(name, (), *_as_items(system[name])) for name in others]
            return [Bundle(f"{NAMESPACES}/{one.name}", "", WHY, (one,), role="component") for one in patches]
        case "manifest":
            objects = [
                _whole(one.namespace, system.get(one.namespace.name, _NOTHING), delivery) for one in plan.namespaces
            ]
    objects += [_partial(name, {}, system[name], delivery) for name in others]
    return [Bundle(NAMESPACES, "", WHY, tuple(objects))] if objects else []


Items = tuple[tuple[str, str], ...]
# Labels, and annotations.
_Metadata = tuple[Mapping[str, str], Mapping[str, str]]
_NOTHING: _Metadata = ({}, {})


def _as_items(system: _Metadata) -> tuple[Items, Items]:
    labels, annotations = system
    return tuple(labels.items()), tuple(annotations.items())


def _patch_of(planned: PlannedNamespace, system: _Metadata) -> Manifest:
    """With both labels, so that it also removes the one that the namespace's owner wrote themselves."""
    labels = planned.mesh_labels
    stated = tuple((key, labels.get(key)) for key in (INJECTION_LABEL, REVISION_LABEL))
    stated += tuple((key, labels[key]) for key in AMBIENT_LABELS if key in labels)
    return _patch(planned.namespace.name, stated, *_as_items(system))


def _partial(name: str, labels: Mapping[str, str], system: _Metadata, delivery: Delivery) -> Manifest:
    return _partial_object(name, tuple(labels.items()), *_as_items(system), delivery)


@lru_cache(maxsize=4096)
def _partial_object(name: str, labels: Items, system: Items, annotations: Items, delivery: Delivery) -> Manifest:
    added = tuple(delivery_annotations(delivery, NAMESPACES, "Namespace").items())
    return _manifest(name, _metadata(name, (*labels, *system), annotations), added)


@lru_cache(maxsize=4096)
def _patch(name: str, labels: tuple[tuple[str, str | None], ...], system: Items, annotations: Items) -> Manifest:
    return _manifest(name, _metadata(name, (*labels, *system), annotations), ())


def _metadata(name: str, labels: Iterable[tuple[str, str | None]], annotations: Items) -> dict[str, object]:
    found = {"name": name, "labels": dict(labels), "annotations": dict(annotations)}
    return {key: value for key, value in found.items() if value}


def _whole(namespace: Namespace, system: _Metadata, delivery: Delivery) -> Manifest:
    """A namespace's own annotations go before those of delivery, but for those by which it is never pruned."""
    labels = {**namespace.labels, **system[0]}
    own = {**namespace.annotations, **system[1]}
    added = delivery_annotations(delivery, NAMESPACES, "Namespace", "".join(own.values()))
    added.pop(MERGED, None)  # all of it is here: what is gone from here is to go from the cluster
    for key, value in KEPT.get((delivery, NAMESPACES), {}).items():
        if key in own and key != MERGED:
            own[key] = _with_options(own[key], value) if key in (SYNC_OPTIONS, COMPARE_OPTIONS) else value
    metadata: dict[str, object] = {"name": namespace.name}
    if labels:
        metadata["labels"] = labels
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
