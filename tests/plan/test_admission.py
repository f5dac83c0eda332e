"""What istiod decides after its webhook has fired."""

from __future__ import annotations

from typing import Any

import pytest

from render.plan.admission import refusal

INJECT = "sidecar.istio.io/inject"


def test_a_pod_that_says_nothing_is_injected() -> None:
    assert refusal("shop", {"app": "cart"}, "v1.24.3", {}) is None


@pytest.mark.parametrize("namespace", ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"])
def test_a_system_namespace_is_never_injected(namespace: str) -> None:
    assert refusal(namespace, {INJECT: "true"}, "v1.30.3", {}) == f"istiod never injects in {namespace}"


@pytest.mark.parametrize(
    ("value", "version", "injects"),
    [
        ("true", "v1.24.3", True),
        ("Yes", "v1.26.8", True),
        ("on", "v1.23.0", True),
        ("off", "v1.26.8", False),
        ("off", "v1.27.0", True),
        ("Yes", "v1.27.0", True),
        ("False", "v1.26.8", False),
        ("", "v1.24.3", True),
    ],
)
def test_other_words_than_true_and_false_are_read_as_the_release_reads_them(
    value: str, version: str, injects: bool
) -> None:
    assert (refusal("shop", {INJECT: value}, version, {}) is None) == injects


def test_selectors_and_policy_of_the_revision_decide_what_the_pod_leaves_open() -> None:
    never: dict[str, Any] = {"sidecarInjectorWebhook": {"neverInjectSelector": [{"matchLabels": {"job": "yes"}}]}}
    assert "neverInjectSelector" in (refusal("shop", {"job": "yes"}, "v1.24.3", never) or "")
    assert refusal("shop", {"job": "yes", INJECT: "true"}, "v1.24.3", never) is None
    assert refusal("shop", {"job": "no"}, "v1.24.3", never) is None
    off: dict[str, Any] = {"global": {"proxy": {"autoInject": "disabled"}}}
    assert "autoInject: disabled" in (refusal("shop", {}, "v1.24.3", off) or "")
    assert refusal("shop", {INJECT: "true"}, "v1.24.3", off) is None
    always = off | {"sidecarInjectorWebhook": {"alwaysInjectSelector": [{"matchLabels": {"app": "a"}}]}}
    assert refusal("shop", {"app": "a"}, "v1.24.3", always) is None


@pytest.mark.parametrize(
    "selector", [{}, {"matchExpressions": [{"key": "a", "operator": "Is"}]}, {"matchExpressions": [{"operator": "In"}]}]
)
def test_a_selector_that_is_empty_or_broken_selects_nothing(selector: dict[str, Any]) -> None:
    values = {"sidecarInjectorWebhook": {"neverInjectSelector": [selector]}}
    assert refusal("shop", {"a": "b"}, "v1.24.3", values) is None
