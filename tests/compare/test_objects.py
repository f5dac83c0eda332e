"""How two objects differ, as a person would say it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.compare.objects import FieldChange, identity, object_changes


def thing(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "example.io/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": spec}


def config_map(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio"}, "data": data}


def said(before: Any, after: Any, **rename: str) -> list[str]:
    """Each change on a line: how, where, what was and what is."""

    def renamed(text: str) -> str:
        for old, new in rename.items():
            text = text.replace(old, new)
        return text

    return [
        " ".join(part for part in (change.how, change.field, change.before, change.after) if part is not None)
        + ("" if change.how != "lines" else f" -{change.lines[0]} +{change.lines[1]}")
        for change in object_changes(before, after, renamed if rename else None)
    ]


def test_fields_are_added_removed_and_changed() -> None:
    assert said(thing(a=1, b={"c": "x"}, d=[1]), thing(a=2, b={"e": None})) == [
        "changed spec.a 1 2",
        'removed spec.b.c "x"',
        "added spec.b.e null",
        "removed spec.d [1]",
    ]


def test_a_path_shows_keys_that_are_no_words_in_brackets() -> None:
    before = {"metadata": {"labels": {"istio.io/rev": "a", "app": "x"}}}
    after = {"metadata": {"labels": {"istio.io/rev": "b", "app": "y"}}}
    assert said(before, after) == [
        'changed metadata.labels[istio.io/rev] "a" "b"',
        'changed metadata.labels.app "x" "y"',
    ]


def test_containers_ports_and_variables_are_matched_by_what_names_them() -> None:
    def pod(image: str, *env: str, port: int = 8080, first: str = "proxy") -> dict[str, Any]:
        other = {"name": first, "image": "p"}
        main = {
            "name": "discovery",
            "image": image,
            "env": [{"name": name, "value": name.lower()} for name in env],
            "ports": [{"containerPort": port, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}],
        }
        return thing(containers=[other, main])

    assert said(pod("a:1", "X", "Y"), pod("a:2", "Y", "Z", port=9090)) == [
        'changed spec.containers[discovery].image "a:1" "a:2"',
        'removed spec.containers[discovery].env[X] {"name": "X", "value": "x"}',
        'added spec.containers[discovery].env[Z] {"name": "Z", "value": "z"}',
        'removed spec.containers[discovery].ports[8080/TCP] {"containerPort": 8080, "protocol": "TCP"}',
        'added spec.containers[discovery].ports[9090/TCP] {"containerPort": 9090, "protocol": "TCP"}',
    ]


def test_rules_of_a_role_are_matched_by_their_resources() -> None:
    def rule(group: str, resource: str, *verbs: str) -> dict[str, Any]:
        return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}

    before = thing(rules=[rule("", "pods", "get"), rule("apps", "deployments", "get")])
    after = thing(
        rules=[rule("", "secrets", "get"), rule("apps", "deployments", "get", "list"), rule("", "pods", "get")]
    )
    assert said(before, after) == [
        'added spec.rules[apps/deployments].verbs[] "list"',
        'added spec.rules[secrets] {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}',
        "reordered spec.rules",
    ]


def test_items_without_names_are_matched_by_being_equal() -> None:
    assert said(thing(args=["a", "b", "c"]), thing(args=["a", "x", "c"])) == ['changed spec.args[1] "b" "x"']
    assert said(thing(args=["a", "b", "c"]), thing(args=["a", "c"])) == ['removed spec.args[] "b"']
    assert said(thing(args=["a", "c"]), thing(args=["b", "b", "a", "c"])) == ['added spec.args[] "b"']
    assert said(thing(args=["a", "b"]), thing(args=["b", "a"])) == ["reordered spec.args"]
    assert said(thing(list=[{"a": 1}, {"b": 2}]), thing(list=[{"b": 2}, {"a": 3}])) == [
        "changed spec.list[1].a 1 3",
        "reordered spec.list",
    ]


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), (1, 1.0), ("1", 1), (None, False), ({}, []), ("", 0)]
)
def test_values_of_another_type_are_another_value(one: Any, other: Any) -> None:
    assert [change.how for change in object_changes(thing(a=one), thing(a=other))] == ["changed"]
    assert len(object_changes(thing(a=[one]), thing(a=[other]))) == 1


def test_mesh_configuration_is_compared_as_what_it_says() -> None:
    before = config_map(mesh="accessLogFile: /dev/stdout\ndefaultConfig:\n  tracing: {sampling: 1}\n")
    after = config_map(mesh="defaultConfig:\n  # more\n  tracing:\n    sampling: 5\naccessLogFile: /dev/stdout\n")
    assert said(before, after) == ["changed data.mesh.defaultConfig.tracing.sampling 1 5"]


def test_values_of_the_injector_are_compared_as_what_they_say() -> None:
    before = config_map(values='{"global": {"proxy": {"image": "proxyv2"}, "tag": "1.24.2"}}')
    after = config_map(values='{\n  "global": {"tag": "1.24.3", "proxy": {"image": "proxyv2"}}\n}')
    assert said(before, after) == ['changed data.values.global.tag "1.24.2" "1.24.3"']


def test_a_document_that_is_only_written_differently_is_told_as_such() -> None:
    assert said(config_map(mesh="a: 1\nb: 2\n"), config_map(mesh="b: 2\na: 1\n")) == ["reformatted data.mesh"]


def test_templates_inside_a_document_are_told_by_their_lines() -> None:
    before = config_map(config="templates:\n  sidecar: |\n    {{- if .A }}\n    a: 1\n    b: 2\n    {{- end }}\n")
    after = config_map(config="templates:\n  sidecar: |\n    {{- if .A }}\n    a: 3\n    {{- end }}\n")
    assert said(before, after) == ["lines data.config.templates.sidecar -2 +1"]


def test_a_text_of_several_lines_is_never_shown() -> None:
    changes = object_changes(thing(), thing(script="#!/bin/sh\ncurl -u me:hunter2\n"))
    assert [change.after for change in changes] == ['"(2 lines)"']


def test_json_in_an_annotation_is_compared_as_data() -> None:
    before = {"metadata": {"annotations": {"note": '{"a": 1, "b": 2}'}}}
    after = {"metadata": {"annotations": {"note": '{"b": 2, "a": 3}'}}}
    assert said(before, after) == ["changed metadata.annotations.note.a 1 3"]


def test_prose_is_no_document() -> None:
    before = {"metadata": {"annotations": {"note": "Warning: hot", "log": "[%START_TIME%] %PROTOCOL%"}}}
    after = {"metadata": {"annotations": {"note": "Warning: cold", "log": "[%START_TIME%] %METHOD%"}}}
    assert said(before, after) == [
        'changed metadata.annotations.note "Warning: hot" "Warning: cold"',
        'changed metadata.annotations.log "[%START_TIME%] %PROTOCOL%" "[%START_TIME%] %METHOD%"',
    ]


def test_a_text_that_stopped_being_a_document_is_compared_by_lines() -> None:
    assert said(config_map(mesh="a: 1\n"), config_map(mesh="a: [\n")) == ["lines data.mesh -1 +1"]


def test_what_differs_by_the_new_name_alone_is_the_same() -> None:
    before = {"metadata": {"name": "istiod-one", "labels": {"one": "x"}}, "items": [{"name": "one"}, {"name": "a"}]}
    after = {"metadata": {"name": "istiod-two", "labels": {"two": "x"}}, "items": [{"name": "two"}, {"name": "a"}]}
    assert said(before, after, one="two") == []
    assert said(config_map(mesh="a: one\nb: 1\n"), config_map(mesh="a: two\nb: 2\n"), one="two") == [
        "changed data.mesh.b 1 2"
    ]
    assert said(thing(args=["one", "x"]), thing(args=["two", "y"]), one="two") == ['changed spec.args[1] "x" "y"']


def test_a_name_that_is_still_there_is_not_taken_for_the_new_one() -> None:
    before = {"one": 1, "two": 2}
    assert said(before, {"two": 2}, one="two") == ["removed one 1"]
    assert said(before, {"one": 1, "two": 2}, one="two") == []


def test_an_object_is_known_by_group_kind_namespace_and_name() -> None:
    found = identity({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "b"}})
    assert (found.group, found.title) == ("apps", "Deployment/b/a")
    assert identity({"metadata": "broken"}).title == ""


def test_aliases_that_would_grow_without_bounds_are_compared_as_text() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for name, before in zip("bcdefghij", "abcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    start = time.perf_counter()
    assert said(config_map(mesh="\n".join(lines)), config_map(mesh="\n".join([*lines, "k: 1"]))) == [
        "lines data.mesh -1 +2"
    ]
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("depth", [99, 101, 900, 100_000])
def test_nesting_without_end_is_compared_as_text(depth: int) -> None:
    deep = "[" * depth + "{}" + "]" * depth
    inside = json.dumps({"a": json.dumps({"b": json.dumps({"c": deep})})})
    for text in (deep, inside):
        before, after = config_map(mesh=text), config_map(mesh=text.replace("{}", "[]"))
        assert len(object_changes(before, after)) == 1
        assert len(object_changes(thing(a=text), thing(a=text.replace("{}", "[]")))) == 1


leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text("ab\n{[:", max_size=4)
nodes = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", "name", "key", "spec", "b.c"]), inner, max_size=4)
    ),
    max_leaves=20,
)
objects = st.dictionaries(st.sampled_from(["data", "kind", "metadata", "spec"]), nodes, max_size=4)
MIRROR = {"added": "removed", "removed": "added"}


def strictly_equal(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@given(objects)
def test_nothing_differs_from_itself(obj: dict[str, Any]) -> None:
    assert object_changes(obj, json.loads(json.dumps(obj))) == []


@given(objects, objects)
def test_there_are_changes_exactly_when_the_objects_differ(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert bool(object_changes(one, other)) != strictly_equal(one, other)


@given(objects, objects)
def test_the_way_back_is_the_same_changes_turned_round(one: dict[str, Any], other: dict[str, Any]) -> None:
    def turned(change: FieldChange) -> FieldChange:
        how = MIRROR.get(change.how, change.how)
        return FieldChange(change.path, how, change.after, change.before, change.lines[::-1])  # type: ignore[arg-type]

    def without_places(changes: list[FieldChange]) -> set[tuple[Any, ...]]:
        """Items without names are told by their place after, which is another on the way back."""
        return {
            (tuple("[]" if step[:1] == "[" else step for step in c.path), c.how, c.before, c.after, c.lines)
            for c in changes
        }

    there, back = object_changes(one, other), object_changes(other, one)
    assert without_places([turned(change) for change in there]) == without_places(back)


@given(objects, st.sampled_from(["data", "metadata", "spec"]), nodes)
def test_only_what_is_put_in_another_place_is_told(obj: dict[str, Any], key: str, value: Any) -> None:
    changed = {**obj, key: value}
    assert all(change.path[0] == key for change in object_changes(obj, changed))
