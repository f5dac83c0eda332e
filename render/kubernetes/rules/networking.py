"""Services, their endpoints, and network policies."""

from __future__ import annotations

import ipaddress

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, in_range, is_set_right, matches, needs, one_of
from render.kubernetes.rules.metadata import labels

_BALANCED = ("allocateLoadBalancerNodePorts", "loadBalancerClass", "loadBalancerSourceRanges")


def service(data: Data) -> Refusals:
    kind, ports = data.get("type") or "ClusterIP", data.get("ports") or ()
    yield from labels(data.get("selector"), ("selector",))
    if kind == "ExternalName":
        yield from needs(data, "externalName")
        yield from matches(data, "externalName", syntax.host_name)
        if data.get("clusterIP") not in (None, "", "None"):
            yield Refusal(("clusterIP",), "must not be there with the type ExternalName")
    elif not ports and data.get("clusterIP") != "None":
        yield Refusal(("ports",), "are required")
    if kind == "LoadBalancer" and data.get("clusterIP") == "None":
        yield Refusal(("clusterIP",), "must not be None with the type LoadBalancer")
    if data.get("clusterIP") != "None":
        yield from matches(data, "clusterIP", syntax.address)
    yield from _ports(data, kind)
    for index, one in enumerate(data.get("externalIPs") or ()):
        complaint = _reachable(one or "")
        if complaint:
            yield Refusal(("externalIPs", index), complaint)
    for index, one in enumerate(data.get("loadBalancerSourceRanges") or ()):
        complaint = syntax.network((one or "").strip())
        if complaint:
            yield Refusal(("loadBalancerSourceRanges", index), complaint)
    for name in _BALANCED:
        if kind != "LoadBalancer" and data.get(name) not in (None, []):
            yield Refusal((name,), f"must not be there unless the type is LoadBalancer: it is {kind}")
    yield from is_set_right(data, "loadBalancerClass", syntax.qualified_name)
    if data.get("healthCheckNodePort") and (kind != "LoadBalancer" or data.get("externalTrafficPolicy") != "Local"):
        yield Refusal(("healthCheckNodePort",), "must not be there unless externalTrafficPolicy is Local")
    is_outside = kind in ("NodePort", "LoadBalancer") or data.get("externalIPs")
    if data.get("externalTrafficPolicy") and not is_outside:
        yield Refusal(("externalTrafficPolicy",), f"must not be there with the type {kind}")
    families = data.get("ipFamilies") or ()
    if len(set(families)) < len(families) or len(families) > 2:
        yield Refusal(("ipFamilies",), "must be IPv4, IPv6 or both, each once")
    elif len(families) > 1 and data.get("ipFamilyPolicy") in (None, "SingleStack"):
        message = "must be PreferDualStack or RequireDualStack where there are two ipFamilies"
        yield Refusal(("ipFamilyPolicy",), message, (("ipFamilies",),))
    clusters = data.get("clusterIPs") or ()
    if clusters and clusters[0] != data.get("clusterIP"):
        yield Refusal(("clusterIPs",), "must begin with clusterIP")
    yield from in_range(data, "healthCheckNodePort", 0, 65535)


def _ports(data: Data, kind: str) -> Refusals:
    ports = data.get("ports") or ()
    seen: set[str] = set()
    for index, port in enumerate(ports):
        name = port.get("name")
        if not name and len(ports) > 1:
            yield Refusal(("ports", index, "name"), "is required where there are several ports")
        if name and name in seen:
            yield Refusal(("ports", index, "name"), f"is {name} a second time")
        if port.get("nodePort") and kind not in ("NodePort", "LoadBalancer"):
            yield Refusal(("ports", index, "nodePort"), f"must not be there with the type {kind}")
        seen.add(str(name))


def service_port(data: Data) -> Refusals:
    yield from matches(data, "name", syntax.label_name)
    yield from in_range(data, "port", 1, 65535)
    if data.get("targetPort") not in (0, ""):  # as good as nothing
        yield from port_or_name(data, "targetPort")
    yield from is_set_right(data, "appProtocol", syntax.qualified_name)


def client_ip(data: Data) -> Refusals:
    yield from in_range(data, "timeoutSeconds", 1, 86400)


