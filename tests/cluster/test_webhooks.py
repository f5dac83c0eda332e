"""`explain` names the webhook that an API server really calls."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.cli.explain import as_json
from render.operations.explain.run import explain
from tests.support.builders import istio, namespace, tag
from tests.support.cluster.api import Api
from tests.support.cluster.deliverer import tree_objects
from tests.support.cluster.pods import pod, take_pods
from tests.support.cluster.webhook_server import WebhookServer
from tests.support.fleet_repo import FleetRepo, fleet_repo

KIND = "MutatingWebhookConfiguration"
IN_PLACE = istio("v1.30.3", strategy="InPlace")
BY_DEFAULT = istio("v1.30.3", values="{sidecarInjectorWebhook: {enableNamespacesByDefault: true}}")
FLEETS = {
    "tags": istio("v1.30.3") + tag("default") + tag("prod"),
    "no-default": istio("v1.30.3", "mesh") + tag("prod", "mesh"),
    "unrevisioned": IN_PLACE + tag("prod"),
    "two-istios": IN_PLACE + istio("v1.30.3", "other", namespace="istio-other") + tag("prod", "other"),
    "everybody": BY_DEFAULT + tag("default") + tag("prod"),
}
INJECTION = (None, "enabled", "disabled", "true")
REVISION = (None, "default", "prod", "default-v1-30-3", "nobody")
INJECT = (None, "true", "false", "yes")
LABELS = [(injection, revision) for injection in INJECTION for revision in REVISION]


def labels(**given: str | None) -> dict[str, str]:
    """Returns the labels that have a value."""
    names = {"injection": "istio-injection", "rev": "istio.io/rev", "inject": "sidecar.istio.io/inject"}
    return {names[name]: value for name, value in given.items() if value is not None}


def spaces() -> dict[str, dict[str, str]]:
    """Returns namespaces with every combination of labels."""
    return {f"ns-{number}": labels(injection=a, rev=b) for number, (a, b) in enumerate(LABELS)}


@pytest.fixture(params=list(FLEETS))
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> FleetRepo:
    repo = fleet_repo(tmp_path)
    listed = (
        namespace(name, *(f'{key}: "{value}"' for key, value in given.items())) for name, given in spaces().items()
    )
    repo.cluster("one", FLEETS[request.param] + "".join(listed))
    repo.meshrev("render")
    return repo


def test_exactly_the_webhook_that_is_explained_is_called(
    fleet: FleetRepo, cluster: Api, webhooks: WebhookServer
) -> None:
    deliver(fleet, cluster, webhooks)
    asked = [
        (name, labels(inject=inject, rev=revision)) for name in spaces() for inject in INJECT for revision in REVISION
    ]
    assert len(asked) == 400  # of each of the five fleets

    def called(question: tuple[str, dict[str, str]]) -> list[tuple[str, str]]:
        return entries_called(cluster, webhooks, *question)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(called, asked))
    wrong = [
        f"{name} {given}: called {answer}, explained {wanted}"
        for (name, given), answer in zip(asked, answers, strict=True)
        if (wanted := explained(fleet, name, given)) != answer
    ]
    assert wrong == []
    assert {len(answer) for answer in answers} == {0, 1}


def test_the_command_line_says_the_same_of_the_webhooks_of_the_cluster(
    fleet: FleetRepo, cluster: Api, webhooks: WebhookServer
) -> None:
    deliver(fleet, cluster, webhooks)
    live = cluster.get("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations")
    ours = [{**item, "kind": KIND} for item in live["items"]]
    printed = yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": ours})
    for name in itertools.islice(spaces(), 0, None, 4):
        arguments = ("explain", "--cluster", "one", "-n", name, "--webhooks", "-", "--output", "json")
        answer = fleet.meshrev(*arguments, stdin=printed).json
        assert entries(answer) == entries_called(cluster, webhooks, name, {})


def deliver(fleet: FleetRepo, cluster: Api, webhooks: WebhookServer) -> None:
    """Bring namespaces and injectors to the cluster, and wait until it asks them."""
    for item in tree_objects(fleet.root / "rendered/one"):
        if item["kind"] in (KIND, "Namespace"):
            cluster.apply(webhooks.redirected(item) if item["kind"] == KIND else item)
    for name in spaces():
        take_pods(cluster, name)
    webhooks.settle(cluster)


def entries_called(cluster: Api, webhooks: WebhookServer, name: str, given: dict[str, str]) -> list[tuple[str, str]]:
    calls = webhooks.called(cluster.create(pod(name, given), dry_run=True))
    return [(call.configuration, call.entry) for call in calls]


def explained(fleet: FleetRepo, name: str, given: Mapping[str, str]) -> list[tuple[str, str]]:
    return entries(as_json(explain(fleet.root, "one", name, given)))


def entries(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(webhook["configuration"], webhook["entry"]) for webhook in answer["webhooks"]]
