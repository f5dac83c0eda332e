"""Namespaces and pods as an API server gives them, and the list of them that kubectl prints."""

from __future__ import annotations

import json
from typing import Any

CREATED = "2026-08-20T10:00:00Z"


def namespace(name: str, labels: dict[str, str] | None = None, **metadata: Any) -> dict[str, Any]:
    given = {"kubernetes.io/metadata.name": name} | (labels or {})
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": given, "creationTimestamp": CREATED, **metadata},
        "status": {"phase": "Active"},
    }


def pod(
    of: str,
    revision: str | None = None,
    image: str = "docker.io/istio/proxyv2:1.24.2",
    *,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    phase: str = "Running",
    native: bool = False,
    **spec: Any,
) -> dict[str, Any]:
    """A pod of the namespace `of`; with a revision it has the proxy that this revision injects."""
    containers: list[dict[str, Any]] = [
        {"name": "app", "image": "shop/app:9", "env": [{"name": "PASSWORD", "value": "hunter2"}]}
    ]
    inits: list[dict[str, Any]] = []
    notes = dict(annotations or {})
    if revision:
        env = [{"name": "ISTIO_META_CLUSTER_ID", "value": "Kubernetes"}]
        proxy = {"name": "istio-proxy", "image": image, "env": env}
        (inits if native else containers).append(proxy | ({"restartPolicy": "Always"} if native else {}))
        notes |= {"istio.io/rev": revision, "sidecar.istio.io/status": json.dumps({"revision": revision})}
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": CREATED}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "cart-5d4f8-x2x9z",
            "namespace": of,
            "labels": labels or {},
            "annotations": notes,
            "creationTimestamp": CREATED,
        },
        "spec": {"containers": containers, "initContainers": inits, "nodeName": "node-17", **spec},
        "status": {"phase": phase, "conditions": [condition]},
    }


def kubectl(*objects: dict[str, Any]) -> str:
    """As `kubectl get namespaces,pods -A -o json` prints them."""
    return json.dumps({"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {}}, indent=4) + "\n"
