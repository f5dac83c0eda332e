"""What injectors would give to pods, and no pod may have."""

from __future__ import annotations

import pytest

from tests.support.builders import istio
from tests.support.lint_view import said


def found(values: str) -> list[str]:
    return said("MR261", istio("v1.30.3", values=f"{{global: {{{values}}}}}"))


@pytest.mark.parametrize(
    ("values", "place", "why"),
    [
        ("proxy: {resources: {requests: {cpu: 3}, limits: {cpu: 1}}}", "proxy.resources.requests.cpu", "more than"),
        ("proxy: {resources: {requests: {memory: 2GB}}}", "proxy.resources.requests.memory", "expected a quantity"),
        ("proxy: {resources: {limits: {cpu: 50m}}}", "proxy.resources", "more than"),
        (
            "waypoint: {resources: {requests: {cpu: 3}, limits: {cpu: 1}}}",
            "waypoint.resources.requests.cpu",
            "more than",
        ),
        ("proxy: {lifecycle: {preStop: {execc: {command: [a]}}}}", "proxy.lifecycle.preStop.execc", "not a field"),
    ],
)
def test_pods_that_a_server_would_refuse_are_told_at_the_value(values: str, place: str, why: str) -> None:
    lines = found(values)
    assert [
        line for line in lines if line.startswith(f"error Istio/default spec.values.global.{place}: ") and why in line
    ]


@pytest.mark.parametrize(
    "values",
    [
        "proxy: {resources: {requests: {cpu: 10m}, limits: {cpu: 1}}}",
        "proxy: {resources: {limits: {cpu: null, memory: null}}}",
        "proxy: {lifecycle: {preStop: {exec: {command: [sleep, '5']}}}}",
        "logAsJson: true",
    ],
)
def test_nothing_is_said_of_pods_that_it_takes(values: str) -> None:
    assert found(values) == []
