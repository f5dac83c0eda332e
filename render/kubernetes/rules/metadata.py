"""Names, labels, annotations, and selectors of labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Path, Refusal, Refusals, below, each_matches, matches

_ANNOTATIONS_SIZE = 256 * 1024
_FINALIZERS = ("foregroundDeletion", "kubernetes", "orphan")  # those of Kubernetes itself
# Kinds whose names are not DNS subdomains.
_NAMES: Mapping[str, Callable[[str], str | None]] = {
    "Namespace": syntax.label_name,
    "Service": syntax.service_name,
    **dict.fromkeys(
        ("PodDisruptionBudget", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"), syntax.path_segment
    ),
}


def name_refusals(obj: Data) -> Refusals:
    """Yields what is wrong with an object's name; that of a custom resource is a DNS subdomain too."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        return
    name = metadata.get("name")
    is_core = "." not in str(obj.get("apiVersion")).partition("/")[0] or ".k8s.io/" in str(obj.get("apiVersion"))
    valid = _NAMES.get(str(obj.get("kind")), syntax.subdomain) if is_core else syntax.subdomain
    if isinstance(name, str) and name:
        complaint = valid(name)
        if complaint:
            yield Refusal(("metadata", "name"), complaint)
    elif not metadata.get("generateName"):
        yield Refusal(("metadata", "name"), "is required")
    if isinstance(metadata.get("namespace"), str):
        yield from below(("metadata",), matches(metadata, "namespace", syntax.label_name))
    # Those of webhooks and policies of admission need no domain.
    is_free = not is_core or str(obj.get("apiVersion")).startswith("admissionregistration.")
    for index, one in enumerate(metadata.get("finalizers") or ()):
        complaint = syntax.qualified_name(one or "") if is_free else _finalizer(one or "")
        if complaint:
            yield Refusal(("metadata", "finalizers", index), complaint)


def _finalizer(text: str) -> str | None:
    """One of Kubernetes' own, or a name with a domain."""
    complaint = syntax.qualified_name(text)
    if complaint or "/" in text or text in _FINALIZERS:
        return complaint
    return f"is {text}: expected a name with a domain, such as example.com/name"


def metadata(data: Data) -> Refusals:
    yield from labels(data.get("labels"), ("labels",))
    size = 0
    for key, value in (data.get("annotations") or {}).items():
        size += len(key.encode()) + len((value or "").encode())
        complaint = syntax.qualified_name(key.lower())
        if complaint:
            yield Refusal(("annotations", key), complaint)
    if size > _ANNOTATIONS_SIZE:
        yield Refusal(("annotations",), f"have {size} bytes: expected at most {_ANNOTATIONS_SIZE}")


def labels(given: Data | None, path: Path = ()) -> Refusals:
    """Yields what is wrong with the keys and values of labels, or of what selects by them."""
    for key, value in (given or {}).items():
        complaint = syntax.qualified_name(key) or syntax.label_value(value or "")
        if complaint:
            yield Refusal((*path, key), complaint)


def label_selector(data: Data) -> Refusals:
    yield from labels(data.get("matchLabels"), ("matchLabels",))


def label_requirement(data: Data) -> Refusals:
    yield from _requirement(data)
    for index, value in enumerate(data.get("values") or ()):
        complaint = syntax.label_value(value)
        if complaint:
            yield Refusal(("values", index), complaint)


def _requirement(data: Data) -> Refusals:
    complaint = syntax.qualified_name(data["key"])
    if complaint:
        yield Refusal(("key",), complaint)
    operator, values = data["operator"], data.get("values") or ()
    if operator == "":
        yield Refusal(("operator",), "is required")
    if operator in ("In", "NotIn") and not values:
        yield Refusal(("values",), f"are required with the operator {operator}")
    if operator in ("Exists", "DoesNotExist") and values:
        yield Refusal(("values",), f"must not be there with the operator {operator}")


def node_requirement(data: Data) -> Refusals:
    yield from _requirement(data)
    if data["operator"] in ("Gt", "Lt") and len(data.get("values") or ()) != 1:
        yield Refusal(("values",), f"must be one with the operator {data['operator']}")


def namespace(data: Data) -> Refusals:
    yield from each_matches(data, "finalizers", _finalizer)
