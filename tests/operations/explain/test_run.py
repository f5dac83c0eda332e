"""Explaining who injects a pod, in a cluster with a frozen and an active revision, and a tag on each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.cli.explain import as_json
from render.errors import InputError
from render.operations.explain.run import explain
from render.plan.injection.webhook_entries import Entry, istios_entries
from render.plan.observed.observation import Observation, ObservedNamespace, Owner
from tests.support.builders import istio, namespace
from tests.support.fleet_repo import FleetRepo, fleet_repo

ISTIO = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {{name: default}}
spec:
  version: {version}
  updateStrategy: {{type: RevisionBased}}
  values: {{sidecarInjectorWebhook: {{enableNamespacesByDefault: {auto}}}}}
"""
REST = """\
---
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata: {name: default}
spec:
  targetRef:
    kind: Istio
    name: default
---
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata: {name: prod}
spec:
  targetRef:
    kind: IstioRevision
    name: default-v1-24-2
---
apiVersion: v1
kind: Namespace
metadata:
  name: cart
  labels:
    istio.io/rev: prod
---
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels:
    istio-injection: enabled
    istio.io/rev: prod
---
apiVersion: v1
kind: Namespace
metadata: {name: jobs, labels: {istio-injection: disabled, istio.io/rev: prod}}
---
apiVersion: v1
kind: Namespace
metadata: {name: lost, labels: {istio.io/rev: prdo}}
---
apiVersion: v1
kind: Namespace
metadata: {name: bare}
"""
OLD, NEW = "default-v1-24-2", "default-v1-24-3"
FILE = "overlays/one/specs.yaml"
REV, INJECT = "istio.io/rev", "sidecar.istio.io/inject"

Explain = Callable[..., dict[str, Any]]


def made(root: Path, *, auto: bool) -> Path:
    repo = fleet_repo(root)
    for version in ("v1.24.2", "v1.24.3"):
        repo.cluster("one", ISTIO.format(version=version, auto=str(auto).lower()) + REST)
        repo.meshrev("render")
    return root


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("fleet"), auto=False)


@pytest.fixture(scope="module")
def by_default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("auto"), auto=True)


@pytest.fixture
def repo(template: Path, tmp_path: Path) -> FleetRepo:
    return FleetRepo(shutil.copytree(template, tmp_path / "fleet"))


def answer(repo: FleetRepo, namespace: str, *arguments: Any, **options: Any) -> dict[str, Any]:
    """What is explained of the cluster, as a program gets it."""
    return as_json(explain(repo.root, "one", namespace, *arguments, **options))


def asked(repo: FleetRepo, namespace: str, **pod_labels: str) -> dict[str, Any]:
    labels = {{"rev": REV, "inject": INJECT}.get(key, key): value for key, value in pod_labels.items()}
    return answer(repo, namespace, labels)


def line(repo: FleetRepo, text: str, after: str) -> int:
    """The line of a text in the specs, the first one after another."""
    lines = (repo.root / FILE).read_text().splitlines()
    start = next(number for number, one in enumerate(lines) if after in one)
    return next(number for number, one in enumerate(lines[start:], start + 1) if text in one)


def at(found: dict[str, Any]) -> tuple[str, int]:
    return found["file"], found["line"]


def test_every_step_from_the_label_to_the_version_names_its_line(repo: FleetRepo) -> None:
    found = asked(repo, "cart")
    assert (found["injected"], found["reason"], found["clash"], found["notes"]) == (True, None, None, [])
    (label,) = found["namespace"]["labels"]
    assert (label["key"], label["value"], at(label)) == (REV, "prod", (FILE, line(repo, "istio.io/rev", "name: cart")))
    assert found["rule"]["name"] == "namespace-revision"
    tag = found["tag"]
    assert (tag["target"], tag["revision"]) == (f"IstioRevision/{OLD}", OLD)
    assert at(tag) == (FILE, line(repo, f"name: {OLD}", "name: prod"))
    assert found["revision"] == {"name": OLD, "madeBy": "Istio/default", "namespace": "istio-system", "frozen": True}
    (webhook,) = found["webhooks"]
    assert webhook["configuration"] == "istio-revision-tag-prod"
    assert webhook["entry"] == "rev.namespace.sidecar-injector.istio.io"
    assert yaml.safe_load((repo.root / webhook["file"]).read_text())["metadata"]["name"] == "istio-revision-tag-prod"


