"""Pods to ask a cluster with, and workloads of them."""

from __future__ import annotations

from typing import Any

from tests.support.cluster.api import Api
from tests.support.cluster.process import wait_until
from tests.support.cluster.webhook_server import MARK

IMAGE = "registry.k8s.io/pause:3.10"


def pod(namespace: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """Returns a pod to create, which may be marked by the webhooks that are called."""
    metadata = {"generateName": "pod-", "namespace": namespace, "labels": labels or {}, "annotations": {MARK: ""}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": _spec()}


def deployment(namespace: str, name: str, node: str, replicas: int = 1) -> dict[str, Any]:
    """Returns a Deployment whose pods run on a node."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {**_spec(), "nodeName": node}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def namespace(name: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """Returns a Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}}


def take_pods(api: Api, name: str) -> None:
    """Make a namespace where it is missing, and wait until pods can be created in it: it has a ServiceAccount."""
    if api.get(f"/api/v1/namespaces/{name}") is None:
        api.create(namespace(name))
    account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
    wait_until(lambda: api.get(account) is not None, f"{name} has a ServiceAccount")


def _spec() -> dict[str, Any]:
    return {
        "containers": [{"name": "app", "image": IMAGE}],
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,  # a namespace that goes waits for its pods
    }
