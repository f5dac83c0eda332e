"""References to objects whose namespace has changed: role binding subjects and the services of webhooks.

Kustomize calls them name references. Names never change here, so references that hold a name alone stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from render.kustomize.objects import NO_NAMESPACE, Item, ResourceId
from render.kustomize.problem import Problem
from render.messages import FieldPath, value_text

# (group, kind) that refers: the kind that it refers to, of version v1
_REFERRERS = {
    ("rbac.authorization.k8s.io", "RoleBinding"): "ServiceAccount",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): "ServiceAccount",
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): "Service",
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): "Service",
}
_REFERRING = frozenset(kind for _, kind in _REFERRERS)


def with_references(items: list[Item]) -> list[Item]:
    """Returns the objects, with references that lead to where their objects are now."""
    moved = _Renames(items)
    return [moved.referring(item) for item in items] if moved.by_name else items


def wrong_reference(item: Item) -> Problem | None:
    """Returns what in an object that refers to others is of another type than a reference, None where nothing is.

    Kustomize looks at these in every build, and ends it with most of what is refused here.
    """
    if item.id.kind not in _REFERRING:
        return None
    first = _first(item)
    kind = _REFERRERS.get((first.group, first.kind))
    try:
        if kind == "ServiceAccount":
            for subject, path in _mappings(item.resource.data, "subjects"):
                _check_names(subject, path)
                if first.kind == "RoleBinding" and "namespace" in subject:
                    _check_account(subject, path)
        elif kind == "Service":
            for webhook, path in _mappings(item.resource.data, "webhooks"):
                config = _mapping(webhook.get("clientConfig"), (*path, "clientConfig"))
                if config and config.get("service") is not None:
                    at = (*path, "clientConfig", "service")
                    _check_names(_mapping(config["service"], at), at)
    except _WrongTypeError as wrong:
        return Problem("MR034", str(wrong), item.resource, wrong.path)
    return None


class _WrongTypeError(Exception):
    def __init__(self, path: FieldPath, message: str) -> None:
        super().__init__(message)
        self.path = path


def _mappings(data: Mapping[str, Any], field: str) -> Iterator[tuple[Mapping[str, Any], FieldPath]]:
    entries = data.get(field)
    if entries is not None and not isinstance(entries, list):
        raise _WrongTypeError((field,), f"must be a list, not {value_text(entries)}")
    for index, entry in enumerate(entries or ()):
        yield _mapping(entry, (field, index)), (field, index)


def _mapping(value: Any, path: FieldPath) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise _WrongTypeError(path, f"must be a mapping, not {value_text(value)}")
    return value or {}


def _check_names(reference: Mapping[str, Any], path: FieldPath) -> None:
    if "name" not in reference:
        raise _WrongTypeError(path, "has no name, by which Kustomize looks for what it refers to")
    for field in ("name", "namespace"):
        if field in reference and not isinstance(reference[field], str) and (field, reference[field]) != _NO_NAMESPACE:
            raise _WrongTypeError((*path, field), f"must be text, not {value_text(reference[field])}")


_NO_NAMESPACE = ("namespace", None)


def _check_account(subject: Mapping[str, Any], path: FieldPath) -> None:
    """Raises where Kustomize looks for the namespaces of accounts (getNamespacesForRoleBinding in reswrangler.go)."""
    if not isinstance(subject.get("kind", ""), str):
        raise _WrongTypeError((*path, "kind"), f"must be text, not {value_text(subject['kind'])}")
    if subject.get("kind") == "ServiceAccount" and subject["namespace"] is None:
        raise _WrongTypeError((*path, "namespace"), "must be text, not nothing")


class _Renames:
    """The objects that have had another identity, and what namespaces there were."""

    def __init__(self, items: list[Item]) -> None:
        self.by_name: dict[tuple[str, str], list[Item]] = {}
        for item in items:
            if item.previous and item.id.kind in ("ServiceAccount", "Service"):
                for name in {former.name for former in item.previous}:
                    self.by_name.setdefault((item.id.kind, name), []).append(item)
        self._now: dict[str, set[tuple[str, str]]] = {}  # the first namespace of objects: where they are now
        for item in items if self.by_name else ():
            self._now.setdefault(_first(item).namespace, set()).add((item.id.namespace, item.resource.namespace))

    def referring(self, item: Item) -> Item:
        first = _first(item)
        kind = _REFERRERS.get((first.group, first.kind))
        data: Any = item.resource.data
        if kind == "ServiceAccount":
            return item.with_data(_with(data, "subjects", self._subjects(item, data.get("subjects"))))
        if kind == "Service":
            return item.with_data(_with(data, "webhooks", self._webhooks(item, data.get("webhooks"))))
        return item

    def _subjects(self, item: Item, subjects: Any) -> Any:
        return _each(subjects, lambda subject: self._follow(item, subject, "ServiceAccount"))

    def _webhooks(self, item: Item, webhooks: Any) -> Any:
        def led(webhook: Any) -> Any:
            config = webhook.get("clientConfig") if isinstance(webhook, dict) else None
            if not isinstance(config, dict):
                return webhook
            service = self._follow(item, config.get("service"), "Service")
            return _with(webhook, "clientConfig", _with(config, "service", service))

        return _each(webhooks, led)

    def _follow(self, item: Item, reference: Any, kind: str) -> Any:
        """Returns a mapping with `name`, and perhaps `namespace`, that leads to where the object of that name is
        now."""
        if not isinstance(reference, dict) or "name" not in reference:
            return reference
        spaces = _subject_namespaces(item)
        found = [
            other
            for other in self.by_name.get((kind, str(reference["name"])), ())
            if item.id.namespace == NO_NAMESPACE or _is_near(item, other.id.namespace, other.resource.namespace, spaces)
        ]
        if (namespace := reference.get("namespace")) is not None:
            near = self._now.get(namespace, set())
            if item.id.namespace != NO_NAMESPACE:
                near = {now for now in near if _is_near(item, *now, spaces)}
            found = [other for other in found if (_first(other) if near else other.id).namespace == namespace]
        if not found or not found[0].resource.namespace or ("namespace" in reference and namespace is None):
            return reference  # Kustomize leaves a null in words where it is
        return _with(reference, "namespace", found[0].resource.namespace)


def _is_near(item: Item, namespace: str, written: str, spaces: set[str]) -> bool:
    """Returns whether an object may refer to one in another namespace: role bindings may, to those of their
    subjects."""
    return namespace in (NO_NAMESPACE, item.id.namespace) or written in spaces


def _subject_namespaces(item: Item) -> set[str]:
    subjects = item.resource.data.get("subjects") if item.id.kind == "RoleBinding" else None
    return {
        subject["namespace"]
        for subject in (subjects if isinstance(subjects, list) else ())
        if isinstance(subject, dict) and subject.get("kind") == "ServiceAccount" and "namespace" in subject
    }


def _first(item: Item) -> ResourceId:
    return item.previous[0] if item.previous else item.id


def _each(items: Any, change: Any) -> Any:
    if not isinstance(items, list):
        return items
    changed = [change(item) for item in items]
    return items if all(new is old for new, old in zip(changed, items, strict=True)) else changed


def _with(mapping: Mapping[str, Any], key: str, value: Any) -> Mapping[str, Any]:
    return mapping if mapping.get(key) is value or mapping.get(key) == value else {**mapping, key: value}
