"""Namespace, labels and annotations of a kustomization, put into every field that Kustomize puts them into.

The fields are those of Kustomize's defaults (`namespace`, `commonLabels`, `commonAnnotations`, and `templateLabels`
of newer releases).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from render.kustomize.kustomization import CommonFields
from render.kustomize.linked_labels import apply_links, new_links
from render.kustomize.objects import NO_NAMESPACE, Item
from render.messages import value_text

Change = Callable[[Any], Any]
Pairs = tuple[tuple[str, str], ...]

_METADATA_ROLES = ("metadata",)
_TEMPLATE_ROLES = ("metadata", "template", "claims")
_ALL_ROLES = ("metadata", "template", "selector", "claims")


class FieldError(Exception):
    """An object has something else where a label, annotation or namespace goes; `path` leads there."""

    def __init__(self, path: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


@dataclass(frozen=True, slots=True)
class _Field:
    """A path below any list that it meets; `create` makes mappings that are not there. Empty text matches all."""

    path: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    group: str = ""
    version: str = ""
    create: bool = True
    is_core: bool = False  # of no group
    fills_null: bool = False  # where `create` does not
    role: str = "metadata"  # or template, selector, claims: volumeClaimTemplates

    def is_in(self, group: str, version: str, kind: str) -> bool:
        is_group = not group if self.is_core else self.group in ("", group)
        return (not self.kinds or kind in self.kinds) and is_group and self.version in ("", version)


def _field(path: str, *kinds: str, **rest: Any) -> _Field:
    return _Field(tuple(path.split("/")), kinds, **rest)


def _label_fields() -> Iterator[_Field]:
    yield _field("metadata/labels")
    yield from _template_fields("labels")
    yield _field("spec/volumeClaimTemplates/metadata/labels", "StatefulSet", group="apps", role="claims")
    selector: dict[str, Any] = {"role": "selector"}
    yield _field("spec/selector", "Service", "ReplicationController", version="v1", **selector)
    yield _field("spec/selector/matchLabels", "Deployment", "ReplicaSet", "DaemonSet", **selector)
    yield _field("spec/selector/matchLabels", "StatefulSet", group="apps", **selector)
    selector |= {"create": False}
    for way in (
        "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ):
        for affinity in ("podAffinity", "podAntiAffinity"):
            path = f"spec/template/spec/affinity/{affinity}/{way}/labelSelector/matchLabels"
            yield _field(path, "Deployment", "StatefulSet", group="apps", **selector)
    path = "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels"
    yield _field(path, "Deployment", "StatefulSet", group="apps", **selector)
    yield _field("spec/selector/matchLabels", "Job", group="batch", **selector)
    yield _field("spec/jobTemplate/spec/selector/matchLabels", "CronJob", group="batch", **selector)
    yield _field("spec/selector/matchLabels", "PodDisruptionBudget", group="policy", **selector)
    for path in ("spec/podSelector", "spec/ingress/from/podSelector", "spec/egress/to/podSelector"):
        yield _field(f"{path}/matchLabels", "NetworkPolicy", group="networking.k8s.io", **selector)


def _template_fields(name: str, stateful_set_group: str = "apps") -> Iterator[_Field]:
    template = {"role": "template"}
    yield _field(f"spec/template/metadata/{name}", "ReplicationController", version="v1", **template)
    yield _field(f"spec/template/metadata/{name}", "Deployment", "ReplicaSet", "DaemonSet", **template)
    yield _field(f"spec/template/metadata/{name}", "StatefulSet", group=stateful_set_group, **template)
    yield _field(f"spec/template/metadata/{name}", "Job", group="batch", **template)
    yield _field(f"spec/jobTemplate/metadata/{name}", "CronJob", group="batch", **template)
    yield _field(f"spec/jobTemplate/spec/template/metadata/{name}", "CronJob", group="batch", **template)


_NAMESPACE = _field("metadata/namespace")
_SUBJECTS = _field("subjects")
_LABELS = tuple(_label_fields())
_ANNOTATIONS = (_field("metadata/annotations"), *_template_fields("annotations", stateful_set_group=""))
_NAMESPACES = (
    _field("metadata/name", "Namespace", version="v1", is_core=True),
    _field("spec/service/namespace", "APIService", group="apiregistration.k8s.io"),
    _field(
        "spec/conversion/webhook/clientConfig/service/namespace",
        "CustomResourceDefinition",
        group="apiextensions.k8s.io",
        create=False,
        fills_null=True,
    ),
)


def apply_common_fields(item: Item, fields: CommonFields) -> Item:
    """Returns the object with the common fields of a kustomization; itself where nothing changes. Raises
    `FieldError`."""
    if fields.namespace:
        item = item.remembering()
        item = item.with_data(_in_namespace(item, fields.namespace))
    for labels in fields.labels:
        roles = _ALL_ROLES if labels.selectors else _TEMPLATE_ROLES if labels.templates else _METADATA_ROLES
        item = _merge(item, [field for field in _of_kind("labels", item) if field.role in roles], labels.pairs)
    if fields.annotations:
        item = _merge(item, _of_kind("annotations", item), fields.annotations)
    return item


def _merge(item: Item, fields: Sequence[_Field], pairs: Pairs) -> Item:
    before = data = item.resource.data
    for field in fields:
        data = _edit_at(data, field, _merging(pairs))
    data = apply_links(item.links, before, data)
    paths, keys = [field.path for field in fields], [key for key, _ in pairs]
    links = new_links(before, data, paths, keys)
    return item.filling(paths, keys).with_data(data).linking([*item.links, *links])


def _in_namespace(item: Item, namespace: str) -> Mapping[str, Any]:
    """Returns the item in a namespace. Kinds that Kustomize knows to be cluster-scoped get none; a Namespace gets the
    name; of the subjects of role bindings only those named `default` are moved."""
    data = item.resource.data
    if item.id.namespace != NO_NAMESPACE:
        data = _edit_at(data, _NAMESPACE, lambda _: namespace)
    if item.id.kind in ("RoleBinding", "ClusterRoleBinding") and data.get("subjects"):
        data = _edit_at(data, _SUBJECTS, lambda subjects: _default_subjects(subjects, namespace))
    for field in _of_kind("namespaces", item):
        data = _edit_at(data, field, lambda _: namespace)
    return data


def _of_kind(what: str, item: Item) -> tuple[_Field, ...]:
    return _fields(what, item.id.group, item.id.version, item.id.kind)


@lru_cache(maxsize=1024)
def _fields(what: str, group: str, version: str, kind: str) -> tuple[_Field, ...]:
    fields = {"labels": _LABELS, "annotations": _ANNOTATIONS, "namespaces": _NAMESPACES}[what]
    return tuple(field for field in fields if field.is_in(group, version, kind))


def _merging(pairs: Pairs) -> Change:
    def merge(found: Any) -> Any:
        if found is not None and not isinstance(found, dict):
            raise FieldError((), f"must be a mapping of labels or annotations, not {value_text(found)}")
        if found and all(found.get(key) == value for key, value in pairs):
            return found
        return {**(found or {}), **dict(pairs)}

    return merge


def _default_subjects(subjects: Any, namespace: str) -> Any:
    if not isinstance(subjects, list) or not all(isinstance(subject, dict) for subject in subjects):
        raise FieldError((), "must be a list of subjects")
    return [
        {**subject, "namespace": namespace} if subject.get("name") == "default" else subject for subject in subjects
    ]


def _edit_at(data: Mapping[str, Any], field: _Field, change: Change) -> Mapping[str, Any]:
    edited: Mapping[str, Any] = _edit(data, field.path, 0, field, change)
    return edited


def _edit(data: Any, path: tuple[str, ...], depth: int, field: _Field, change: Change) -> Any:
    if depth == len(path):
        try:
            return change(data)
        except FieldError as error:
            raise FieldError(path, error.message) from None
    if isinstance(data, list):
        edited = [_edit(item, path, depth, field, change) for item in data]
        return data if all(new is old for new, old in zip(edited, data, strict=True)) else edited
    if data is None:
        return None
    if not isinstance(data, dict):
        raise FieldError(path[:depth], f"must be a mapping or a list, not {value_text(data)}")
    step = path[depth]
    found = data.get(step)
    if found is None:
        if not field.create and not (step in data and field.fills_null and depth == len(path) - 1):
            return data
        if step == "volumeClaimTemplates":
            return data
        found = None if depth == len(path) - 1 else {}
    edited = _edit(found, path, depth + 1, field, change)
    return data if edited is found and step in data else {**data, step: edited}
