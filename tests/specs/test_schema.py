"""Schemas: what is published, what they accept, and what a person is told where they are broken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from render.messages import field_text
from render.specs import releases, schema
from render.specs.schema_checker import compile_check
from scripts.publish_schemas import published

ROOT = Path(__file__).parents[2]
OF_SAIL = ["Istio", "IstioCNI", "IstioRevision", "IstioRevisionTag", "ZTunnel"]
KINDS = ["Cluster", "Fleet", *OF_SAIL, "MeshGateway", "Namespace"]
SAIL = "sailoperator.io/v1"


def an(kind: str, name: str = "default", **spec: Any) -> dict[str, Any]:
    api = (
        "v1" if kind == "Namespace" else "meshrev.io/v1alpha1" if kind in ("Fleet", "Cluster", "MeshGateway") else SAIL
    )
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec}


def said(kind: str, data: dict[str, Any]) -> list[str]:
    return sorted(f"{field_text(found.path)}: {found.message}" for found in schema.problems(kind, data))


def nodes(node: Any) -> list[dict[str, Any]]:
    """Every schema in a schema."""
    if not isinstance(node, dict):
        return []
    inner = [*node.get("properties", {}).values(), *node.get("$defs", {}).values()]
    inner += [node[key] for key in ("items", "additionalProperties", "propertyNames") if key in node]
    return [node, *(found for part in inner for found in nodes(part))]


# What is published


def test_the_published_schemas_are_the_ones_that_the_program_uses() -> None:
    folder = ROOT / "docs" / "schemas"
    assert {path.name: path.read_text() for path in folder.glob("*.json")} == published(), (
        "run: python -m scripts.publish_schemas docs/schemas"
    )
    assert sorted(published()) == sorted(
        f"{kind.lower()}.json" for kind in [*KINDS, "IstioOperator", "RevisionRollout"]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_published_schema_is_one_that_an_editor_can_use(kind: str) -> None:
    text = json.loads(published()[f"{kind.lower()}.json"])
    Draft202012Validator.check_schema(text)
    assert text["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert text["$id"] == f"https://meshrev.io/schemas/{kind.lower()}.json"
    assert text["title"] == kind
    references = {node["$ref"] for node in nodes(text) if "$ref" in node}
    assert references <= {f"#/$defs/{name}" for name in text["$defs"]}, "an editor would have to fetch another file"
    for node in nodes(text):
        for name, field in node.get("properties", {}).items():
            target = text["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else field
            assert field.get("description") or target.get("description"), f"{name} has no description to show"


@pytest.mark.parametrize("kind", KINDS)
def test_common_definitions_are_the_same_in_every_schema(kind: str) -> None:
    for other in KINDS:
        mine, theirs = schema.schema(kind)["$defs"], schema.schema(other)["$defs"]
        for name in mine.keys() & theirs.keys() - {"version"}:
            assert mine[name] == theirs[name], name


def test_an_editor_offers_the_versions_that_a_kind_accepts() -> None:
    def offered(kind: str) -> list[str]:
        return json.loads(published()[f"{kind.lower()}.json"])["$defs"]["version"]["enum"]  # type: ignore[no-any-return]

    assert offered("Istio") == offered("IstioCNI") == list(releases.known_versions())
    assert not [version for version in offered("IstioRevision") if "latest" in version]
    assert {"v1.24-latest", "v1.24.0"} <= set(offered("ZTunnel"))
    assert not [version for version in offered("ZTunnel") if version.startswith("v1.23")]


# The quick check


def json_values() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    return st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)


def instances(node: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Mostly what satisfies the schema, with something else in one place or another."""
    if "$ref" in node:
        return instances(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    if "const" in node:
        good: st.SearchStrategy[Any] = st.just(node["const"])
    elif "enum" in node:
        good = st.sampled_from(node["enum"])
    elif "pattern" in node:
        good = st.from_regex(node["pattern"])
    else:
        types = node.get("type", [])
        good = st.one_of(*(_of_type(name, node, root) for name in ([types] if isinstance(types, str) else types)))
        if not types:
            good = json_values()
    return st.integers(0, 39).flatmap(lambda dice: json_values() if dice == 0 else good)


def _of_type(name: str, node: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    match name:
        case "string":
            return st.text(max_size=5)
        case "integer":
            least = node.get("minimum", -1)
            return st.integers(least, least + 6) | st.integers(least - 1, 5) | st.sampled_from([0.0, 1.5, True])
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "array":
            return st.lists(instances(node["items"], root), min_size=node.get("minItems", 0), max_size=2)
    fields = {name: instances(part, root) for name, part in node.get("properties", {}).items()}
    required = {name: fields[name] for name in node.get("required", [])}
    optional = {name: part for name, part in fields.items() if name not in required}
    others = node.get("additionalProperties")
    names = instances(node["propertyNames"], root) if "propertyNames" in node else st.text()
    more = st.dictionaries(names.filter(lambda key: isinstance(key, str)), json_values(), max_size=1)
    if isinstance(others, dict):
        more = st.dictionaries(names.filter(lambda key: isinstance(key, str)), instances(others, root), max_size=2)
    elif others is False:
        more = st.integers(0, 9).flatmap(lambda dice: more_of_it if dice == 0 else st.just({}))
        more_of_it = st.dictionaries(st.text(), json_values(), max_size=1)
    known = st.fixed_dictionaries(required, optional=optional)
    return st.tuples(known, more).map(lambda both: {**both[1], **both[0]})


def _without_line_ends(value: Any) -> Any:
    """Returns the value with no text that ends in a newline: Python's $ differs from the standard's there, which has a
    test of its own below."""
    if isinstance(value, dict):
        return {_without_line_ends(key): _without_line_ends(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_without_line_ends(part) for part in value]
    return value.rstrip("\n") if isinstance(value, str) else value


@pytest.mark.parametrize("kind", KINDS)
def test_the_quick_check_and_jsonschema_always_agree_and_a_difference_is_always_explained(kind: str) -> None:
    rules = json.loads(published()[f"{kind.lower()}.json"])
    valid, quick = Draft202012Validator(rules).is_valid, compile_check(rules)
    seen = {True: 0, False: 0}

    @settings(max_examples=40, deadline=None)
    @given(instances(rules, rules).map(_without_line_ends))
    def agree(data: Any) -> None:
        seen[valid(data)] += 1
        assert quick(data) == valid(data)
        assert bool(schema.problems(kind, data)) != valid(data)

    agree()
    assert seen[True] and seen[False], seen


def test_a_name_that_ends_in_a_newline_is_refused_as_the_standard_has_it() -> None:
    assert said("Namespace", an("Namespace", "team-a\n"))
    assert not said("Namespace", an("Namespace", "team-a"))


def test_a_keyword_that_the_quick_check_does_not_know_is_refused_when_it_is_compiled() -> None:
    with pytest.raises(ValueError, match="anyOf"):
        compile_check({"type": "object", "anyOf": []})


def test_a_right_object_is_checked_without_loading_jsonschema() -> None:
    data = an("Namespace", "a") | {"spec": {}}
    code = (
        f"import sys; from render.specs import schema; assert not schema.problems('Namespace', {data}); "
        "print('jsonschema' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


# What is accepted


def test_what_an_api_server_adds_is_accepted() -> None:
    live = an("Istio", version="v1.24.3")
    live["metadata"] |= {"uid": "1", "generation": 2, "managedFields": [], "creationTimestamp": None, "labels": None}
    live["status"] = {"state": "Healthy"}
    assert said("Istio", live) == []


def test_an_object_with_every_field_is_accepted() -> None:
    values: dict[str, Any] = {
        name: {} for name in ("base", "global", "istiodRemote", "meshConfig", "pilot", "telemetry")
    }
    values |= {"sidecarInjectorWebhook": {}, "experimental": {}, "gatewayClasses": {}}
    texts = {"compatibilityVersion": "1.23", "defaultRevision": "a", "profile": "x", "revision": "b"}
    strategy = {"type": "RevisionBased", "inactiveRevisionDeletionGracePeriodSeconds": 0, "updateWorkloads": True}
    whole = an("Istio", version="v1.24-latest", namespace="a", profile="openshift-ambient", updateStrategy=strategy)
    whole["spec"]["values"] = values | texts
    assert said("Istio", whole) == []


# What a person is told


def test_an_unknown_field_names_the_nearest_or_all_that_there_are() -> None:
    assert said("Istio", an("Istio", version="v1.24.3", profil="demo")) == [
        "spec.profil: unknown field (did you mean profile?)"
    ]
    assert said("IstioRevisionTag", an("IstioRevisionTag", targetRef={"kind": "Istio", "name": "a", "x": 1})) == [
        "spec.targetRef.x: unknown field (known: kind, name)"
    ]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"version": 1.24}, "spec.version: expected text, found the number 1.24 (put it in quotes)"),
        ({"version": None}, "spec.version: expected text, found nothing (give it a value or remove the field)"),
        (
            {"version": "v1.24.3", "updateStrategy": "InPlace"},
            "spec.updateStrategy: expected an object (fields with values), found the text InPlace",
        ),
        (
            {"version": "v1.24.3", "updateStrategy": {"inactiveRevisionDeletionGracePeriodSeconds": "30"}},
            "spec.updateStrategy.inactiveRevisionDeletionGracePeriodSeconds:"
            " expected a whole number, found the text 30",
        ),
        (
            {"version": "v1.24.3", "updateStrategy": {"inactiveRevisionDeletionGracePeriodSeconds": -1}},
            "spec.updateStrategy.inactiveRevisionDeletionGracePeriodSeconds: must be at least 0, found -1",
        ),
        (
            {"version": "v1.24.3", "updateStrategy": {"type": "Inplace"}},
            "spec.updateStrategy.type: Inplace is not one of InPlace, RevisionBased (did you mean InPlace?)",
        ),
        (
            {"version": "v1.24.3", "values": []},
            "spec.values: expected an object (fields with values), found a list",
        ),
        ({"version": "v1.24.9"}, "spec.version: v1.24.9 is not known (did you mean v1.24.6?)"),
        (
            {"version": "v1.24.3", "namespace": "istio/system"},
            "spec.namespace: istio/system is not a DNS label (lower-case letters, digits and '-',"
            " at most 63 characters, with a letter or digit at both ends)",
        ),
    ],
)
def test_a_wrong_value_says_what_was_expected_and_what_was_found(spec: dict[str, Any], message: str) -> None:
    assert said("Istio", an("Istio", **spec)) == [message]


