"""Upgrades of a fleet, rendered and committed."""

from __future__ import annotations

from pathlib import Path

from tests.support import builders
from tests.support.builders import document, namespace, tag
from tests.support.fleet_repo import FleetRepo

EXPECTED = Path(__file__).parent
WORKLOAD = """\
---
apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, {labels}}}}}
    spec: {{containers: [{{name: main, image: "web:{image}"}}]}}
"""


def istio(
    version: str = "v1.24.2", strategy: str = "RevisionBased", log: str = "/a", cpu: str = "1", minimum: int = 1
) -> str:
    proxy = f"{{resources: {{limits: {{cpu: {cpu}}}}}}}"
    values = f"{{meshConfig: {{accessLogFile: {log}}}, global: {{proxy: {proxy}}}, pilot: {{autoscaleMin: {minimum}}}}}"
    return builders.istio(version, strategy=strategy, values=values)


def workload(name: str, namespace: str, labels: str = "a: b", kind: str = "Deployment", image: str = "1") -> str:
    return WORKLOAD.format(name=name, namespace=namespace, labels=labels, kind=kind, image=image)


MESH = (
    tag("default")
    + tag("prod")
    + namespace("shop", "istio-injection: enabled")
    + namespace("cart", "istio.io/rev: prod")
)
WORKLOADS = workload("web", "shop") + workload("job", "plain", "istio.io/rev: prod", "StatefulSet")


def rendered(repo: FleetRepo, message: str, **clusters: str) -> str:
    for name, specs in clusters.items():
        repo.cluster(name, specs)
    repo.meshrev("render")
    return repo.commit(message)


GATEWAY = document(
    "gateway.networking.k8s.io/v1",
    "Gateway",
    "public",
    namespace="infra",
    spec="{gatewayClassName: istio, listeners: []}",
)