def test_the_version_of_an_active_revision_is_in_its_spec_and_of_a_frozen_one_in_the_tree(repo: FleetRepo) -> None:
    active = asked(repo, "shop")["version"]
    assert (active["name"], at(active)) == ("v1.24.3", (FILE, line(repo, "version:", "kind: Istio")))
    frozen = asked(repo, "cart")["version"]
    assert (frozen["name"], at(frozen)) == ("v1.24.2", (f"rendered/one/revisions/{OLD}/inventory.jsonl", 1))
    record = json.loads((repo.root / frozen["file"]).read_text().splitlines()[frozen["line"] - 1])["revision"]
    assert record["version"] == "v1.24.2"


@pytest.mark.parametrize(
    ("namespace", "pod", "rule", "revision", "entry"),
    [
        ("shop", {}, "namespace-enabled", NEW, "namespace"),
        ("shop", {"rev": OLD}, "namespace-enabled", NEW, "namespace"),
        ("cart", {"rev": NEW}, "namespace-revision", OLD, "rev.namespace"),
        ("bare", {"rev": OLD}, "pod-revision", OLD, "rev.object"),
        ("bare", {"rev": "prod", "inject": "true"}, "pod-revision", OLD, "rev.object"),
        ("bare", {"inject": "true"}, "pod-injection", NEW, "object"),
        ("elsewhere", {"rev": "prod"}, "pod-revision", OLD, "rev.object"),
    ],
)
def test_the_rule_the_revision_and_the_webhook_entry_are_named(
    repo: FleetRepo, namespace: str, pod: dict[str, str], rule: str, revision: str, entry: str
) -> None:
    found = asked(repo, namespace, **pod)
    assert (found["injected"], found["rule"]["name"], found["revision"]["name"]) == (True, rule, revision)
    assert [one["entry"] for one in found["webhooks"]] == [f"{entry}.sidecar-injector.istio.io"]


@pytest.mark.parametrize(
    ("namespace", "pod", "reason", "way"),
    [
        ("cart", {"inject": "false"}, "sidecar.istio.io/inject=false on the pod", "off the pod"),
        ("jobs", {"rev": OLD}, "istio-injection=disabled on the namespace", "take istio-injection off the namespace"),
        ("lost", {}, f"no revision or tag prdo (did you mean prod?); served here: default, {OLD}, {NEW}, prod", REV),
        ("bare", {}, "no label asks for a proxy", "label the namespace istio-injection=enabled or istio.io/rev=prod"),
        ("bare", {"rev": "x"}, "there is no revision or tag x", "take istio.io/rev off the pod"),
        ("bare", {"rev": ""}, "there is no revision or tag ''", "take istio.io/rev off the pod"),
    ],
)
def test_where_nothing_injects_it_says_why_and_what_to_do(
    repo: FleetRepo, namespace: str, pod: dict[str, str], reason: str, way: str
) -> None:
    found = asked(repo, namespace, **pod)
    assert (found["injected"], found["webhooks"], found["revision"]) == (False, [], None)
    assert reason in found["reason"]
    assert way in found["next"][0]


@pytest.mark.parametrize("label", ["istio-injection: enabled", "istio.io/dataplane-mode: ambient"])
def test_a_namespace_that_discovery_selectors_leave_out_is_told(tmp_path: Path, label: str) -> None:
    repo = fleet_repo(tmp_path)
    values = "{meshConfig: {discoverySelectors: [{matchLabels: {mesh: here}}]}}"
    mesh = istio("v1.30.3", strategy="InPlace", profile="ambient", values=values)
    repo.cluster("one", mesh + namespace("out", label) + namespace("in", label, "mesh: here"))
    repo.meshrev("render")
    assert "discoverySelectors of revision default leave this namespace out" in " ".join(asked(repo, "out")["notes"])
    assert "discoverySelectors" not in " ".join(asked(repo, "in")["notes"])


def test_a_system_namespace_is_not_injected_although_the_webhook_fires(repo: FleetRepo) -> None:
    found = asked(repo, "kube-system", inject="true")
    assert len(found["webhooks"]) == 1
    assert (found["injected"], found["reason"]) == (False, "istiod never injects in kube-system")


