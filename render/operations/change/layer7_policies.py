"""Which policies need a proxy that reads requests, and whether one enforces them for the pods of a namespace.

A sidecar enforces those that choose its pods; one with `targetRefs` is a waypoint's. ztunnel reads connections: of a
policy that chooses its pods and speaks of requests it refuses what it cannot judge.
Sources: https://istio.io/latest/docs/ambient/usage/l4-policy/, https://istio.io/latest/docs/ambient/usage/l7-features/
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from render.kustomize.resource import Resource
from render.yamlio.location import value_at

# The injector gives pods this label, so a policy that selects it is for pods with a sidecar alone.
SIDECAR_LABEL = ("security.istio.io/tlsMode", "istio")
_OF_REQUESTS = (
    *("hosts", "notHosts", "methods", "notMethods", "paths", "notPaths"),
    *("requestPrincipals", "notRequestPrincipals", "remoteIpBlocks", "notRemoteIpBlocks"),
)
_OF_CONNECTIONS = (
    *("source.ip", "source.namespace", "source.principal", "source.serviceAccount"),
    *("destination.ip", "destination.port"),
)
_BINDING = ("selector", "targetRef", "targetRefs")


@dataclass(frozen=True, slots=True)
class Layer7Policy:
    """A policy on requests. `is_attached`: it names what a waypoint serves; else it chooses pods, `sidecars_only` those
    that have a sidecar."""

    resource: Resource
    is_attached: bool
    sidecars_only: bool
    says: Mapping[str, Any]

    def is_twin(self, other: Layer7Policy) -> bool:
        """Returns whether another says the same for what it is for."""
        return self.resource.kind == other.resource.kind and self.says == other.says


def layer7_policies(resources: Iterable[Resource], namespaces: Collection[str]) -> Iterator[Layer7Policy]:
    """Yields the policies on requests in these namespaces: one whose pods are meant, and the root of the mesh."""
    for resource in resources:
        spec = value_at(resource.data, "spec")
        spec = spec if isinstance(spec, Mapping) else {}
        if (resource.namespace or "default") in namespaces and _reads_requests(resource, spec):
            says = {key: value for key, value in spec.items() if key not in _BINDING}
            key, label = SIDECAR_LABEL
            sidecars_only = value_at(spec, "selector", "matchLabels", key) == label
            yield Layer7Policy(resource, bool(_targets(spec)), sidecars_only, says)


class Gap(NamedTuple):
    """A policy that nobody would enforce, and why, with what to do."""

    policy: Resource
    why: str


def waypoint_gaps(policies: Iterable[Layer7Policy], *, waypoint: bool) -> Iterator[Gap]:
    """Yields each policy that nobody would enforce, or with which ztunnel would refuse everything, once the pods have
    no sidecar; and what to do."""
    known = list(policies)
    for policy in known:
        if not waypoint:
            yield Gap(policy.resource, "reads requests, and the namespace has no waypoint that would (--waypoint)")
        elif not policy.is_attached and not any(one.is_attached and policy.is_twin(one) for one in known):
            yield Gap(
                policy.resource,
                (
                    "is enforced by sidecars, not by a waypoint: add one that says the same with targetRefs (Services, "
                    "or the waypoint's Gateway)"
                ),
            )
        elif not policy.is_attached and not policy.sidecars_only:
            yield Gap(
                policy.resource,
                (
                    "also chooses pods without a sidecar, for which ztunnel refuses what it cannot judge: add "
                    f"{': '.join(SIDECAR_LABEL)} to the labels that it selects, which only pods with a sidecar have"
                ),
            )


def sidecar_gaps(policies: Iterable[Layer7Policy]) -> Iterator[Gap]:
    """Yields each policy that no sidecar reads, and what to do."""
    known = list(policies)
    for policy in known:
        if policy.is_attached and not any(not one.is_attached and policy.is_twin(one) for one in known):
            key, label = SIDECAR_LABEL
            yield Gap(
                policy.resource,
                (
                    "is enforced by a waypoint, and no sidecar reads it: add one that says the same with a selector "
                    f"({key}: {label})"
                ),
            )


def _reads_requests(resource: Resource, spec: Mapping[str, Any]) -> bool:
    if resource.group == "extensions.istio.io":
        return resource.kind == "WasmPlugin"
    if resource.group != "security.istio.io":
        return False
    if resource.kind != "AuthorizationPolicy":
        return resource.kind == "RequestAuthentication"
    return spec.get("action") == "CUSTOM" or any(map(_is_of_requests, _list(spec.get("rules"))))


def _is_of_requests(rule: Any) -> bool:
    parts = [value_at(one, "operation") for one in _list(value_at(rule, "to"))]
    parts += [value_at(one, "source") for one in _list(value_at(rule, "from"))]
    if any(part.get(name) for part in parts if isinstance(part, Mapping) for name in _OF_REQUESTS):
        return True
    return any(value_at(one, "key") not in _OF_CONNECTIONS for one in _list(value_at(rule, "when")))


def _targets(spec: Mapping[str, Any]) -> list[Any]:
    one = spec.get("targetRef")
    return [*_list(spec.get("targetRefs")), *([one] if one else [])]


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