def test_an_unknown_profile_says_which_there_are() -> None:
    assert said("IstioCNI", an("IstioCNI", version="v1.24.3", profile="defualt")) == [
        "spec.profile: defualt is not one of ambient, default, demo, empty, external, openshift, openshift-ambient,"
        " preview, remote, stable (did you mean default?)"
    ]


def test_a_revision_is_pinned_so_an_alias_is_refused() -> None:
    data = an("IstioRevision", "a", version="v1.24-latest", namespace="istio-system", values={})
    assert said("IstioRevision", data) == [
        "spec.version: v1.24-latest is an alias, and an IstioRevision is pinned to a release (did you mean v1.24.6?)"
    ]


def test_ztunnel_begins_with_1_24() -> None:
    assert said("ZTunnel", an("ZTunnel", version="v1.23.5")) == [
        "spec.version: v1.23.5 is too old: ZTunnel begins with v1.24.0"
    ]
    assert said("ZTunnel", an("ZTunnel", version="v1.24.0")) == []


@pytest.mark.parametrize("kind", ["IstioCNI", "ZTunnel"])
def test_the_singletons_of_a_cluster_are_named_default(kind: str) -> None:
    assert said(kind, an(kind, "other", version="v1.24.3")) == ["metadata.name: must be default, found other"]


def test_every_missing_field_is_named_once_with_what_it_is_for() -> None:
    found = said("IstioRevision", an("IstioRevision", "a"))
    assert [line.partition(":")[0] for line in found] == ["spec.namespace", "spec.values", "spec.version"]
    assert found[0] == "spec.namespace: is missing (where istiod runs. It cannot be changed later)"


def test_a_label_that_is_no_text_is_shown_with_the_way_out() -> None:
    data = an("Namespace", "a")
    data["metadata"]["labels"] = {"istio.io/rev": 1.24, "team": True}
    assert said("Namespace", data) == [
        "metadata.labels.team: expected text, found true (put it in quotes)",
        'metadata.labels["istio.io/rev"]: expected text, found the number 1.24 (put it in quotes)',
    ]


def test_all_mistakes_of_an_object_are_told_together() -> None:
    data = an("Istio", "a/b", verison="v1.24.3", profile="x", values=[])
    assert len(said("Istio", data)) == 5


def test_what_was_found_is_shown_short_and_on_one_line() -> None:
    (line,) = said("Istio", an("Istio", "x\n" * 500, version="v1.24.3"))
    assert "\n" not in line
    assert len(line) < 250
