"""A gateway's objects: those of the gateway chart, or a Gateway of the Gateway API."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from render.manifests.sources import source_of
from render.plan.gateways import GROUP
from render.plan.helm_values import with_profile
from render.plan.inventory import RevisionRecord
from render.plan.labels import REVISION_LABEL
from render.plan.mesh_gateways import GATEWAY_CHART
from render.specs.kinds import ClusterSpecs
from render.specs.mesh_gateway import CANARY_SUFFIX, Canary, MeshGateway
from render.yamlio.location import merge_maps, value_at

CANARY_LABEL = "meshrev.io/canary"
_OWN = "meshrev.io/"


def gateway_values(spec: MeshGateway, follows: str, record: RevisionRecord, specs: ClusterSpecs) -> dict[str, Any]:
    """Returns the values of the gateway chart: the spec's, the cluster's platform where the release knows it, and who
    injects it."""
    platform = specs.cluster.platform
    known = source_of(specs, record.source).platforms(GATEWAY_CHART, record.version.removeprefix("v"))
    values = with_profile(spec.values, None, platform if platform in known else None)
    values.pop("name", None)
    return merge_maps(values, {"revision": follows})


def gateway_object(spec: MeshGateway) -> dict[str, Any]:
    """Returns the Gateway of the Gateway API. It has the spec's labels and annotations, by which istiod is told about
    the Service and the pods; its own `istio.io/rev` beats its namespace's (`plan/gateways.py`)."""
    metadata = spec.resource.data["metadata"]
    labels = {**(metadata.get("labels") or {}), REVISION_LABEL: spec.follows}
    annotations = {k: v for k, v in (metadata.get("annotations") or {}).items() if not k.startswith(_OWN)}
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Gateway",
        "metadata": {"name": spec.name, "namespace": spec.namespace, "labels": labels}
        | ({"annotations": annotations} if annotations else {}),
        "spec": spec.gateway,
    }


def canary_deployment(objects: Iterable[Mapping[str, Any]], main: Iterable[Mapping[str, Any]], canary: Canary) -> str:
    """Returns the Deployment of a canary as JSON text: of the canary's `objects` the Deployment, under a name of its
    own, so many times that its share of all pods is the canary's weight.

    `main` are the gateway's own objects. The pods have all labels of the gateway's, so that its Service finds them,
    and one more by which the two Deployments tell their pods apart. The gateway's own stay as many as they are: when a
    canary goes, for whichever reason, what was there before it carries everything.
    """
    deployment = json.loads(json.dumps(_deployment(objects)))
    name = f"{deployment['metadata']['name']}{CANARY_SUFFIX}"
    label = {CANARY_LABEL: "true"}
    deployment["metadata"] |= {"name": name, "labels": {**deployment["metadata"].get("labels", {}), **label}}
    spec = deployment["spec"]
    spec["replicas"] = canary_replicas(main_replicas(main), canary.weight)
    spec["selector"]["matchLabels"] |= label
    spec["template"]["metadata"]["labels"] |= label
    return json.dumps(deployment, separators=(",", ":"), ensure_ascii=False)


def canary_replicas(main: int, weight: int) -> int:
    """Returns how many pods beside `main` others are nearest to a share of `weight` percent of all; one at least."""
    return max(1, round(main * weight / (100 - weight)))


def main_replicas(objects: Iterable[Mapping[str, Any]]) -> int:
    """Returns how many pods a gateway has: those of its Deployment, or the smallest number of its autoscaler."""
    objects = list(objects)
    for one in objects:
        if one["kind"] == "HorizontalPodAutoscaler":
            return int(value_at(one, "spec", "minReplicas") or 1)
    replicas = value_at(_deployment(objects), "spec", "replicas")
    return 1 if replicas is None else int(replicas)


def _deployment(objects: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next(one for one in objects if one["kind"] == "Deployment")
