"""What a person on call sees."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.support.cluster_objects import kubectl, namespace, pod
from tests.support.fleet_repo import FleetRepo

SPECS = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata:
  name: default
spec:
  version: v1.24-latest
  updateStrategy: {type: RevisionBased}
---
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata: {name: prod}
spec:
  targetRef:
    kind: Istio
    name: default
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
metadata: {name: jobs, labels: {istio-injection: disabled}}
"""
INJECTED = """\
Pods created in namespace cart of cluster one get the proxy of Istio v1.24.6, from revision default-v1-24-6.

  namespace   istio.io/rev=prod        overlays/one/specs.yaml:22:5
  pod         no labels given
  rule        istio.io/rev=prod on the namespace decides; it beats the pod's labels
  tag         prod -> Istio/default    overlays/one/specs.yaml:15:5
  revision    default-v1-24-6, of Istio/default
  version     v1.24.6 (v1.24-latest)   overlays/one/specs.yaml:6:3
  webhook     istio-revision-tag-prod, rev.namespace.sidecar-injector.istio.io
              rendered/one/tags/prod/mutatingwebhookconfiguration-istio-revision-tag-prod.yaml
  observed    3 pods; proxies: 1 of default-v1-24-5 (1.24.5), 1 of default-v1-24-6 (1.24.6)

note: pods that run still have a proxy of another revision (1 of default-v1-24-5): they get this one when they restart
Pods with hostNetwork: true are never injected. Pods that run keep their proxy until they restart.
(basis: files, observation 3h old)
"""
REFUSED = """\
Pods with these labels, created in namespace jobs of cluster one get no proxy: istio-injection=disabled on the \
namespace keeps out all its pods, as any value but enabled does.

  namespace   istio-injection=disabled   overlays/one/specs.yaml:26:33
  pod         istio.io/rev=prod,app=x
  rule        istio-injection=disabled on the namespace keeps out all its pods, as any value but enabled does

next: take istio-injection off the namespace; then create its pods anew
(basis: files)
"""


def rendered(repo: FleetRepo) -> FleetRepo:
    repo.cluster("one", SPECS)
    repo.meshrev("render")
    return repo


def test_the_answer_is_short_ordered_and_names_every_line(repo: FleetRepo) -> None:
    rendered(repo)
    pods = [pod("cart", f"default-v1-24-{patch}", f"istio/proxyv2:1.24.{patch}") for patch in (5, 6)]
    at = datetime.now(UTC) - timedelta(hours=3)
    seen = kubectl(namespace("cart", {"istio.io/rev": "prod"}), pod("cart"), *pods)
    repo.meshrev("observe", "--cluster", "one", "--at", at.isoformat(), stdin=seen)
    assert repo.meshrev("explain", "--cluster", "one", "--namespace", "cart").out == INJECTED


def test_the_answer_that_nothing_injects_says_what_to_do(repo: FleetRepo) -> None:
    labels = "istio.io/rev=prod,app=x"
    shown = rendered(repo).meshrev("explain", "--cluster", "one", "-n", "jobs", "--pod-labels", labels)
    assert shown.out == REFUSED


def test_the_annotations_of_the_pod_can_be_asked_about(repo: FleetRepo) -> None:
    refuses = "sidecar.istio.io/inject=false"
    shown = rendered(repo).meshrev("explain", "--cluster", "one", "-n", "cart", "--pod-annotations", refuses).out
    assert shown.startswith("Pods with these annotations, created in namespace cart of cluster one get no proxy: ")
    assert "\n              annotations: sidecar.istio.io/inject=false\n" in shown


def test_a_program_gets_the_same_as_data(repo: FleetRepo) -> None:
    found = rendered(repo).meshrev("explain", "--cluster", "one", "-n", "cart", "--output", "json").json
    assert (found["injected"], found["version"]["name"]) == (True, "v1.24.6")


def test_a_clash_in_a_live_cluster_exits_with_1_and_shows_the_labels(repo: FleetRepo) -> None:
    rendered(repo)
    expressions = [{"key": "istio.io/rev", "operator": "Exists"}]
    entry = {
        "name": "rev.namespace.sidecar-injector.istio.io",
        "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
        "namespaceSelector": {"matchExpressions": expressions},
    }
    one, two = (
        {"kind": "MutatingWebhookConfiguration", "metadata": {"name": name}, "webhooks": [entry]} for name in ("a", "b")
    )
    live = json.dumps({"kind": "List", "items": [one, two]})
    shown = repo.meshrev("explain", "--cluster", "one", "-n", "cart", "--webhooks", "-", stdin=live, code=1)
    assert "get two proxies: 2 webhooks fire" in shown.out
    assert "one pod, one injector does not hold: a namespace labelled" in shown.err


def test_wrong_arguments_are_told_in_a_line(repo: FleetRepo) -> None:
    rendered(repo)
    assert "did you mean one?" in repo.meshrev("explain", "--cluster", "onne", "-n", "cart", code=2).err
    wrong = repo.meshrev("explain", "--cluster", "one", "-n", "cart", "--pod-labels", "a", code=2).err
    assert "--pod-labels: 'a' is not a label" in wrong