def slice_of_endpoints(data: Data) -> Refusals:
    kind = data["addressType"]
    yield from needs(data, "addressType")
    for index, endpoint in enumerate(data.get("endpoints") or ()):
        for at, one in enumerate(endpoint["addresses"]):
            complaint = syntax.subdomain(one or "") if kind == "FQDN" else _reachable(one or "", kind)
            if complaint:
                yield Refusal(("endpoints", index, "addresses", at), complaint)
    names = [port.get("name") or "" for port in data.get("ports") or ()]
    if len(set(names)) < len(names):
        yield Refusal(("ports",), "must have names that differ")


def endpoint(data: Data) -> Refusals:
    yield from needs(data, "addresses")
    yield from is_set_right(data, "hostname", syntax.label_name)
    yield from is_set_right(data, "nodeName", syntax.subdomain)
    if len(data["addresses"]) > 100:
        yield Refusal(("addresses",), "are more than 100")


def endpoint_port(data: Data) -> Refusals:
    yield from matches(data, "name", syntax.label_name)
    yield from is_set_right(data, "appProtocol", syntax.qualified_name)


def core_endpoint_port(data: Data) -> Refusals:
    yield from endpoint_port(data)
    yield from in_range(data, "port", 1, 65535)


def subset(data: Data) -> Refusals:
    if not data.get("addresses") and not data.get("notReadyAddresses"):
        yield Refusal(("addresses",), "or notReadyAddresses are required")
    ports = data.get("ports") or ()
    for index, port in enumerate(ports):
        if len(ports) > 1 and not port.get("name"):
            yield Refusal(("ports", index, "name"), "is required where there are several ports")


def endpoint_address(data: Data) -> Refusals:
    complaint = _reachable(data["ip"])
    if complaint:
        yield Refusal(("ip",), complaint)
    yield from matches(data, "hostname", syntax.label_name)
    yield from is_set_right(data, "nodeName", syntax.subdomain)


def _reachable(text: str, kind: str | None = None) -> str | None:
    """Checks an address that is not the machine's own, nor one of many."""
    found = syntax.parsed_address(text)
    if found is None:
        return syntax.address(text)
    if kind and f"IPv{found.version}" != kind:
        return f"is {text}: expected an {kind} address"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    for what, is_so in (
        ("unspecified", found.is_unspecified),
        ("in the loopback range", found.is_loopback),
        ("link-local", found.is_link_local),
        ("link-local multicast", found in ipaddress.ip_network("224.0.0.0/24" if found.version == 4 else "ff02::/16")),
    ):
        if is_so:
            return f"is {text}, which is {what}"
    return None


def network_policy(data: Data) -> Refusals:
    if len(data.get("policyTypes") or ()) > 2:
        yield Refusal(("policyTypes",), "are more than two")


def policy_port(data: Data) -> Refusals:
    yield from port_or_name(data, "port")
    if data.get("endPort") is not None:
        if not isinstance(data.get("port"), int):
            yield Refusal(("endPort",), "must not be there unless port is a number")
        else:
            yield from in_range(data, "endPort", data["port"], 65535)


def policy_peer(data: Data) -> Refusals:
    given = one_of(data, ("ipBlock", "namespaceSelector", "podSelector"))
    if not given:
        yield Refusal((), "must have an ipBlock, a namespaceSelector or a podSelector")
    elif given[0] == "ipBlock" and len(given) > 1:
        yield Refusal((given[1],), "must not be there beside ipBlock")


def ip_block(data: Data) -> Refusals:
    yield from needs(data, "cidr")
    yield from matches(data, "cidr", syntax.network)
    if syntax.network(data["cidr"]):
        return
    around = ipaddress.ip_network(data["cidr"], strict=False)
    for index, one in enumerate(data.get("except") or ()):
        complaint = syntax.network(one)
        inner = None if complaint else ipaddress.ip_network(one, strict=False)
        is_inside = inner and inner.version == around.version and inner != around and inner.subnet_of(around)  # type: ignore[arg-type]
        if not is_inside:
            yield Refusal(("except", index), complaint or f"is {one}, which is not a part of {data['cidr']}")


def port_or_name(data: Data, name: str) -> Refusals:
    value = data.get(name)
    if isinstance(value, str):
        complaint = syntax.port_name(value)
        if complaint:
            yield Refusal((name,), complaint)
    else:
        yield from in_range(data, name, 1, 65535)
