"""One cluster from YAML in a test, as the rules of lint look at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from render.kustomize.problem import Problem
from render.lint.registry import problems
from render.lint.view import Before, View
from render.messages import field_text
from render.operations.lint.view import OnDisk, view
from render.operations.render.cluster import Pipeline
from render.plan.cluster import ClusterPlan
from render.plan.inventory import EMPTY
from render.plan.observed.observation import Observation
from render.plan.observed.observe import ObservationCounter
from render.plan.observed.verification import VerificationReport
from render.specs.kinds import Fleet
from render.tree.store.fleet_folder import FleetFolder
from tests.support.cluster_plan import fleet, inventory_of, plan, specs

NOWHERE = Path("/nowhere")


@dataclass(frozen=True)
class Situation:
    """A cluster: its specs, those that its tree was rendered from one after the other, and what is around it."""

    text: str
    before: tuple[str, ...] = ()
    fleet: Fleet = field(default_factory=fleet)
    today: str | None = None
    observation: Observation | None = None
    verified: VerificationReport | None = None
    cluster: dict[str, Any] = field(default_factory=dict)

    def view(self) -> View:
        was, inventory = None, EMPTY
        for text in self.before:
            was = plan(text, inventory, self.fleet, **self.cluster)
            inventory = inventory_of(was)
        output, observed = FleetFolder(NOWHERE, "rendered"), FleetFolder(NOWHERE, "observed")
        pipeline = Pipeline(specs(self.text, self.fleet, **self.cluster), output, inventory)
        assert [one.message for one in pipeline.plan.problems if one.severity == "error"] == []
        looked = view(self.fleet, pipeline, OnDisk(NOWHERE, EMPTY), observed, self.today)
        return replace(
            looked, before=_held(was) if was else Before(), observation=self.observation, verified=self.verified
        )

    def problems(self, code: str) -> list[Problem]:
        return [one for one in problems(self.view()) if one.code == code]


def said(code: str, text: str, *before: str, **around: Any) -> list[str]:
    """What one rule finds: `error Namespace/shop metadata.labels["istio.io/rev"]: message`, for each finding."""
    return [
        f"{one.severity} {one.resource.title} {field_text(one.path)}: {one.message}"
        for one in Situation(text, before, **around).problems(code)
    ]


def places(code: str, text: str, *before: str, **around: Any) -> list[str]:
    """As `said`, without the message."""
    return [line.partition(": ")[0] for line in said(code, text, *before, **around)]


def observed(text: str, pods: Sequence[dict[str, Any]] = ()) -> Observation:
    """An observation of these namespaces (YAML documents as `kubectl get -o yaml` shows them) and pods."""
    from datetime import UTC, datetime

    observing = ObservationCounter()
    for item in [*yaml.safe_load_all(text), *pods]:
        observing.add(item)
    return observing.observation("c", datetime(2026, 11, 20, tzinfo=UTC))


def pod(namespace: str, revision: str, version: str) -> dict[str, Any]:
    """A running pod that a revision injected with a proxy of some version."""
    proxy = {"name": "istio-proxy", "image": f"docker.io/istio/proxyv2:{version}"}
    metadata = {"name": "web", "namespace": namespace, "annotations": {"istio.io/rev": revision}}
    return {"kind": "Pod", "metadata": metadata, "spec": {"containers": [proxy]}, "status": {"phase": "Running"}}


def _held(was: ClusterPlan) -> Before:
    agents = {name: agent.version for name, agent in (("cni", was.cni), ("ztunnel", was.ztunnel)) if agent}
    namespaces = {one.namespace.name: one.injection_labels for one in was.namespaces}
    return Before(inventory_of(was).revisions, agents, namespaces)
