"""Values of a component at random, each of the type that its chart has for the name: what nobody thought of trying."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from render.specs import releases
from render.specs.values.names import Name, tree
from render.specs.values.release_ranges import is_read, ordinal

Path = tuple[str, ...]

_TEXTS = st.sampled_from(["", "x", "1234", "true", "a-b.c/d:e"])
_TYPES: dict[str, st.SearchStrategy[Any]] = {
    "text": _TEXTS,
    "boolean": st.booleans(),
    "integer": st.sampled_from([0, 1, 2, 1_500_000]),
    "number": st.sampled_from([0, 1, 2.5, 100]),
    "size": st.sampled_from([0, 3, "25%"]),
    "any": st.sampled_from([1, "x"]),
    "map": st.sampled_from([{}, {"a": {"b": 1}}, {"type": "RuntimeDefault"}]),
    "list": st.sampled_from([[], [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]]),
    "text-map": st.dictionaries(st.sampled_from(["a", "b.c/d"]), _TEXTS, max_size=2),
    "scalar-map": st.dictionaries(st.sampled_from(["A", "B"]), st.sampled_from(["x", 1, 1_000_000, True]), max_size=2),
    "text-list": st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True),
    "map-list": st.sampled_from([[], [{"name": "a", "value": "b"}], [{"key": "k", "operator": "Exists"}]]),
    "mesh": st.sampled_from([{}, {"rootNamespace": "1234"}, {"enablePrometheusMerge": False}, {"trustDomain": "td"}]),
}
# Names whose texts mean something: what the charts choose by, and what is wrong there too.
_WORDS = {
    "profile": ["ambient", "demo", "remote", "stable", "nosuch"],
    "platform": ["openshift", "gke", "k3s", "nosuch"],
    "compatibilityVersion": ["1.24", "1.27", "1.30"],
    "resourceScope": ["all", "cluster", "namespace"],
    "revision": ["canary", "1"],
    "istioNamespace": ["mesh", "1234"],
    "provider": ["multus", "default"],
    "tracer": ["zipkin", "datadog", "none"],
    "pilotCertProvider": ["istiod", "kubernetes", "none"],
    "remotePilotAddress": ["10.1.2.3", "istiod.example.com", "fd00::1"],
    "kind": ["Deployment", "DaemonSet"],
    "type": ["ClusterIP", "LoadBalancer", "None"],
}
_VARIABLES = [
    {"COMPLIANCE_POLICY": "fips-140-3"},
    {"ENABLE_CLUSTER_TRUST_BUNDLE_API": True},
    {"EXTERNAL_ISTIOD": ""},
    {"CA_TRUSTED_NODE_ACCOUNTS": "a/b"},
    {"MCS_API_GROUP": "x.example.com"},
]
_CLASSES = [{}, {"istio": {"deployment": {"spec": {"replicas": 2}}}}]
_QUANTITIES = [{}, {"cpu": "1"}, {"cpu": 0}, {"cpu": "0", "memory": "1Gi"}]


def random_values(component: str, version: str) -> st.SearchStrategy[dict[str, Any]]:
    """Returns up to six values that a release of a component reads, each in one of the places that it may have."""
    release = releases.parse(version)
    number = ordinal(release.major, release.minor, release.patch)
    names = [(path, name.type) for path, name in _leaves(tree(component)) if is_read(name.read, number)]
    one = st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name[0]), _value(name[0], name[1])))
    return st.lists(one, max_size=6).map(_nested)


def _leaves(name: Name, path: Path = ()) -> list[tuple[Path, Name]]:
    if name.names is None:
        return [(path, name)]
    return [leaf for key, below in name.names.items() for leaf in _leaves(below, (*path, key))]


def _value(path: Path, type_: str) -> st.SearchStrategy[Any]:
    if path[-1] == "gatewayClasses":
        return st.sampled_from(_CLASSES)
    if path[-1] == "env":
        return st.sampled_from(_VARIABLES)
    if path[-1] in ("limits", "requests"):
        return st.sampled_from(_QUANTITIES)
    return st.sampled_from(_WORDS[path[-1]]) if path[-1] in _WORDS else _TYPES[type_]


def _nested(chosen: list[tuple[Path, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, value in chosen:
        inner = values
        for key in path[:-1]:
            if not isinstance(inner.get(key), dict):
                inner[key] = {}
            inner = inner[key]
        inner[path[-1]] = value
    return values
