"""Roles and bindings, and the contents of ConfigMaps, Secrets and quotas."""

from __future__ import annotations

from render.kubernetes import quantity, syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, matches, required

_RBAC = "rbac.authorization.k8s.io"
_DATA_SIZE = 1 << 20


def role(data: Data) -> Refusals:
    for index, rule in enumerate(data.get("rules") or ()):
        if rule.get("nonResourceURLs"):
            yield Refusal(("rules", index, "nonResourceURLs"), "must not be there in a Role, which has a namespace")


def rule(data: Data) -> Refusals:
    yield from required(data, "verbs")
    if data.get("nonResourceURLs"):
        if data.get("apiGroups") or data.get("resources") or data.get("resourceNames"):
            yield Refusal(("nonResourceURLs",), "must not be there beside resources")
    else:
        yield from required(data, "apiGroups", "resources")


def role_ref(data: Data) -> Refusals:
    if data.get("apiGroup") not in (None, "", _RBAC):
        yield Refusal(("apiGroup",), f"must be {_RBAC}")
    if data.get("kind") not in ("Role", "ClusterRole"):
        yield Refusal(("kind",), "must be Role or ClusterRole")
    yield from required(data, "name")
    yield from matches(data, "name", syntax.path_segment)


def aggregation(data: Data) -> Refusals:
    yield from required(data, "clusterRoleSelectors")


def cluster_role_binding(data: Data) -> Refusals:
    if data["roleRef"].get("kind") == "Role":
        yield Refusal(("roleRef", "kind"), "must be ClusterRole")
    for index, one in enumerate(data.get("subjects") or ()):
        if one["kind"] == "ServiceAccount" and not one.get("namespace"):
            yield Refusal(("subjects", index, "namespace"), "is required")


def subject(data: Data) -> Refusals:
    kind, group = data["kind"], data.get("apiGroup")
    yield from required(data, "name")
    if kind == "ServiceAccount":
        complaint = syntax.subdomain(data["name"]) if data["name"] else None
        if complaint:
            yield Refusal(("name",), complaint)
        if group:
            yield Refusal(("apiGroup",), "must not be there for a ServiceAccount")
    elif kind in ("User", "Group"):
        if group not in (None, "", _RBAC):
            yield Refusal(("apiGroup",), f"must be {_RBAC}")
    else:
        yield Refusal(("kind",), f"is {kind}: expected ServiceAccount, User or Group")


def config_map(data: Data) -> Refusals:
    both = (data.get("data") or {}).keys() & (data.get("binaryData") or {}).keys()
    for key in sorted(both):
        yield Refusal(("binaryData", key), "is in data too")
    for field in ("data", "binaryData"):
        for key in data.get(field) or ():
            complaint = syntax.config_key(key)
            if complaint:
                yield Refusal((field, key), complaint)
    size = sum(len(key.encode()) + len((value or "").encode()) for key, value in (data.get("data") or {}).items())
    if size > _DATA_SIZE:
        yield Refusal(("data",), f"has {size} bytes: expected at most {_DATA_SIZE}")


def secret(data: Data) -> Refusals:
    for key in data.get("data") or ():
        complaint = syntax.config_key(key)
        if complaint:
            yield Refusal(("data", key), complaint)


_COUNTED = (
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
)
_MEASURED = ["cpu", "memory", "ephemeral-storage", "requests.storage"]


def quota(data: Data) -> Refusals:
    for name, value in (data.get("hard") or {}).items():
        complaint = syntax.qualified_name(name)
        if complaint:
            yield Refusal(("hard", name), complaint)
        elif quantity.is_negative(value):
            yield Refusal(("hard", name), f"is {value}: must not be negative")
        elif name in _COUNTED and value is not None and not quantity.is_whole(value):
            yield Refusal(("hard", name), f"is {value}: must be a whole number")
        elif "/" not in name and name not in (*_COUNTED, *_MEASURED) and not name.startswith(("requests.", "limits.")):
            yield Refusal(("hard", name), "is no resource of quotas: write others as count/RESOURCE.GROUP")


def quota_scope(data: Data) -> Refusals:
    operator, values = data["operator"], data.get("values") or ()
    yield from required(data, "operator", "scopeName")
    if operator in ("In", "NotIn") and not values:
        yield Refusal(("values",), f"are required with the operator {operator}")
    if operator in ("Exists", "DoesNotExist") and values:
        yield Refusal(("values",), f"must not be there with the operator {operator}")
