"""Which entries of MutatingWebhookConfigurations an API server calls for a pod that is created."""

from __future__ import annotations

import json
from typing import Any

import pytest

from render.manifests.builtin import render_json
from render.plan.injection.label_selectors import Requirement
from render.plan.injection.webhook_entries import Entry, Unmet, istios_entries, kept_entry, other_entries, webhooks
from render.specs import releases

PODS = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}


def configuration(*rules: dict[str, Any], name: str = "rev.sidecar-injector.istio.io", **entry: Any) -> dict[str, Any]:
    return {"metadata": {"name": "one"}, "webhooks": [{"name": name, "rules": list(rules), **entry}]}


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"operations": ["UPDATE", "CREATE"]},
        {"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"]},
        {"resources": ["*"]},
        {"resources": ["pods/*"]},
        {"resources": ["*/*"]},
        {"scope": "*"},
        {"scope": "Namespaced"},
    ],
)
def test_a_rule_that_takes_in_the_creation_of_pods_is_for_them(rule: dict[str, Any]) -> None:
    assert len(webhooks([configuration(PODS | rule)])) == 1


@pytest.mark.parametrize(
    "rule",
    [
        {"operations": ["UPDATE"]},
        {"apiGroups": ["apps"]},
        {"apiVersions": ["v1beta1"]},
        {"resources": ["pods/status"]},
        {"resources": ["*/status"]},
        {"resources": ["podtemplates", "deployments"]},
        {"scope": "Cluster"},
    ],
)
def test_a_rule_for_something_else_is_not_for_pods(rule: dict[str, Any]) -> None:
    assert webhooks([configuration(PODS | rule)]) == []


def test_one_of_several_rules_is_enough_and_none_is_for_nothing() -> None:
    assert len(webhooks([configuration(PODS | {"operations": ["DELETE"]}, PODS)])) == 1
    assert webhooks([configuration()]) == []


def test_parts_of_two_rules_do_not_add_up() -> None:
    assert webhooks([configuration(PODS | {"operations": ["UPDATE"]}, PODS | {"apiGroups": ["apps"]})]) == []


def test_the_entries_of_istio_and_of_others_are_told_apart_and_keep_their_order() -> None:
    both = configuration(PODS)
    both["webhooks"].append({"name": "labels.example.com", "rules": [PODS]})
    assert [entry.order for entry in istios_entries(both)] == [("one", 0)]
    assert [entry.order for entry in other_entries(both)] == [("one", 1)]


def test_the_first_condition_that_labels_do_not_meet_is_told() -> None:
    (made,) = webhooks([configuration(PODS, objectSelector={"matchLabels": {"app": "cart"}})])
    assert made.unmet({}, {"app": "cart"}) is None
    assert made.unmet({}, {"app": "shop"}) == Unmet("pod", Requirement("app", "In", frozenset(["cart"])))


def test_match_conditions_are_noted() -> None:
    (made,) = webhooks([configuration(PODS, matchConditions=[{"name": "x", "expression": "false"}])])
    assert made.conditional


@pytest.mark.parametrize("minor", releases.minors())
def test_an_entry_that_is_known_by_its_name_alone_selects_as_the_charts_have_it(minor: str) -> None:
    version = releases.resolve(f"v{minor}-latest").removeprefix("v")
    values = {"sidecarInjectorWebhook": {"enableNamespacesByDefault": True}}
    found: list[Entry] = []
    for revision in ("default", "canary"):
        given = {**values, "revision": revision, "revisionTags": ["default", "prod"]}
        for component in ("istiod", "revisiontags"):
            for text in render_json(component, version, "istio", "istio-system", given):
                made = json.loads(text)
                if made["kind"] == "MutatingWebhookConfiguration":
                    entries = list(istios_entries(made))
                    kept = [kept_entry(made, one.webhook.name, one.index) for one in entries]
                    assert [set_of(one) for one in kept] == [set_of(one) for one in entries]
                    found += entries
    assert {one.webhook.name.removesuffix(".sidecar-injector.istio.io") for one in found} == {
        *("rev.namespace", "rev.object", "namespace", "object", "auto")
    }


def set_of(entry: Entry | None) -> tuple[str, str, set[Requirement], set[Requirement], bool] | None:
    webhook = entry.webhook if entry else None
    return webhook and (webhook.name, webhook.serves, {*webhook.namespace}, {*webhook.pod}, entry.is_for_pods)  # type: ignore[union-attr]


def test_an_entry_of_another_name_is_not_known() -> None:
    assert kept_entry(configuration(PODS), "new.sidecar-injector.istio.io", 0) is None
    assert kept_entry(configuration(PODS), "auto.example.com", 0) is None
