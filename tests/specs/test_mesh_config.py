"""MeshConfig, ProxyConfig and MeshNetworks against the mesh API of a release, as deep as they go."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.messages import field_text
from render.specs.mesh_config import MeshField, mesh_fields
from render.specs.values.check import check_values
from render.specs.values.names import mesh_types
from render.specs.values.release_ranges import is_read, ordinal, parse_ranges


def told(mesh: Any, version: str = "v1.30.3", place: str = "meshConfig") -> list[str]:
    values: dict[str, Any] = {"meshConfig": mesh} if place == "meshConfig" else {"global": {"meshNetworks": mesh}}
    return [
        f"{problem.code} {field_text(problem.path)}: {problem.message}"
        for problem in check_values("Istio", version, values)
    ]


@pytest.mark.parametrize(
    ("mesh", "line"),
    [
        (
            {"outboundTrafficPolicy": {"mode": "REGISTRYONLY"}},
            "MR053 meshConfig.outboundTrafficPolicy.mode: REGISTRYONLY is not one of REGISTRY_ONLY, ALLOW_ANY, "
            "ALLOW_ANY_DYNAMIC_DNS (did you mean REGISTRY_ONLY?)",
        ),
        (
            {"outboundTrafficPolicy": {"mode": "registry-only"}},
            "MR053 meshConfig.outboundTrafficPolicy.mode: registry-only is not one of REGISTRY_ONLY, ALLOW_ANY, "
            "ALLOW_ANY_DYNAMIC_DNS (did you mean REGISTRY_ONLY?)",
        ),
        (
            {"outboundTrafficPolicy": {"modes": "REGISTRY_ONLY"}},
            "MR052 meshConfig.outboundTrafficPolicy.modes: not a field of OutboundTrafficPolicy (did you mean mode?)",
        ),
        (
            {"defaultConfig": {"holdApplicationUntilProxyStart": True}},
            "MR052 meshConfig.defaultConfig.holdApplicationUntilProxyStart: not a field of ProxyConfig "
            "(did you mean holdApplicationUntilProxyStarts?)",
        ),
        (
            {"defaultConfig": {"holdApplicationUntilProxyStarts": "true"}},
            "MR053 meshConfig.defaultConfig.holdApplicationUntilProxyStarts: must be true or false, "
            "found the text true (leave out the quotes)",
        ),
        (
            {"extensionProviders": [{"name": "a", "opentelemtry": {}}]},
            "MR052 meshConfig.extensionProviders[0].opentelemtry: not a field of ExtensionProvider "
            "(did you mean opentelemetry?)",
        ),
        (
            {"extensionProviders": [{"name": "a", "opentelemetry": {"port": 1}, "zipkin": {"port": 1}}]},
            "MR053 meshConfig.extensionProviders[0].zipkin: is there beside opentelemetry, and only one of them may be",
        ),
        (
            {"accessLogEncoding": "json"},
            "MR053 meshConfig.accessLogEncoding: json is not one of TEXT, JSON (did you mean JSON?)",
        ),
        (
            {"defaultConfig": {"concurrency": "two"}},
            "MR053 meshConfig.defaultConfig.concurrency: must be a whole number, found the text two",
        ),
        (
            {"defaultConfig": {"terminationDrainDuration": 30}},
            "MR053 meshConfig.defaultConfig.terminationDrainDuration: must be a duration such as 30s, "
            "found the number 30",
        ),
        ({"trustDomain": 5}, "MR053 meshConfig.trustDomain: must be text, found the number 5 (put it in quotes)"),
        ({"trustDomainAliases": "a"}, "MR053 meshConfig.trustDomainAliases: must be a list, found a"),
        (
            {"defaultConfig": {"proxyMetadata": {"A": 1}}},
            "MR053 meshConfig.defaultConfig.proxyMetadata.A: must be text, found the number 1 (put it in quotes)",
        ),
        (
            {"defaultConfig": {"tracing": {"sampling": "half"}}},
            "MR053 meshConfig.defaultConfig.tracing.sampling: must be a number, found the text half",
        ),
        (
            {"defaultConfig": {"tracing": "on"}},
            "MR053 meshConfig.defaultConfig.tracing: must be an object (names with values), found on",
        ),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else "",
)
def test_one_line_says_what_is_wrong_and_what_was_meant(mesh: dict[str, Any], line: str) -> None:
    assert told(mesh) == [line]


@pytest.mark.parametrize(
    "mesh",
    [
        {"outboundTrafficPolicy": {"mode": "ALLOW_ANY"}},
        {"outbound_traffic_policy": {"mode": 1}},
        {"defaultConfig": {"concurrency": "2", "terminationDrainDuration": "1m30s", "drainDuration": "0.5h"}},
        {"defaultConfig": {"concurrency": 0, "tracing": {"sampling": "10.5", "customTags": {"a": {"literal": {}}}}}},
        {"enableAutoMtls": None, "defaultConfig": None},
        {"extensionProviders": [{"name": "otel", "opentelemetry": {"service": "o.o.svc", "port": 4317}}]},
        {"serviceScopeConfigs": [{"servicesSelector": {"matchLabels": {"a": "b"}}, "scope": "GLOBAL"}]},
    ],
)
def test_nothing_is_said_of_what_istiod_reads(mesh: dict[str, Any]) -> None:
    assert told(mesh) == []


def test_a_field_of_a_later_release_is_told_with_the_release() -> None:
    (line,) = told({"serviceScopeConfigs": []}, "v1.26.0")
    assert line == "MR054 meshConfig.serviceScopeConfigs: not read by istiod 1.26.0 (read since 1.27)"


def test_networks_are_checked_by_their_names() -> None:
    assert (
        told({"n1": {"endpoints": [{"fromRegistry": "c1"}], "gateways": [{"address": "a", "port": 1}]}}, place="") == []
    )
    assert told({"n1": {"endpoint": []}}, place="") == [
        "MR052 global.meshNetworks.n1.endpoint: not a field of Network (did you mean endpoints?)"
    ]


def test_every_type_of_the_table_is_one_that_is_known() -> None:
    tables = mesh_types()
    for message in tables["messages"]:
        for field in mesh_fields(message).values():
            name = field.type.removeprefix("#")
            assert name in tables["enums" if field.type.startswith("#") else "messages"] or name in VALUES, field


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "any": st.integers(),
    "boolean": st.booleans(),
    "bytes": st.just("YQ=="),
    "duration": st.sampled_from(["1s", "1.5s", "0s", "2h", "100ms"]),
    "integer": st.integers(0, 1000) | st.integers(0, 9).map(str),
    "number": st.floats(0, 100) | st.integers(0, 9),
    "text": st.text(max_size=3),
}


def words(enum: str, number: int) -> list[str]:
    return [word for word, span in mesh_types()["enums"][enum].items() if is_read(parse_ranges(span), number)]


def of(field: MeshField, number: int, depth: int) -> st.SearchStrategy[Any]:
    kind = field.type
    if kind.startswith("#"):
        one = st.sampled_from(sorted(words(kind[1:], number)))
    elif kind in VALUES:
        one = VALUES[kind]
    else:
        one = message(kind, number, depth - 1) if depth else st.just({})
    return (
        st.lists(one, max_size=2)
        if field.shape == "list"
        else (st.dictionaries(st.text(max_size=3), one, max_size=2) if field.shape == "map" else one)
    )


def message(name: str, number: int, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Messages that are right: of each group of fields at most the first."""
    first: dict[str, MeshField] = {}
    groups: set[str] = set()
    for key, field in mesh_fields(name).items():
        if not is_read(field.read, number) or field.group in groups:
            continue
        groups |= {field.group} - {""}
        first[key] = field
    return st.fixed_dictionaries({}, optional={key: of(field, number, depth) for key, field in first.items()})


@given(message("MeshConfig", ordinal(1, 30, 3), 2))
def test_a_message_made_by_the_table_is_right(mesh: dict[str, Any]) -> None:
    assert told(mesh) == []


LEAF = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4)
)
FIELDS = sorted({field for message in mesh_types()["messages"] for field in mesh_fields(message)})
ANY = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(mesh_fields("MeshConfig"))), ANY, max_size=4), ANY)
def test_whatever_stands_in_a_field_is_judged(mesh: dict[str, Any], networks: Any) -> None:
    told(mesh)
    told(networks, place="")


@pytest.mark.parametrize("value", [[], {}, True])
def test_what_is_no_word_is_told_with_the_words(value: Any) -> None:
    (line,) = told({"accessLogEncoding": value})
    assert line.startswith("MR053 meshConfig.accessLogEncoding: must be one of TEXT, JSON, found ")
