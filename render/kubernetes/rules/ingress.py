"""Ingresses and their classes."""

from __future__ import annotations

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, below, in_range, is_set_right, matches, needs, one_of


def ingress(data: Data) -> Refusals:
    if not data.get("rules") and data.get("defaultBackend") is None:
        yield Refusal(("rules",), "or defaultBackend are required")
    yield from is_set_right(data, "ingressClassName", syntax.subdomain)


def tls(data: Data) -> Refusals:
    for index, host in enumerate(data.get("hosts") or ()):
        complaint = _host(host or "")
        if complaint:
            yield Refusal(("hosts", index), complaint)
    yield from matches(data, "secretName", syntax.subdomain)


def rule(data: Data) -> Refusals:
    host = data.get("host") or ""
    complaint = _host(host) if host else None
    if not complaint and syntax.parsed_address(host):
        complaint = f"is {host}: must be a name, not an address"
    if complaint:
        yield Refusal(("host",), complaint)


def _host(text: str) -> str | None:
    """Checks a DNS name, whose first part may be '*'."""
    return syntax.subdomain(text.removeprefix("*.") if text.startswith("*.") else text)


def paths(data: Data) -> Refusals:
    yield from needs(data, "paths")


def path(data: Data) -> Refusals:
    kind, given = data["pathType"], data.get("path") or ""
    if kind == "":
        yield Refusal(("pathType",), "must not be empty")
    elif kind in ("Exact", "Prefix"):
        if not given.startswith("/"):
            yield Refusal(("path",), "must begin with '/'")
        for odd in ("//", "/./", "/../", "%2f", "%2F"):
            if odd in given:
                yield Refusal(("path",), f"must not have {odd}")
        for end in ("/..", "/."):
            if given.endswith(end):
                yield Refusal(("path",), f"must not end with {end}")
    elif given and not given.startswith("/"):
        yield Refusal(("path",), "must begin with '/'")


def backend(data: Data) -> Refusals:
    if len(one_of(data, ("resource", "service"))) != 1:
        yield Refusal(("service",), "or resource is required, and not both")
    if data.get("resource") is not None:
        yield from below(("resource",), resource(data["resource"]))


def service(data: Data) -> Refusals:
    yield from needs(data, "name")
    yield from matches(data, "name", syntax.service_name)
    port = data.get("port") or {}
    named, number = port.get("name"), port.get("number")
    if bool(named) == bool(number):
        yield Refusal(("port",), "must have a name or a number, and not both")
    elif named:
        complaint = syntax.port_name(named)
        if complaint:
            yield Refusal(("port", "name"), complaint)
    for refusal in in_range(port, "number", 0, 65535):
        yield Refusal(("port", *refusal.path), refusal.message)


def resource(data: Data) -> Refusals:
    """Checks what an Ingress leads to that is no Service, or the parameters of a class."""
    yield from is_set_right(data, "apiGroup", syntax.subdomain)
    for name in ("kind", "name"):
        yield from needs(data, name)
        yield from matches(data, name, syntax.path_segment)


def ingress_class(data: Data) -> Refusals:
    yield from needs(data, "controller")
    controller = data.get("controller") or ""
    if controller and ("/" not in controller or syntax.subdomain(controller.partition("/")[0])):
        yield Refusal(("controller",), "must be a name with a domain, such as example.com/controller")


def parameters(data: Data) -> Refusals:
    yield from resource(data)
    is_namespaced = data.get("scope") == "Namespace"
    if is_namespaced and not data.get("namespace"):
        yield Refusal(("namespace",), "is required with the scope Namespace")
    if not is_namespaced and data.get("namespace") is not None:
        yield Refusal(("namespace",), "must not be there unless the scope is Namespace")
    if is_namespaced:
        yield from matches(data, "namespace", syntax.label_name)
