"""The injection model against Istio's own table, and the proof against trying every label."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.plan.injection.proof import intended_injector, prove
from render.plan.injection.webhook_entries import firing, webhooks
from tests.support.cases import case_parameters


def entry(name: str, namespace: list[tuple[Any, ...]], pod: list[tuple[Any, ...]]) -> dict[str, Any]:
    def selector(conditions: list[tuple[Any, ...]]) -> dict[str, Any]:
        expressions = [{"key": c[0], "operator": c[1], **({"values": list(c[2])} if c[2:] else {})} for c in conditions]
        return {"matchExpressions": expressions}

    rules = [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}]
    return {
        "name": f"{name}.sidecar-injector.istio.io",
        "rules": rules,
        "namespaceSelector": selector(namespace),
        "objectSelector": selector(pod),
    }


INJECTION, REV, INJECT = "istio-injection", "istio.io/rev", "sidecar.istio.io/inject"
SYSTEM = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"]


def configuration(name: str, *, tag: bool = False, default: bool = False, auto: bool = False) -> dict[str, Any]:
    """A MutatingWebhookConfiguration as Istio makes it for a revision or tag."""
    absent = [(INJECTION, "DoesNotExist"), (REV, "DoesNotExist")]
    entries = [
        entry("rev.namespace", [(REV, "In", [name]), (INJECTION, "DoesNotExist")], [(INJECT, "NotIn", ["false"])]),
        entry("rev.object", absent, [(INJECT, "NotIn", ["false"]), (REV, "In", [name])]),
    ]
    if default:
        entries.append(entry("namespace", [(INJECTION, "In", ["enabled"])], [(INJECT, "NotIn", ["false"])]))
        entries.append(entry("object", absent, [(INJECT, "In", ["true"]), (REV, "DoesNotExist")]))
    if auto:
        outside = [("kubernetes.io/metadata.name", "NotIn", SYSTEM)]
        entries.append(entry("auto", [*absent, *outside], [(INJECT, "DoesNotExist"), (REV, "DoesNotExist")]))
    labels = {"istio.io/tag": name, REV: "v1"} if tag else {REV: name}
    return {"metadata": {"name": f"injector-{name}", "labels": labels}, "webhooks": entries}


@pytest.mark.parametrize("case", case_parameters("webhook-selector.json"))
def test_the_webhook_fires_that_istio_says(case: dict[str, Any]) -> None:
    known = case["input"]
    configurations = []
    for install in known["installs"]:
        revision, auto = install["revision"], install["enableNamespacesByDefault"]
        made = configuration(revision or "default", default=not revision, auto=auto and not revision)
        configurations.append(made | {"metadata": made["metadata"] | {"name": install["webhookConfiguration"]}})
    found = webhooks(configurations)
    fired = firing(found, known["namespaceLabels"], known["podLabels"])
    want = case["expected"]["webhookConfiguration"]
    assert [webhook.configuration for webhook in fired] == ([want] if want else [])
    auto = any(install["enableNamespacesByDefault"] for install in known["installs"])
    serves = {"istio-sidecar-injector": "default", "istio-sidecar-injector-canary": "canary", None: None}[want]
    names = {"default", "canary"}
    assert intended_injector(names, known["namespaceLabels"], known["podLabels"], by_default=auto) == serves
    assert prove(found, names, by_default=auto) is None


def test_revisions_and_tags_as_istio_makes_them_never_clash() -> None:
    made = [configuration("v1"), configuration("v2"), configuration("prod", tag=True)]
    made.append(configuration("default", tag=True, default=True, auto=True))
    assert prove(webhooks(made), {"v1", "v2", "prod", "default"}, by_default=True) is None


def test_a_revision_named_default_beside_a_tag_named_default_is_found() -> None:
    made = [configuration("default", default=True), configuration("default", tag=True, default=True)]
    clash = prove(webhooks(made), {"default"})
    assert clash is not None
    assert len(clash.fired) == 2


def test_a_webhook_for_the_wrong_name_is_found_with_the_labels_as_example() -> None:
    made = configuration("v1")
    made["webhooks"][0]["namespaceSelector"]["matchExpressions"][0]["values"] = ["v2"]
    clash = prove(webhooks([made]), {"v1"})
    assert clash is not None
    assert clash.namespace_labels == {"istio.io/rev": "v2"} or clash.namespace_labels == {"istio.io/rev": "v1"}
    assert "intended" in clash.text()


def test_a_name_that_nobody_serves_is_found() -> None:
    clash = prove(webhooks([configuration("v1")]), {"v1", "v2"})
    assert clash is not None
    assert (clash.intended, clash.fired) == ("v2", ())


def test_pod_webhooks_of_another_project_are_no_injectors() -> None:
    other = configuration("agent")
    for one in other["webhooks"]:
        one["name"] = "pods.agent-injector.example.com"
    assert webhooks([other]) == []
    assert prove(webhooks([other, configuration("v1")]), {"v1"}) is None


def test_an_injector_that_was_switched_off_serves_nobody() -> None:
    off = configuration("default", default=True)
    for one in off["webhooks"]:
        one["namespaceSelector"] = one["objectSelector"] = {"matchLabels": {"istio.io/deactivated": "never-match"}}
    assert webhooks([off]) == []
    assert prove(webhooks([off, configuration("default", tag=True, default=True)]), {"default"}) is None


VALUES = {
    INJECTION: [None, "enabled", "disabled", "x"],
    REV: [None, "default", "a", "b", "x"],
    INJECT: [None, "true", "false", "x"],
    "kubernetes.io/metadata.name": [None, "kube-system", "x"],
}


def labels_of(keys: list[str]) -> list[dict[str, str]]:
    rows = itertools.product(*(VALUES[key] for key in keys))
    return [{k: v for k, v in zip(keys, row, strict=True) if v is not None} for row in rows]


@st.composite
def broken_configurations(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Istio's configurations of up to three names with a few selectors damaged."""
    names = draw(st.sets(st.sampled_from(["default", "a", "b"]), min_size=1))
    made = [configuration(n, tag=draw(st.booleans()), default=n == "default") for n in sorted(names)]
    for _ in range(draw(st.integers(0, 2))):
        webhook = draw(st.sampled_from(draw(st.sampled_from(made))["webhooks"]))
        side = draw(st.sampled_from(["namespaceSelector", "objectSelector"]))
        expressions = webhook[side]["matchExpressions"]
        if expressions:
            expressions.pop(draw(st.integers(0, len(expressions) - 1)))
    return made


@given(broken_configurations(), st.booleans())
def test_the_proof_agrees_with_trying_every_combination(made: list[dict[str, Any]], by_default: bool) -> None:
    found = webhooks(made)
    names = {webhook.serves for webhook in found} | {"default"}
    holds = all(
        [w.serves for w in firing(found, namespace, pod)]
        == ([want] if (want := intended_injector(names, namespace, pod, by_default=by_default)) else [])
        for namespace in labels_of([INJECTION, REV, "kubernetes.io/metadata.name"])
        for pod in labels_of([INJECT, REV])
    )
    clash = prove(found, names, by_default=by_default)
    assert (clash is None) == holds
    if clash is not None:
        fired = firing(found, clash.namespace_labels, clash.pod_labels)
        assert [w.serves for w in fired] != ([clash.intended] if clash.intended else [])
