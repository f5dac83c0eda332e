"""What an import gives: specs, what a person should know of them, and the objects that the cluster has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from render.finding import Finding

SAIL, MESHREV = "sailoperator.io/v1", "meshrev.io/v1alpha1"
NO_COUNTERPART, UNREADABLE, CHANGES_MEANING = "MR307", "MR308", "MR309"


@dataclass(slots=True)
class Adoption:
    """Specs as data, in the order in which they are written; `observed` are objects as the cluster has them, or as the
    tool before would have made them."""

    specs: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    observed: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, api_version: str, kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> None:
        """Adds a spec, unless one of its kind and name is there; one that says otherwise is told."""
        named = {"name": name, **{key: value for key, value in metadata.items() if value}}
        added = {"apiVersion": api_version, "kind": kind, "metadata": named, "spec": dict(spec)}
        there = next((one for one in self.of_kind(kind) if one["metadata"]["name"] == name), None)
        if there is None:
            self.specs.append(added)
        elif there != added:
            message = "is there twice, and the second, which says otherwise, is left out"
            self.note(NO_COUNTERPART, message, object=f"{kind}/{name}")

    def add_namespace(self, name: str, labels: Mapping[str, Any]) -> None:
        """Adds a namespace with its labels that the mesh reads; one without any is left out."""
        kept = {key: value for key, value in labels.items() if key in MESH_LABELS}
        if kept and not any((one["kind"], one["metadata"]["name"]) == ("Namespace", name) for one in self.specs):
            self.specs.append({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": kept}})

    def note(self, code: str, message: str, **place: Any) -> None:
        """Adds something that a person should know before anything is written."""
        self.notes.append(Finding(code, message, **place))

    def of_kind(self, *kinds: str) -> Iterable[dict[str, Any]]:
        """Yields the specs of these kinds."""
        return (one for one in self.specs if one["kind"] in kinds)


# The labels of a namespace that decide about the mesh.
MESH_LABELS = (
    "istio-injection",
    "istio.io/rev",
    "istio.io/dataplane-mode",
    "istio.io/use-waypoint",
    "istio.io/use-waypoint-namespace",
    "istio.io/ingress-use-waypoint",
    "topology.istio.io/network",
)


def revision_spec(
    adoption: Adoption, revision: str, version: str, namespace: str, values: Mapping[str, Any], **more: Any
) -> None:
    """Adds the spec of a revision that keeps its name: `default` is an InPlace Istio, any other an IstioRevision."""
    own = {name: value for name, value in values.items() if name not in ("revision", "defaultRevision", "revisionTags")}
    where = {} if namespace == "istio-system" else {"namespace": namespace}
    if revision in ("", "default"):
        spec = {"version": version, **where, "updateStrategy": {"type": "InPlace"}}
        adoption.add(SAIL, "Istio", "default", spec | ({"values": own} if own else {}) | more)
        return
    given = own.get("global")
    known = {**(given if isinstance(given, dict) else {}), "istioNamespace": namespace}
    spec = {"version": version, "namespace": namespace, "values": {**own, "revision": revision, "global": known}}
    adoption.add(SAIL, "IstioRevision", revision, spec)


def tag_spec(adoption: Adoption, tag: str, revision: str) -> None:
    """Adds a tag on a revision that `revision_spec` named."""
    target = {"kind": "Istio", "name": "default"} if revision in ("", "default") else None
    adoption.add(SAIL, "IstioRevisionTag", tag, {"targetRef": target or {"kind": "IstioRevision", "name": revision}})
