"""The webhooks of a live cluster, asked in place of those that are rendered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from render.errors import InputError
from render.plan.injection.webhook_entries import Entry, istios_entries
from tests.operations.explain.explained import NEW, OLD, REV, answer, asked
from tests.support.fleet_repo import FleetRepo


def live(repo: FleetRepo, change: Callable[[list[dict[str, Any]]], Any] = lambda items: None) -> tuple[str, bytes]:
    files = sorted(repo.root.glob("rendered/one/*/*/mutatingwebhookconfiguration-*.yaml"))
    items = [yaml.safe_load(file.read_text()) for file in files]
    change(items)
    return "live.yaml", yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items}).encode()


def named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["metadata"]["name"] == name)


def test_the_webhooks_of_a_live_cluster_give_the_same_answer_as_those_rendered(repo: FleetRepo) -> None:
    found = answer(repo, "cart", {}, live=live(repo))
    assert (found["basis"], found["clash"], found["notes"]) == ("webhooks from live.yaml", None, [])
    assert found["version"] == asked(repo, "cart")["version"]
    assert found["webhooks"][0]["file"] == "live.yaml"


def test_a_tag_that_was_not_moved_in_the_cluster_yet_is_told(repo: FleetRepo) -> None:
    def behind(items: list[dict[str, Any]]) -> None:
        named(items, "istio-revision-tag-default")["metadata"]["labels"][REV] = OLD

    found = answer(repo, "shop", {}, live=live(repo, behind))
    assert (found["revision"]["name"], found["version"]["name"]) == (OLD, "v1.24.2")
    assert f"leads to revision {OLD}, and the specs say {NEW}" in found["notes"][0]


def test_a_tag_that_the_cluster_lacks_is_told(repo: FleetRepo) -> None:
    def without(items: list[dict[str, Any]]) -> None:
        items.remove(named(items, "istio-revision-tag-prod"))

    found = answer(repo, "cart", {}, live=live(repo, without))
    assert not found["injected"]
    assert "the specs have prod, and the cluster has no webhook for it" in found["reason"]


def test_a_webhook_that_does_not_select_what_it_should_is_told(repo: FleetRepo) -> None:
    def never(items: list[dict[str, Any]]) -> None:
        for entry in named(items, "istio-revision-tag-prod")["webhooks"]:
            entry["namespaceSelector"]["matchExpressions"].append({"key": "team", "operator": "Exists"})

    found = answer(repo, "cart", {}, live=live(repo, never))
    assert found["reason"] == "no webhook of prod selects these labels, and one should"
    assert "intended: prod" in found["clash"]


def test_a_tag_that_only_the_cluster_has_is_followed(repo: FleetRepo) -> None:
    def more(items: list[dict[str, Any]]) -> None:
        text = json.dumps(named(items, "istio-revision-tag-prod"))
        items.append(json.loads(text.replace('"prod"', '"legacy"').replace("tag-prod", "tag-legacy")))

    found = answer(repo, "bare", {REV: "legacy"}, live=live(repo, more))
    assert (found["injected"], found["revision"]["name"], found["tag"]) == (True, OLD, None)
    assert found["notes"] == ["the cluster has a tag legacy, and the specs do not"]


def test_two_webhooks_for_one_pod_in_a_live_cluster_are_found(repo: FleetRepo) -> None:
    def twice(items: list[dict[str, Any]]) -> None:
        text = json.dumps(named(items, "istio-revision-tag-default"))
        items.append(json.loads(text.replace("istio-revision-tag-default", "istio-sidecar-injector")))

    found = answer(repo, "shop", {}, live=live(repo, twice))
    assert (found["injected"], len(found["webhooks"])) == (False, 2)
    assert "2 webhooks fire" in found["reason"]
    assert "istio-sidecar-injector" in found["clash"]
    other = answer(repo, "cart", {}, live=live(repo, twice))
    assert (other["injected"], other["clash"]) == (True, found["clash"])


def test_webhooks_of_other_projects_do_not_count(repo: FleetRepo) -> None:
    def more(items: list[dict[str, Any]]) -> None:
        text = json.dumps(named(items, "istio-revision-tag-default"))
        items.append(json.loads(text.replace("sidecar-injector.istio.io", "injector.example.com")))

    found = answer(repo, "shop", {}, live=live(repo, more))
    assert (found["injected"], found["clash"]) == (True, None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no injection webhook of Istio"),
        ("{kind: List, items: []}", "holds no injection webhook of Istio"),
        ("{kind: PodList, items: []}", "holds PodList where MutatingWebhookConfiguration is expected"),
        ("[]", "holds something else"),
        ("{kind: List, items: [{kind: MutatingWebhookConfiguration}]}", "not as an API server gives it"),
        ("{kind: List", "live.yaml:2:1: not valid YAML"),
    ],
)
def test_a_file_without_webhooks_is_refused_in_one_line(repo: FleetRepo, text: str, why: str) -> None:
    with pytest.raises(InputError) as error:
        answer(repo, "shop", {}, live=("live.yaml", text.encode()))
    (finding,) = error.value.findings
    assert why in finding.text()
    assert finding.file == "live.yaml"


def with_rule(**change: Any) -> Callable[[list[dict[str, Any]]], None]:
    def changed(items: list[dict[str, Any]]) -> None:
        for entry in named(items, "istio-revision-tag-prod")["webhooks"]:
            entry["rules"][0].update(change)

    return changed


def of_cart(found: dict[str, Any]) -> list[str]:
    tag, entry = "istio-revision-tag-prod", "rev.namespace.sidecar-injector.istio.io"
    return [one["why"] for one in found["silent"] if (one["configuration"], one["entry"]) == (tag, entry)]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"operations": ["UPDATE"]}, "UPDATE of core/v1 pods"),
        ({"apiGroups": ["apps"]}, "CREATE of apps/v1 pods"),
        ({"scope": "Cluster"}, "CREATE of core/v1 pods, scope Cluster"),
    ],
)
def test_a_webhook_whose_rules_are_for_something_else_is_not_called(
    repo: FleetRepo, rule: dict[str, Any], why: str
) -> None:
    found = answer(repo, "cart", {}, live=live(repo, with_rule(**rule)))
    assert (found["injected"], found["webhooks"]) == (False, [])
    assert found["reason"] == "no webhook of prod is called for pods that are created"
    assert of_cart(found) == [f"its rules are not for pods that are created: {why}"]


@pytest.mark.parametrize("resources", [["*"], ["pods/*"], ["*/*"]])
def test_a_rule_that_takes_in_pods_among_others_calls_the_webhook(repo: FleetRepo, resources: list[str]) -> None:
    found = answer(repo, "cart", {}, live=live(repo, with_rule(resources=resources)))
    assert (found["injected"], found["revision"]["name"]) == (True, OLD)


def test_conditions_that_are_not_evaluated_leave_the_answer_open(repo: FleetRepo) -> None:
    def conditional(items: list[dict[str, Any]]) -> None:
        for entry in named(items, "istio-revision-tag-prod")["webhooks"]:
            entry["matchConditions"] = [{"name": "never", "expression": "false"}]

    found = answer(repo, "cart", {}, live=live(repo, conditional))
    assert (found["injected"], found["revision"]["name"]) == (None, OLD)
    (note,) = found["notes"]
    assert "istio-revision-tag-prod (rev.namespace.sidecar-injector.istio.io) has matchConditions" in note
    assert answer(repo, "shop", {}, live=live(repo, conditional))["injected"] is True


def test_why_each_other_webhook_does_not_fire_is_told(repo: FleetRepo) -> None:
    found = answer(repo, "cart", {}, live=live(repo))
    why = {(one["configuration"], one["entry"].partition(".sidecar")[0]): one["why"] for one in found["silent"]}
    assert why["istio-revision-tag-prod", "rev.object"] == "the namespace has istio.io/rev=prod, and none may be there"
    assert why["istio-revision-tag-default", "namespace"] == (
        "the namespace has no label istio-injection, and enabled is asked for"
    )
    assert len(why) == len(entries(repo)) - 1


def entries(repo: FleetRepo) -> list[Entry]:
    items = yaml.safe_load(live(repo)[1])["items"]
    return [entry for item in items for entry in istios_entries(item)]


def test_a_webhook_that_is_switched_off_is_told_of(repo: FleetRepo) -> None:
    def off(items: list[dict[str, Any]]) -> None:
        for entry in named(items, "istio-revision-tag-prod")["webhooks"]:
            entry["objectSelector"] = {"matchLabels": {"istio.io/deactivated": "never-match"}}

    found = answer(repo, "cart", {}, live=live(repo, off))
    assert of_cart(found) == ["it is switched off, by a selector that matches nothing"]


def test_a_webhook_that_is_switched_off_is_called_for_the_label_that_it_asks_for(repo: FleetRepo) -> None:
    never = {"istio.io/deactivated": "never-match"}

    def off(items: list[dict[str, Any]]) -> None:
        for entry in named(items, "istio-revision-tag-prod")["webhooks"][:1]:
            entry["objectSelector"], entry["namespaceSelector"] = {"matchLabels": never}, {}

    found = answer(repo, "catalog", never, live=live(repo, off))
    assert "istio-revision-tag-prod" in {one["configuration"] for one in found["webhooks"]}
    assert "istio-revision-tag-prod" not in {
        one["configuration"] for one in answer(repo, "catalog", {}, live=live(repo, off))["webhooks"]
    }


def other(name: str, **entry: Any) -> Callable[[list[dict[str, Any]]], None]:
    rule = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}
    made = {"name": "labels.example.com", "rules": [rule], **entry}

    def more(items: list[dict[str, Any]]) -> None:
        items.append({"kind": "MutatingWebhookConfiguration", "metadata": {"name": name}, "webhooks": [made]})

    return more


def test_a_webhook_of_somebody_else_that_is_called_earlier_is_noted(repo: FleetRepo) -> None:
    found = answer(repo, "cart", {}, live=live(repo, other("aaa-labels")))
    assert found["injected"] is True
    (note,) = found["notes"]
    assert note.startswith("aaa-labels (labels.example.com) is called before Istio's webhooks")


@pytest.mark.parametrize(
    "change",
    [
        other("zzz-labels"),
        other("aaa-labels", objectSelector={"matchLabels": {"app": "other"}}),
        other("aaa-labels", rules=[]),
    ],
)
def test_a_webhook_of_somebody_else_that_cannot_change_the_answer_is_not_noted(
    repo: FleetRepo, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    assert answer(repo, "cart", {}, live=live(repo, change))["notes"] == []
