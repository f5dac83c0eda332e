"""A TLS server that says yes to every review, and marks in the object which webhooks were called, in their order.

with webhook_server(keys, host) as server:
    api.apply(server.redirected(configuration))    # the same webhooks, that call this server
    server.settle(api)                             # until the API server asks them
    server.called(api.create(pod, dry_run=True))   # [Call("istio-revision-tag-prod", "rev.names...", "istiod-1-24-3")]
"""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.support.cluster.api import Api, Object
from tests.support.cluster.keys import Keys
from tests.support.cluster.process import wait_until
from tests.support.loopback import Answer, Asked, serving

MARK = "called"  # the annotation
BARRIER = "barrier"  # a namespace, its label and the webhook that selects it


class Call(NamedTuple):
    """A webhook that was called: its configuration, its name there, and the Service that it asks in a tree."""

    configuration: str
    entry: str
    service: str


@dataclass(slots=True)
class WebhookServer:
    """Where it is (`https://127.0.0.1:41234`), and the authority that signed its certificate, as webhooks name it."""

    address: str
    authority: str
    _rounds: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def redirected(self, configuration: Object) -> dict[str, Any]:
        """Returns a webhook configuration whose webhooks call this server, each under its own path."""
        name = configuration["metadata"]["name"]
        hooks = [
            {**hook, "clientConfig": self._client(Call(name, hook["name"], hook["clientConfig"]["service"]["name"]))}
            for hook in configuration["webhooks"]
        ]
        return {**configuration, "webhooks": hooks}

    def called(self, item: Object) -> list[Call]:
        """Returns the webhooks that were called for an object, in the order of the calls."""
        marks = item["metadata"]["annotations"][MARK].split()
        return [Call(*mark.removeprefix("/").split("/")) for mark in marks]

    def settle(self, api: Api) -> None:
        """Wait until the API server admits by all webhooks and namespace labels that were written before.

        It reads both from caches that follow the writes in their order: once it calls a webhook that was written last,
        for a label that was written last, it has seen the rest.
        """
        number = str(next(self._rounds))
        call = Call(BARRIER, number, BARRIER)
        rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
        hook = {
            "name": f"{BARRIER}.example.com",
            "clientConfig": self._client(call),
            "rules": [rule],
            "namespaceSelector": {"matchLabels": {BARRIER: number}},
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "failurePolicy": "Fail",
        }
        kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration"}
        api.apply({**kind, "metadata": {"name": BARRIER}, "webhooks": [hook]})
        labels = {BARRIER: number}
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": BARRIER, "labels": labels}})
        probe = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "probe", "namespace": BARRIER, "annotations": {MARK: ""}},
        }
        wait_until(lambda: self.called(api.create(probe, dry_run=True)) == [call], "webhooks are known")

    def _client(self, call: Call) -> dict[str, str]:
        return {"url": f"{self.address}/{'/'.join(call)}", "caBundle": self.authority}


@contextmanager
def webhook_server(keys: Keys, host: str) -> Iterator[WebhookServer]:
    """Run the server until the end of the block, on an address that the API server reaches."""
    with serving(_marked, lambda: None, host, keys.server_context()) as server:
        authority = base64.b64encode(keys.authority.read_bytes()).decode()
        yield WebhookServer(f"https://{host}:{server.server_port}", authority)


def _marked(asked: Asked) -> Answer:
    """Returns the answer to a review: its path is appended to the annotation, where the object has that."""
    request = json.loads(asked.body)["request"]
    response = {"uid": request["uid"], "allowed": True}
    annotations = request["object"]["metadata"].get("annotations", {})
    if MARK in annotations:
        path = asked.target.partition("?")[0]
        patch = [{"op": "replace", "path": f"/metadata/annotations/{MARK}", "value": f"{annotations[MARK]} {path}"}]
        response |= {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
    review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
    return Answer(200, (("Content-Type", "application/json"),), json.dumps(review).encode())
