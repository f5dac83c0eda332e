"""From Sail's objects in a cluster to specs: without what the server and the operator wrote, and with the names kept.

An API server drops nulls in the values of Sail's kinds before it stores them, so they do nothing under Sail, and would
delete a default here (seen with kube-apiserver 1.34.4 and Sail's main of 2026-08-22).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from render.messages import FieldPath
from render.operations.adopt.adoption import CHANGES_MEANING, NO_COUNTERPART, SAIL, Adoption
from render.operations.adopt.dump import Dump, DumpObject, maps_at
from render.plan.revision_names import istiod_service
from render.specs import releases
from render.yamlio.location import map_at, value_at

GROUP = "sailoperator.io"
FOLLOWS = "meshrev.io/follows"
_OWNER_LABEL = "install.operator.istio.io/owning-resource"
_POD_LABELS = ("spec", "template", "metadata", "labels")
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def adopt_sail(dump: Dump, adoption: Adoption) -> None:
    """Adds the specs of Sail's objects.

    The active revision of an Istio is left out, since the Istio makes it; one that is named after an alias is kept
    in the Istio's place, so that its pods and namespaces stay with it. Others stay where they are in use.
    """
    istios = dump.of("Istio", GROUP)
    kept = {one.name: revision for one in istios if (revision := _of_alias(dump, one))}
    active = {_active(one) for one in istios if one.name not in kept}
    for one in istios:
        if one.name in kept:
            version = value_at(one.data, "spec", "version")
            message = (
                f"{version} is an alias, after which Sail called the revision {kept[one.name].name}: that stays as an "
                "IstioRevision, and this Istio is left out, or a second istiod would come beside it. Add it again "
                "with a release when you upgrade"
            )
            adoption.notes.append(one.finding(CHANGES_MEANING, message, ("spec", "version")))
        else:
            _add(adoption, one)
            _keep_label(dump, one, adoption)
            _tell_names(one, adoption)
    for one in dump.of("IstioRevision", GROUP):
        if one.name in active:
            continue
        if _is_unused(one) and one not in kept.values():
            message = "nothing uses it, so it is left out: Sail would prune it, and a sync leaves it for you to delete"
            adoption.notes.append(one.finding(NO_COUNTERPART, message))
            continue
        _add(adoption, one)
    for kind in ("IstioRevisionTag", "IstioCNI", "ZTunnel"):
        for one in dump.of(kind, GROUP):
            _add(adoption, one, kept)


def _keep_label(dump: Dump, istio: DumpObject, adoption: Adoption) -> None:
    """Sail leaves one label out of all charts: an istiod that runs without it would roll once for it."""
    name = istiod_service(_active(istio))
    running = next((one for one in dump.of("Deployment", "apps") if one.name == name), None)
    if running is None or _OWNER_LABEL in map_at(running.data, *_POD_LABELS):
        return
    path = "/".join(("", *_POD_LABELS, _OWNER_LABEL.replace("/", "~1")))
    patch = {"target": {"kind": "Deployment", "name": name}, "patch": json.dumps([{"op": "remove", "path": path}])}
    spec = next(one for one in adoption.of_kind("Istio") if one["metadata"]["name"] == istio.name)
    spec["spec"]["patches"] = [patch]
    message = (
        f"{name} runs without the label {_OWNER_LABEL}, which Istio's charts have: spec.patches leaves it out, so that "
        "its pods do not restart for it. Take the patch away with the next upgrade"
    )
    adoption.notes.append(istio.finding(CHANGES_MEANING, message))


def _tell_names(istio: DumpObject, adoption: Adoption) -> None:
    """Tells of a revision that Sail called after an alias, where the dump does not have it: it would get another
    name."""
    version = str(value_at(istio.data, "spec", "version") or "")
    if releases.is_alias(version) and value_at(istio.data, "spec", "updateStrategy", "type") == "RevisionBased":
        message = (
            f"{version} is an alias, after which Sail calls the revision ({_active(istio)}); here it is called after "
            "the release, and a second istiod would come beside it: hand over the IstioRevisions, and it keeps its name"
        )
        adoption.notes.append(istio.finding(CHANGES_MEANING, message, ("spec", "version")))


def _of_alias(dump: Dump, istio: DumpObject) -> DumpObject | None:
    """Returns the active revision of an Istio whose version is an alias, where Sail named it after the alias."""
    version = str(value_at(istio.data, "spec", "version") or "")
    strategy = value_at(istio.data, "spec", "updateStrategy", "type")
    if not releases.is_alias(version) or strategy != "RevisionBased":
        return None
    name = _active(istio)
    return next((one for one in dump.of("IstioRevision", GROUP) if one.name == name), None)


def _active(istio: DumpObject) -> str:
    """Returns the name of an Istio's active revision, as its status or Sail's rule says it."""
    said = value_at(istio.data, "status", "activeRevisionName")
    if isinstance(said, str) and said:
        return said
    if value_at(istio.data, "spec", "updateStrategy", "type") != "RevisionBased":
        return istio.name
    return f"{istio.name}-{value_at(istio.data, 'spec', 'version')}".replace(".", "-")


def _is_unused(revision: DumpObject) -> bool:
    owned = any(one.get("kind") == "Istio" for one in maps_at(revision.data, "metadata", "ownerReferences"))
    said = maps_at(revision.data, "status", "conditions")
    return owned and any(one.get("type") == "InUse" and one.get("status") == "False" for one in said)


def _add(adoption: Adoption, one: DumpObject, kept: Mapping[str, DumpObject] | None = None) -> None:
    spec = one.data.get("spec")
    spec = dict(spec) if isinstance(spec, Mapping) else {}
    for path in _nulls(spec.get("values"), ("spec", "values")):
        message = "is dropped, as Sail's API server drops it: a null would delete the chart's default here"
        adoption.notes.append(one.finding(CHANGES_MEANING, message, path))
    if isinstance(spec.get("values"), Mapping):
        spec["values"] = _without_nulls(spec["values"])
    target = spec.get("targetRef")
    annotations = {key: value for key, value in one.annotations.items() if key != _APPLIED}
    if kept and isinstance(target, Mapping) and target.get("kind") == "Istio" and str(target.get("name")) in kept:
        spec["targetRef"] = {"kind": "IstioRevision", "name": kept[str(target["name"])].name}
        annotations[FOLLOWS] = f"Istio/{target['name']}"
        message = (
            f"pointed at Istio/{target['name']}, which is left out: now at its revision {spec['targetRef']['name']}"
        )
        adoption.notes.append(one.finding(CHANGES_MEANING, message, ("spec", "targetRef")))
    labels = {key: value for key, value in one.labels.items() if "managed-by" not in key}
    adoption.add(SAIL, one.kind, one.name, spec, labels=labels, annotations=annotations)


def _nulls(data: Any, at: FieldPath) -> Iterator[FieldPath]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            if value is None:
                yield (*at, key)
            else:
                yield from _nulls(value, (*at, key))


def _without_nulls(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_nulls(value) if isinstance(value, Mapping) else value
        for key, value in data.items()
        if value is not None
    }
