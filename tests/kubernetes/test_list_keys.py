"""Keys that a list names twice."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from render.kubernetes.list_keys import keyed_twice


def deployment(**container: Any) -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [{"name": "c", **container}]}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}


def keys(obj: dict[str, Any]) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(str(twice.list[-1]), twice.key, twice.positions) for twice in keyed_twice(obj)]


def test_a_variable_that_is_named_twice_is_found_with_both_positions() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "A", "value": "3"}]
    assert keys(deployment(env=env)) == [("env", "name=A", (0, 2))]


def test_a_port_without_a_protocol_is_one_of_tcp() -> None:
    ports = [{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}, {"containerPort": 80, "protocol": "UDP"}]
    assert keys(deployment(ports=ports)) == [("ports", "containerPort=80,protocol=TCP", (0, 1))]


def test_a_set_names_a_value_twice() -> None:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "finalizers": ["a/b", "a/b"]}}
    assert keys(obj) == [("finalizers", "a/b", (0, 1))]


def test_a_list_without_keys_may_repeat_itself() -> None:
    assert keys(deployment(args=["-v", "-v"], envFrom=[{"prefix": "A"}, {"prefix": "A"}])) == []


def test_nothing_is_known_of_a_custom_resource() -> None:
    obj = {"apiVersion": "example.com/v1", "kind": "Deployment", "spec": {"env": [{"name": "A"}, {"name": "A"}]}}
    assert keys(obj) == []


def test_what_has_another_type_than_its_field_is_left_to_others() -> None:
    assert keys(deployment(env={"name": "A"}, ports=["80", "80"])) == []


@given(st.lists(st.sampled_from("ABCDE")))
def test_every_key_that_is_there_twice_is_found_once(names: list[str]) -> None:
    found = [key for _, key, _ in keys(deployment(env=[{"name": name} for name in names]))]
    assert sorted(found) == sorted({f"name={name}" for name in names if names.count(name) > 1})
