"""Who injects a pod, as the specs say it: each step with its line, and what to do where nobody does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.errors import InputError
from render.operations.explain.run import explain
from tests.operations.explain.explained import INJECT, ISTIO, NEW, OLD, REST, REV, answer, asked, made
from tests.support.builders import istio, namespace
from tests.support.fleet_repo import FleetRepo, fleet_repo

FILE = "overlays/one/specs.yaml"


@pytest.fixture(scope="module")
def by_default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("auto"), auto=True)


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