def test_a_word_that_istiod_takes_for_false_is_told(repo: FleetRepo) -> None:
    found = asked(repo, "shop", inject="off")
    assert (found["injected"], len(found["webhooks"])) == (False, 1)
    assert "istiod v1.24.3 takes sidecar.istio.io/inject=off for false" in found["reason"]


def test_an_annotation_that_keeps_the_pod_out_is_told_although_the_webhook_fires(repo: FleetRepo) -> None:
    found = answer(repo, "shop", {}, annotations={INJECT: "false"})
    assert (found["injected"], len(found["webhooks"])) == (False, 1)
    assert found["reason"].startswith("the annotation sidecar.istio.io/inject=false keeps the pod out")
    assert answer(repo, "shop", {INJECT: "true"}, annotations={INJECT: "false"})["injected"]


def test_a_namespace_that_the_specs_do_not_have_is_said_to_be_unknown(repo: FleetRepo) -> None:
    found = asked(repo, "catr")
    assert (found["namespace"]["inSpecs"], found["namespace"]["labels"]) == (False, [])
    assert "no namespace catr (did you mean cart?): only the pod's labels" in found["notes"][0]


def test_injection_by_default_names_the_value_that_says_so(by_default: Path) -> None:
    repo = FleetRepo(by_default)
    found = asked(repo, "bare")
    assert (found["injected"], found["rule"]["name"], found["revision"]["name"]) == (True, "by-default", NEW)
    assert at(found["rule"]) == (FILE, line(repo, "enableNamespacesByDefault", "kind: Istio"))
    assert found["webhooks"][0]["entry"] == "auto.sidecar-injector.istio.io"
    assert not asked(repo, "kube-public")["injected"]


def test_an_alias_is_told_with_what_it_means(repo: FleetRepo) -> None:
    repo.cluster("one", ISTIO.format(version="v1.24-latest", auto="false") + REST)
    found = asked(repo, "shop")
    assert (found["version"]["name"], found["version"]["requested"]) == ("v1.24.6", "v1.24-latest")


def test_a_tree_that_is_not_as_the_specs_say_is_told(repo: FleetRepo) -> None:
    assert asked(repo, "shop")["notes"] == []
    repo.cluster("one", ISTIO.format(version="v1.24.4", auto="false") + REST)
    (note,) = asked(repo, "shop")["notes"]
    assert "mutatingwebhookconfiguration-istio-revision-tag-default.yaml is not yet as the specs say" in note


def test_an_unknown_cluster_is_refused_with_the_nearest(repo: FleetRepo) -> None:
    with pytest.raises(InputError, match=r"there is no cluster onne \(did you mean one\?\)"):
        explain(repo.root, "onne", "shop", {})


# What was seen in the cluster


def see(repo: FleetRepo, **namespaces: ObservedNamespace) -> None:
    from render.operations.observe.file import write_observation
    from render.tree.store.fleet_folder import FleetFolder

    write_observation(FleetFolder(repo.root, "observed"), Observation("one", datetime.now(UTC), None, namespaces))


def test_pods_that_still_have_another_revision_are_told(repo: FleetRepo) -> None:
    assert "observation" not in asked(repo, "shop")
    see(repo, shop=ObservedNamespace({"istio-injection": "enabled", REV: "prod"}, 3, 0, {OLD: 2, NEW: 1}))
    found = asked(repo, "shop")
    assert found["observation"]["revisions"] == {OLD: 2, NEW: 1}
    assert found["observation"]["basis"] == "observation 0s old"
    assert found["notes"] == [
        f"pods that run still have a proxy of another revision (2 of {OLD}): they get this one when they restart"
    ]


def test_labels_that_are_otherwise_in_the_cluster_are_told(repo: FleetRepo) -> None:
    see(repo, cart=ObservedNamespace({"istio-injection": "enabled", REV: "prod"}))
    (note,) = asked(repo, "cart")["notes"]
    assert note.endswith("labelled otherwise: istio-injection is enabled in the cluster and absent here")


