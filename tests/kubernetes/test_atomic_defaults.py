"""Fields that a server fills in inside what is replaced as a whole."""

from __future__ import annotations

from typing import Any

from render.kubernetes.atomic_defaults import AtomicDefault, atomic_defaults

POD = ("spec", "template", "spec")


def deployment(**pod: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        "spec": {"template": {"spec": pod}},
    }


def memory(**more: str) -> dict[str, Any]:
    return {"resourceFieldRef": {"resource": "limits.memory", **more}}


def test_a_variable_by_a_limit_gets_a_divisor() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": memory()}]
    at = (*POD, "containers", 0, "env", 1, "valueFrom", "resourceFieldRef")
    assert list(atomic_defaults(deployment(containers=[{"name": "c", "env": env}]))) == [
        AtomicDefault(at, "divisor", "0")
    ]


def test_a_file_by_a_limit_gets_one_too() -> None:
    items = [{"path": "p", **memory()}]
    volumes = [
        {"name": "a", "downwardAPI": {"items": items}},
        {"name": "b", "projected": {"sources": [{"downwardAPI": {"items": items}}]}},
    ]
    assert [one.path[5:] for one in atomic_defaults(deployment(volumes=volumes))] == [
        ("downwardAPI", "items", 0, "resourceFieldRef"),
        ("projected", "sources", 0, "downwardAPI", "items", 0, "resourceFieldRef"),
    ]


def test_one_that_is_written_stays() -> None:
    env = [{"name": "B", "valueFrom": memory(divisor="1Mi")}]
    assert list(atomic_defaults(deployment(containers=[{"name": "c", "env": env}]))) == []


def test_an_endpoint_gets_conditions() -> None:
    endpoints = [{"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0.2"], "conditions": {"ready": True}}]
    slice_ = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "endpoints": endpoints}
    assert list(atomic_defaults(slice_)) == [AtomicDefault(("endpoints", 0), "conditions", {})]


def test_a_custom_resource_is_left_alone() -> None:
    custom = {**deployment(containers=[{"env": [{"valueFrom": memory()}]}]), "apiVersion": "example.com/v1"}
    assert list(atomic_defaults(custom)) == []
