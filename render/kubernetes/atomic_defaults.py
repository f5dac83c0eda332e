"""Fields that an API server fills in inside what server-side apply replaces as a whole.

Of a map that is merged the server says who owns which field, so one that it adds is nobody's loss. A map or list that
is replaced whole (`x-kubernetes-map-type: atomic`, `x-kubernetes-list-type: atomic`) belongs to who applied it, with
what the server added to it: who computes a difference without asking the server, as Argo CD does by default, finds that
applying would take the field away, each time anew.

These are the fields that Kubernetes' defaulting functions do not set, which Argo CD runs itself before it compares
(`generateSchemeDefaultPatch`, gitops-engine/pkg/diff/diff.go of argoproj/argo-cd); they are there because their Go
types are always written out (`ResourceFieldSelector.Divisor` of k8s.io/api/core/v1, `Endpoint.Conditions` of
k8s.io/api/discovery/v1). What a server of 1.34 gives back of all that is rendered was compared:
tests/manifests/read_back.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from render.kubernetes.openapi import Field, fields, kind_type

Path = tuple[str | int, ...]
# By the type of an object: the field, and what the server writes where it is not there.
_DEFAULTS: Mapping[str, tuple[str, Any]] = {
    "core.v1.ResourceFieldSelector": ("divisor", "0"),
    "discovery.v1.Endpoint": ("conditions", {}),
}


class AtomicDefault(NamedTuple):
    """A field that the server would fill in: the path of what lacks it, its name, and its value."""

    path: Path
    field: str
    value: Any


def atomic_defaults(obj: Mapping[str, Any]) -> Iterator[AtomicDefault]:
    """Yields every field that the server would fill in; nothing of a kind that is not Kubernetes' own."""
    name = kind_type(obj.get("apiVersion"), obj.get("kind"))
    if name:
        yield from _in_object(obj, name, ())


def _in_object(data: Mapping[str, Any], name: str, at: Path) -> Iterator[AtomicDefault]:
    field, value = _DEFAULTS.get(name, ("", None))
    if field and data.get(field) is None:
        yield AtomicDefault(at, field, value)
    known = fields(name)
    for key, inner in data.items():
        if key in known and isinstance(inner, dict | list):
            yield from _in_field(inner, known[key], (*at, key))


def _in_field(value: Any, field: Field, at: Path) -> Iterator[AtomicDefault]:
    if field.shape == "object" and isinstance(value, dict):
        yield from _in_object(value, field.type, at)
    elif field.shape == "list" and isinstance(value, list) and field.entry.shape != "scalar":
        for index, entry in enumerate(value):
            yield from _in_field(entry, field.entry, (*at, index))
