"""A fleet of one cluster to explain, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from render.cli.explain import as_json
from render.operations.explain.run import explain
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
REV, INJECT = "istio.io/rev", "sidecar.istio.io/inject"
Explain = Callable[..., dict[str, Any]]


def made(root: Path, *, auto: bool) -> Path:
    repo = fleet_repo(root)
    for version in ("v1.24.2", "v1.24.3"):
        repo.cluster("one", ISTIO.format(version=version, auto=str(auto).lower()) + REST)
        repo.meshrev("render")
    return root


def answer(repo: FleetRepo, namespace: str, *arguments: Any, **options: Any) -> dict[str, Any]:
    """What is explained of the cluster, as a program gets it."""
    return as_json(explain(repo.root, "one", namespace, *arguments, **options))


def asked(repo: FleetRepo, namespace: str, **pod_labels: str) -> dict[str, Any]:
    labels = {{"rev": REV, "inject": INJECT}.get(key, key): value for key, value in pod_labels.items()}
    return answer(repo, namespace, labels)
