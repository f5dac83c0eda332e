"""Roles and bindings, and the contents of ConfigMaps and Secrets."""

from __future__ import annotations

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, matches, needs

_RBAC = "rbac.authorization.k8s.io"
_DATA_SIZE = 1 << 20
# What Secrets of Kubernetes' own types have.
_KEYS = {
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
}


def role(data: Data) -> Refusals:
    for index, rule in enumerate(data.get("rules") or ()):
        if rule.get("nonResourceURLs"):
            yield Refusal(("rules", index, "nonResourceURLs"), "must not be there in a Role, which has a namespace")


def rule(data: Data) -> Refusals:
    yield from needs(data, "verbs")
    if data.get("nonResourceURLs"):
        if data.get("apiGroups") or data.get("resources") or data.get("resourceNames"):
            yield Refusal(("nonResourceURLs",), "must not be there beside resources")
    else:
        yield from needs(data, "apiGroups", "resources")


def role_ref(data: Data) -> Refusals:
    if data.get("apiGroup") not in (None, "", _RBAC):
        yield Refusal(("apiGroup",), f"must be {_RBAC}")
    if data.get("kind") not in ("Role", "ClusterRole"):
        yield Refusal(("kind",), "must be Role or ClusterRole")
    yield from needs(data, "name")
    yield from matches(data, "name", syntax.path_segment)


def aggregation(data: Data) -> Refusals:
    yield from needs(data, "clusterRoleSelectors")


def cluster_role_binding(data: Data) -> Refusals:
    if data["roleRef"].get("kind") == "Role":
        yield Refusal(("roleRef", "kind"), "must be ClusterRole")
    for index, one in enumerate(data.get("subjects") or ()):
        if one["kind"] == "ServiceAccount" and not one.get("namespace"):
            yield Refusal(("subjects", index, "namespace"), "is required")


def subject(data: Data) -> Refusals:
    kind, group = data["kind"], data.get("apiGroup")
    yield from needs(data, "name")
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
    for field in ("data", "stringData"):
        for key in data.get(field) or ():
            complaint = syntax.config_key(key)
            if complaint:
                yield Refusal((field, key), complaint)
    given = (data.get("data") or {}).keys() | (data.get("stringData") or {}).keys()
    for key in _KEYS.get(data.get("type") or "", ()):
        if key not in given:
            yield Refusal(("data", key), f"is required with the type {data['type']}")


def service_account(data: Data) -> Refusals:
    for index, one in enumerate(data.get("secrets") or ()):
        if one.get("name") is None:
            yield Refusal(("secrets", index, "name"), "is required")
