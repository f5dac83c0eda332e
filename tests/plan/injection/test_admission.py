"""What istiod decides after its webhook has fired."""

from __future__ import annotations

from typing import Any

import pytest

from render.plan.injection.admission import refusal
from render.plan.labels import Labels
from render.plan.usage import Pod

INJECT = "sidecar.istio.io/inject"


def pod(labels: Labels | None = None, annotations: Labels | None = None, **of: Any) -> Pod:
    return Pod("web", of.pop("namespace", "shop"), labels or {}, annotations or {}, **of)


def test_a_pod_that_says_nothing_is_injected() -> None:
    assert refusal(pod({"app": "cart"}), "v1.24.3", {}) is None


@pytest.mark.parametrize("namespace", ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"])
def test_a_system_namespace_is_never_injected(namespace: str) -> None:
    assert refusal(pod({INJECT: "true"}, namespace=namespace), "v1.30.3", {}) == f"istiod never injects in {namespace}"


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
    assert (refusal(pod({INJECT: value}), version, {}) is None) == injects


def test_selectors_and_policy_of_the_revision_decide_what_the_pod_leaves_open() -> None:
    never: dict[str, Any] = {"sidecarInjectorWebhook": {"neverInjectSelector": [{"matchLabels": {"job": "yes"}}]}}
    assert "neverInjectSelector" in (refusal(pod({"job": "yes"}), "v1.24.3", never) or "")
    assert refusal(pod({"job": "yes", INJECT: "true"}), "v1.24.3", never) is None
    assert refusal(pod({"job": "no"}), "v1.24.3", never) is None
    off: dict[str, Any] = {"global": {"proxy": {"autoInject": "disabled"}}}
    assert "autoInject: disabled" in (refusal(pod({}), "v1.24.3", off) or "")
    assert refusal(pod({INJECT: "true"}), "v1.24.3", off) is None
    always = off | {"sidecarInjectorWebhook": {"alwaysInjectSelector": [{"matchLabels": {"app": "a"}}]}}
    assert refusal(pod({"app": "a"}), "v1.24.3", always) is None


@pytest.mark.parametrize(
    "selector", [{}, {"matchExpressions": [{"key": "a", "operator": "Is"}]}, {"matchExpressions": [{"operator": "In"}]}]
)
def test_a_selector_that_is_empty_or_broken_selects_nothing(selector: dict[str, Any]) -> None:
    values = {"sidecarInjectorWebhook": {"neverInjectSelector": [selector]}}
    assert refusal(pod({"a": "b"}), "v1.24.3", values) is None


@pytest.mark.parametrize(
    ("value", "version", "injects"),
    [("false", "v1.30.3", False), ("true", "v1.30.3", True), ("off", "v1.26.8", False), ("off", "v1.27.0", True)],
)
def test_the_annotation_is_read_where_there_is_no_label(value: str, version: str, injects: bool) -> None:
    found = refusal(pod({"app": "a"}, {INJECT: value}), version, {})
    assert (found is None) == injects
    assert found is None or found.startswith(f"the annotation {INJECT}={value} keeps the pod out")


@pytest.mark.parametrize("label", ["true", ""])
def test_a_label_wins_over_the_annotation_also_an_empty_one(label: str) -> None:
    assert refusal(pod({INJECT: label}, {INJECT: "false"}), "v1.30.3", {}) is None


def test_an_annotation_that_asks_wins_over_the_policy_of_the_revision() -> None:
    off = {"global": {"proxy": {"autoInject": "disabled"}}}
    assert refusal(pod({}, {INJECT: "true"}), "v1.30.3", off) is None


def test_what_is_false_in_all_releases_needs_no_release() -> None:
    assert refusal(pod({}, {INJECT: "false"}), None, {})
    assert refusal(pod({}, {INJECT: "off"}), None, {}) is None


def test_a_pod_with_the_network_of_its_host_is_never_injected() -> None:
    assert refusal(pod({INJECT: "true"}, host_network=True), None, {}) == (
        "istiod never injects a pod with hostNetwork: true"
    )
