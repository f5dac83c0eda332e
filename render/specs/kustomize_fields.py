"""Namespace, labels and annotations of a kustomization, put into every field that Kustomize puts them into.

The fields are those of Kustomize's defaults (`namespace`, `commonLabels`, `commonAnnotations`, and `templateLabels`
of newer releases).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from render.specs.kustomize_file import CommonFields, LabelSet
from render.specs.kustomize_kinds import is_cluster_scoped
from render.specs.kustomize_objects import Item
from render.specs.mistake import shown

Change = Callable[[Any], Any]


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
    role: str = "metadata"  # or template, selector, claims: volumeClaimTemplates

    def is_in(self, group: str, version: str, kind: str) -> bool:
        return (not self.kinds or kind in self.kinds) and self.group in ("", group) and self.version in ("", version)


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
    _field("metadata/name", "Namespace"),
    _field("spec/service/namespace", "APIService", group="apiregistration.k8s.io"),
    _field(
        "spec/conversion/webhook/clientConfig/service/namespace",
        "CustomResourceDefinition",
        group="apiextensions.k8s.io",
        create=False,
    ),
)


def changed_fields(item: Item, fields: CommonFields) -> Item:
    """The object with the common fields of a kustomization; itself where nothing changes. Raises `FieldError`."""
    data = item.resource.data
    if fields.namespace:
        item = item.remembering()
        data = _in_namespace(data, fields.namespace)
    for labels in fields.labels:
        data = _labelled(data, labels)
    if fields.annotations:
        for field in _of_kind("annotations", data["apiVersion"], data["kind"]):
            data = _edited(data, field, _merging(fields.annotations))
    return item.changed(data)


def _labelled(data: Mapping[str, Any], labels: LabelSet) -> Mapping[str, Any]:
    roles = {"metadata"}
    if labels.selectors:
        roles = {"metadata", "template", "selector", "claims"}
    elif labels.templates:
        roles = {"metadata", "template"}
    for field in _of_kind("labels", data["apiVersion"], data["kind"]):
        if field.role in roles:
            data = _edited(data, field, _merging(labels.pairs))
    return data


def _in_namespace(data: Mapping[str, Any], namespace: str) -> Mapping[str, Any]:
    """Kinds that Kustomize knows to be cluster-scoped get no namespace; a Namespace gets the name; of the subjects
    of role bindings only those named `default` are moved."""
    if not is_cluster_scoped(data["apiVersion"], data["kind"]):
        data = _edited(data, _NAMESPACE, lambda _: namespace)
    if data["kind"] in ("RoleBinding", "ClusterRoleBinding") and data.get("subjects"):
        data = _edited(data, _SUBJECTS, lambda subjects: _default_subjects(subjects, namespace))
    for field in _of_kind("namespaces", data["apiVersion"], data["kind"]):
        data = _edited(data, field, lambda _: namespace)
    return data


@lru_cache(maxsize=1024)
def _of_kind(what: str, api_version: str, kind: str) -> tuple[_Field, ...]:
    fields = {"labels": _LABELS, "annotations": _ANNOTATIONS, "namespaces": _NAMESPACES}[what]
    group, _, version = api_version.rpartition("/")
    return tuple(field for field in fields if field.is_in(group, version, kind))


def _merging(pairs: tuple[tuple[str, str], ...]) -> Change:
    def merge(found: Any) -> Any:
        if found is not None and not isinstance(found, dict):
            raise FieldError((), f"must be a mapping of labels or annotations, not {shown(found)}")
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


def _edited(data: Mapping[str, Any], field: _Field, change: Change) -> Mapping[str, Any]:
    edited: Mapping[str, Any] = _edit(data, field.path, 0, field.create, change)
    return edited


def _edit(data: Any, path: tuple[str, ...], depth: int, create: bool, change: Change) -> Any:
    if depth == len(path):
        try:
            return change(data)
        except FieldError as error:
            raise FieldError(path, error.message) from None
    if isinstance(data, list):
        edited = [_edit(item, path, depth, create, change) for item in data]
        return data if all(new is old for new, old in zip(edited, data, strict=True)) else edited
    if data is None:
        return None
    if not isinstance(data, dict):
        raise FieldError(path[:depth], f"must be a mapping or a list, not {shown(data)}")
    step = path[depth]
    found = data.get(step)
    if found is None:
        if not create or step == "volumeClaimTemplates":
            return data
        found = None if depth == len(path) - 1 else {}
    edited = _edit(found, path, depth + 1, create, change)
    return data if edited is found and step in data else {**data, step: edited}
