"""The kind MeshGateway as data: a gateway that follows a revision or tag, and what of it a schema cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.yamlio.location import value_at

CANARY_SUFFIX = "-canary"
WAYPOINT_CLASS = "istio-waypoint"
GATEWAY = ("spec", "gateway")
CANARY = ("spec", "canary")
FOLLOWS = ("spec", "follows")
CANARY_FOLLOWS = (*CANARY, "follows")
CANARY_WEIGHT = (*CANARY, "weight")
# Istio's gateway chart names its Deployment, and a label on its pods, after the gateway: 63 characters with the suffix.
_LONGEST_NAME = 63 - len(CANARY_SUFFIX)


@dataclass(frozen=True, slots=True)
class Canary:
    """The second Deployment of a gateway: who injects it, and its share of all pods in percent."""

    follows: str
    weight: int


@dataclass(frozen=True, slots=True)
class MeshGateway:
    """A gateway. `values` are those of the gateway chart; `gateway` is the spec of a Gateway of the Gateway API, None
    where the chart makes the gateway."""

    name: str
    namespace: str
    follows: str
    values: Mapping[str, Any]
    gateway: Mapping[str, Any] | None
    canary: Canary | None
    resource: Resource

    @property
    def is_waypoint(self) -> bool:
        """Whether istiod makes it the waypoint of an ambient mesh."""
        return self.gateway is not None and self.gateway.get("gatewayClassName") == WAYPOINT_CLASS

    @property
    def followed(self) -> tuple[str, ...]:
        """The revisions and tags that inject its pods."""
        return (self.follows, self.canary.follows) if self.canary else (self.follows,)


def mesh_gateway(resource: Resource) -> MeshGateway:
    spec = resource.data["spec"]
    canary = spec.get("canary")
    return MeshGateway(
        name=resource.name,
        namespace=spec.get("namespace", "istio-ingress"),
        follows=spec["follows"],
        values=spec.get("values", {}),
        gateway=spec.get("gateway"),
        canary=Canary(canary["follows"], canary["weight"]) if canary else None,
        resource=resource,
    )


def one_form(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yields what does not go with a Gateway of the Gateway API: istiod makes that, and one Deployment of it."""
    if value_at(data, *GATEWAY) is None:
        return
    if value_at(data, "spec", "values") is not None:
        message = "does not go with spec.gateway: istiod deploys a Gateway, and the chart has no part in it"
        yield Problem("MR322", message, path=("spec", "values"))
    if value_at(data, *CANARY) is not None:
        message = "does not go with spec.gateway: istiod makes one Deployment of a Gateway (use a second MeshGateway)"
        yield Problem("MR322", message, path=CANARY)


def canary_of_deployment(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yields why a gateway cannot have its canary, which is a second Deployment that somebody else injects."""
    if value_at(data, *CANARY) is None:
        return
    if value_at(data, "spec", "values", "kind") == "DaemonSet":
        yield Problem("MR322", "is for a Deployment: a DaemonSet has a pod on every node, not a share", path=CANARY)
    if len(str(value_at(data, "metadata", "name"))) > _LONGEST_NAME:
        message = f"the gateway's name has more than {_LONGEST_NAME} characters, which leaves no room for its canary's"
        yield Problem("MR322", message, path=CANARY)
    if value_at(data, *CANARY_FOLLOWS) == value_at(data, *FOLLOWS):
        message = "is what the gateway follows itself: a canary follows another revision or tag"
        yield Problem("MR322", message, path=CANARY_FOLLOWS)
