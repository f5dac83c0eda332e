"""The gateway of a cluster's topology, and the configuration with which it exposes services and istiod."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from render.plan.cluster import ClusterPlan
from render.plan.inventory import RevisionRecord
from render.plan.revision_names import istiod_service
from render.plan.topology.gateway import exposed_istiods, exposes_services, gateway_name
from render.specs import releases
from render.specs.topology import Entrance
from render.yamlio.location import value_at

# Every release that is known here serves this version (Istio 1.22, release notes).
_API = "networking.istio.io/v1"
_XDS, _WEBHOOK, _SERVICES = 15012, 15017, 15443
# Ports of the gateway and those of istiod's Service behind them.
_BEHIND = {_XDS: 15012, _WEBHOOK: 443}
Object = dict[str, Any]


def exposing_objects(plan: ClusterPlan) -> list[Object]:
    """Returns the Gateways, VirtualServices and DestinationRules of a cluster's topology: of Istio's API, as its guides
    have them."""
    specs = plan.specs
    records = {one.name: one.record for one in plan.revisions}
    selector = plan.gateway.selector if plan.gateway else {"istio": gateway_name(specs).removeprefix("istio-")}
    found = [_cross_network(plan, selector)] if exposes_services(specs) else []
    exposed = exposed_istiods(specs, records)
    if specs.cluster.role == "external":
        for istio in sorted({one.istio or one.name for one in exposed}):
            found += _external(plan, [one for one in exposed if (one.istio or one.name) == istio], istio, selector)
        return found
    for namespace in sorted({one.namespace for one in exposed}):
        here = [one for one in exposed if one.namespace == namespace]
        found += _passthrough(plan, here, ("istiod-gateway", "istiod-vs"), selector)
    return found


def _cross_network(plan: ClusterPlan, selector: dict[str, str]) -> Object:
    """Returns the Gateway by which services of a mesh are reached from other networks: TLS passes through to pods, by
    the names of services."""
    server = _server(_SERVICES, "TLS", "tls", {"mode": "AUTO_PASSTHROUGH"}, "*.local")
    assert plan.gateway
    spec = {"selector": selector, "servers": [server]}
    return _object("Gateway", "cross-network-gateway", plan.gateway.record.namespace, spec)


def _external(
    plan: ClusterPlan, exposed: Sequence[RevisionRecord], istio: str, selector: dict[str, str]
) -> list[Object]:
    topology = plan.specs.cluster.topology
    entrance = topology.entrance_to(istio) if topology else Entrance()
    names = (f"{istio}-gw", f"{istio}-vs", f"{istio}-dr")
    if entrance.address and entrance.certificate:
        return _termination(_fallback(plan, exposed), names, entrance.address, entrance.certificate, selector)
    return _passthrough(plan, exposed, names[:2], selector)


def _passthrough(
    plan: ClusterPlan, exposed: Sequence[RevisionRecord], names: tuple[str, str], selector: dict[str, str]
) -> list[Object]:
    """Returns what leads to istiods of one namespace, which serve TLS themselves: each by its own name, which remotes
    ask for in TLS, and by every other name the one that is preferred."""
    gateway, routes = names
    namespace = exposed[0].namespace
    servers = [
        _server(_XDS, "TLS", "tls-istiod", {"mode": "PASSTHROUGH"}, "*"),
        _server(_WEBHOOK, "TLS", "tls-istiodwebhook", {"mode": "PASSTHROUGH"}, "*"),
    ]
    last = _fallback(plan, exposed)
    asked = [(one, f"{istiod_service(one.name)}.{namespace}.svc") for one in exposed if one is not last]
    tls = [
        {"match": [{"port": port, "sniHosts": [name]}], "route": [_route(one, port)]}
        for port in _BEHIND
        for one, name in [*asked, (last, "*")]
    ]
    return [
        _object("Gateway", gateway, namespace, {"selector": selector, "servers": servers}),
        _object("VirtualService", routes, namespace, {"hosts": ["*"], "gateways": [gateway], "tls": tls}),
    ]


def _termination(
    istiod: RevisionRecord, names: tuple[str, str, str], address: str, certificate: str, selector: dict[str, str]
) -> list[Object]:
    """Returns what leads to an istiod behind a gateway that serves TLS with a certificate of its own."""
    gateway, routes, rule = names
    tls = {"mode": "SIMPLE", "credentialName": certificate}
    servers = [
        _server(_XDS, "HTTPS", "https-xds", tls, address),
        _server(_WEBHOOK, "HTTPS", "https-webhook", tls, address),
    ]
    http = [{"match": [{"port": port}], "route": [_route(istiod, port)]} for port in _BEHIND]
    simple = {"mode": "SIMPLE"}
    settings = [
        {
            "port": {"number": _BEHIND[_XDS]},
            "tls": simple,
            "connectionPool": {"http": {"h2UpgradePolicy": "UPGRADE"}},
        },
        {"port": {"number": _BEHIND[_WEBHOOK]}, "tls": simple},
    ]
    policy = {"portLevelSettings": settings}
    namespace = istiod.namespace
    return [
        _object("Gateway", gateway, namespace, {"selector": selector, "servers": servers}),
        _object("VirtualService", routes, namespace, {"hosts": [address], "gateways": [gateway], "http": http}),
        _object("DestinationRule", rule, namespace, {"host": _host(istiod), "trafficPolicy": policy}),
    ]


def _fallback(plan: ClusterPlan, exposed: Sequence[RevisionRecord]) -> RevisionRecord:
    """Returns the default of several revisions, else the active one of the newest release."""
    default = plan.default.record if plan.default else None
    active = {one.name for one in plan.revisions if one.active}
    return max(exposed, key=lambda one: (one is default, one.name in active, releases.parse(one.version), one.name))


def _route(istiod: RevisionRecord, port: int) -> Object:
    return {"destination": {"host": _host(istiod), "port": {"number": _BEHIND[port]}}}


def _host(istiod: RevisionRecord) -> str:
    domain = value_at(istiod.values, "global", "proxy", "clusterDomain") or "cluster.local"
    return f"{istiod_service(istiod.name)}.{istiod.namespace}.svc.{domain}"


def _server(port: int, protocol: str, name: str, tls: Object, host: str) -> Object:
    return {"port": {"number": port, "name": name, "protocol": protocol}, "tls": tls, "hosts": [host]}


def _object(kind: str, name: str, namespace: str, spec: Object) -> Object:
    return {"apiVersion": _API, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}