def test_of_a_namespace_that_only_the_cluster_has_the_labels_that_were_seen_count(repo: FleetRepo) -> None:
    see(repo, legacy=ObservedNamespace({REV: "prod"}))
    found = asked(repo, "legacy")
    assert (found["injected"], found["revision"]["name"]) == (True, OLD)
    assert "its labels are those that were seen" in found["notes"][0]
    assert "file" not in found["namespace"]["labels"][0]


# The webhooks of a live cluster


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


# What an API server asks of a webhook beside its selectors


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


# What is in the mesh without a proxy, and what is the least to do


def test_a_namespace_of_the_ambient_mesh_is_not_told_to_ask_for_proxies(repo: FleetRepo) -> None:
    specs = (repo.root / FILE).read_text() + AMBIENT
    repo.cluster("one", specs)
    assert asked(repo, "amb")["next"] == []
    assert "off the pod" not in str(asked(repo, "amb", inject="false")["next"])


AMBIENT = """\
---
apiVersion: v1
kind: Namespace
metadata: {name: amb, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Namespace
metadata: {name: out, labels: {istio-injection: disabled}}
"""


@pytest.mark.parametrize(
    ("pod", "way"),
    [
        ({"rev": "prod"}, "take istio-injection off the namespace; then create its pods anew"),
        ({}, "label the namespace istio-injection=enabled in place of what it has; then create its pods anew"),
    ],
)
def test_a_namespace_that_refuses_is_told_the_least_that_helps(repo: FleetRepo, pod: dict[str, str], way: str) -> None:
    repo.cluster("one", (repo.root / FILE).read_text() + AMBIENT)
    assert asked(repo, "out", **pod)["next"] == [way]


# What others keep in the cluster, seen by `observe --objects`


HELM, DELIVERER = Owner("helm", "Update"), Owner("kubectl", "Apply")
AUTO = '.webhooks[name="auto.sidecar-injector.istio.io"]'


def keep(repo: FleetRepo, title: str, field: str, *owners: Owner) -> None:
    from render.operations.observe.file import write_observation
    from render.tree.store.fleet_folder import FleetFolder

    seen = Observation("one", datetime.now(UTC), None, {}, {title: {field: owners}})
    write_observation(FleetFolder(repo.root, "observed"), seen)


def test_an_entry_that_somebody_else_keeps_in_the_cluster_injects(repo: FleetRepo) -> None:
    assert asked(repo, "bare")["injected"] is False
    keep(repo, "MutatingWebhookConfiguration/istio-revision-tag-default", AUTO, HELM, DELIVERER)
    found = asked(repo, "bare")
    assert (found["injected"], found["revision"]["name"], found["clash"]) == (True, NEW, None)
    assert [one["entry"] for one in found["webhooks"]] == ["auto.sidecar-injector.istio.io"]
    assert found["notes"] == [
        "the specs do not say auto.sidecar-injector.istio.io of istio-revision-tag-default; as observed, the cluster "
        "has it and goes on calling it, because helm (Update) set it too or alone: take it away once"
    ]
    assert asked(repo, "jobs")["injected"] is False


def test_an_entry_that_the_deliverer_alone_owns_goes_with_the_next_sync(repo: FleetRepo) -> None:
    keep(repo, "MutatingWebhookConfiguration/istio-revision-tag-default", AUTO, DELIVERER)
    assert asked(repo, "bare")["injected"] is False


def test_two_proxies_are_told_where_a_kept_entry_fires_beside_the_right_one(repo: FleetRepo) -> None:
    entry = '.webhooks[name="namespace.sidecar-injector.istio.io"]'
    keep(repo, "MutatingWebhookConfiguration/istio-revision-tag-prod", entry, HELM)
    found = asked(repo, "shop")
    assert (found["injected"], found["reason"]) == (
        False,
        "2 webhooks fire, so the pod would be injected 2 times",
    )


def test_settings_of_the_istiod_that_answers_are_counted(repo: FleetRepo) -> None:
    variable = '.spec.template.spec.containers[name="discovery"].env[name="PILOT_X"]'
    keep(repo, f"Deployment/istio-system/istiod-{NEW}", variable, HELM)
    (note,) = asked(repo, "shop")["notes"]
    assert note == (
        f"Deployment/istio-system/istiod-{NEW} has, as observed, 1 setting that the specs do not say ({variable}). "
        "They stay, because helm (Update) set them too or alone: take them away once"
    )
    assert asked(repo, "cart")["notes"] == []
