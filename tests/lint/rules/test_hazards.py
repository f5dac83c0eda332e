"""How serious lint takes a known hazard of an upgrade."""

from __future__ import annotations

import pytest

from tests.support.builders import istio
from tests.support.lint_view import said

# A fault of Envoy that every fleet of 1.29 before 1.29.7, and of 1.30 before 1.30.4, has.
CVE = "cve-2026-006-envoy"


def met(start: str, target: str) -> list[str]:
    lines = said("MR180", istio(target, strategy="InPlace"), istio(start, strategy="InPlace"))
    return [line.partition(": ")[0] for line in lines if CVE in line]


def test_a_fault_that_a_move_brings_is_an_error() -> None:
    assert met("v1.30.4", "v1.30.3") == ["error Istio/default spec.version"]


@pytest.mark.parametrize(("start", "target"), [("v1.29.5", "v1.29.6"), ("v1.29.6", "v1.30.3")])
def test_a_fault_that_was_there_before_and_stays_is_a_warning(start: str, target: str) -> None:
    assert met(start, target) == ["warning Istio/default spec.version"]


@pytest.mark.parametrize(("start", "target"), [("v1.29.6", "v1.29.7"), ("v1.30.3", "v1.31.0")])
def test_a_fault_of_the_release_that_a_move_leaves_behind_stops_nobody(start: str, target: str) -> None:
    assert met(start, target) == ["info Istio/default spec.version"]
