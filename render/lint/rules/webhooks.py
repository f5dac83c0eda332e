"""Rules on webhooks as they will stand in the cluster: where they send what they are asked, and objects made twice."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from render.kustomize.resource import Resource
from render.lint.rule import Rule, Violation
from render.lint.view import ClusterObject, View
from render.messages import FieldPath, short
from render.plan.labels import REVISION_LABEL
from render.yamlio.location import value_at

# What Istio's IST0163 and IST0164 look at, by name: validators, and injectors of revisions.
NAMED = {
    "ValidatingWebhookConfiguration": ("istiod-default-validator", "istio-validator"),
    "MutatingWebhookConfiguration": ("istio-sidecar-injector",),
}
# Values that become a webhook's URL.
URLS: tuple[tuple[str, ...], ...] = (("istiodRemote", "injectionURL"), ("base", "validationURL"))


def no_such_service(view: View) -> Iterator[Violation]:
    """An injector's Service that the cluster does not have: the second half of Istio's IST0139."""
    services = {(one.namespace, one.name) for one in view.of_kind("Service")}
    for configuration in view.of_kind("MutatingWebhookConfiguration"):
        for index, webhook in enumerate(_entries(configuration)):
            service = value_at(webhook, "clientConfig", "service")
            if not isinstance(service, Mapping) or not _is_istios(configuration, webhook):
                continue
            if (service.get("namespace"), service.get("name")) not in services:
                message = (
                    f"webhook {configuration.name} asks the Service {service.get('namespace')}/{service.get('name')}, "
                    "which nothing here makes: pods that it matches cannot be created"
                )
                yield Violation(message, configuration.spec, _place(configuration, index, "service"))
                break


def bad_url(view: View) -> Iterator[Violation]:
    """An address of an external control plane that nothing can be sent to: Istio's IST0163."""
    for configuration, place, url in _addresses(view):
        trouble = _trouble(url) if url else None
        if trouble:
            message = f"webhook {configuration.name} asks {short(url)}, which {trouble}"
            yield Violation(message, configuration.spec, place)
        elif not url:
            yield Violation(f"webhook {configuration.name} says neither a URL nor a Service", configuration.spec, place)


def ip_address(view: View) -> Iterator[Violation]:
    """An external control plane by its IP address: Istio's IST0164."""
    for configuration, place, url in _addresses(view):
        if url and not _trouble(url) and _is_ip(urlsplit(url).hostname or ""):
            message = (
                f"webhook {configuration.name} reaches the control plane by an IP address ({url}): when that changes "
                "no pod can be created. A host name can follow it"
            )
            yield Violation(message, configuration.spec, place)


def duplicate_objects(view: View) -> Iterator[Violation]:
    """An object that is passed through and that meshrev makes too: `kubectl apply -k` refuses the whole folder."""
    for resource in view.plan.specs.extra:
        if (resource.kind, resource.namespace, resource.name, resource.group) in view.identities:
            message = (
                "is passed through, and meshrev makes an object of this name itself: a cluster's folder cannot be "
                "applied with both. Take it out of the specs"
            )
            yield Violation(message, resource, ("metadata", "name"))


def _addresses(view: View) -> Iterator[tuple[ClusterObject, FieldPath, str]]:
    """Yields every address that a webhook is to be reached by (a URL, or an empty text for nothing at all), and where
    the spec says it: once for each place, since one value is the address of several webhooks."""
    told: set[tuple[int, FieldPath]] = set()
    for kind, names in NAMED.items():
        for configuration in view.of_kind(kind):
            for index, webhook in enumerate(_entries(configuration) if configuration.name.startswith(names) else ()):
                place = _place(configuration, index, "url")
                if not value_at(webhook, "clientConfig", "service") and (id(configuration.spec), place) not in told:
                    told.add((id(configuration.spec), place))
                    yield configuration, place, str(value_at(webhook, "clientConfig", "url") or "")


def _entries(configuration: ClusterObject) -> list[Mapping[str, Any]]:
    """Returns its webhooks. One that is passed through may hold anything."""
    entries = configuration.data.get("webhooks")
    return [entry if isinstance(entry, Mapping) else {} for entry in entries] if isinstance(entries, list) else []


def _is_istios(configuration: ClusterObject, webhook: Mapping[str, Any]) -> bool:
    labels = configuration.data["metadata"].get("labels") or {}
    return REVISION_LABEL in labels or str(webhook.get("name")).endswith("istio.io")


def _place(configuration: ClusterObject, index: int, field: str) -> FieldPath:
    """Returns where the spec says the address: in the object itself, in the value that becomes it, or nowhere in
    particular."""
    if configuration.spec.data is configuration.data:
        return ("webhooks", index, "clientConfig", field)
    return _value(configuration.spec, value_at(_entries(configuration)[index], "clientConfig", "url"))


def _value(spec: Resource, url: str | None) -> FieldPath:
    values = (spec.data.get("spec") or {}).get("values") or {}
    for path in URLS:
        if url is not None and value_at(values, *path) == url:
            return ("spec", "values", *path)
    return ("metadata", "name")


def _trouble(url: str) -> str | None:
    """Returns why an API server cannot use it (Kubernetes, WebhookClientConfig.url), None where it can."""
    if any(not character.isprintable() or character.isspace() for character in url):
        return "is no URL: it holds a space or a character that cannot be printed"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no URL"
    if parts.scheme != "https":
        return "does not begin with https://, which an API server insists on"
    if not host:
        return "names no host"
    if "@" in parts.netloc or parts.query or parts.fragment:
        return "holds a user, a query or a fragment, none of which an API server allows"
    return None


def _is_ip(host: str) -> bool:
    """Returns whether it is an address, or looks like one and can be no name: the last part of a name is no number (RFC
    3696, 2)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rpartition(".")[2].isdecimal()
    return True


RULES = (
    Rule(
        "MR140",
        "The API server cannot reach the webhook, and pods that it matches are refused (Istio's IST0139).",
        no_such_service,
    ),
    Rule(
        "MR141",
        "The API server refuses the webhook or cannot reach it (Istio's IST0163).",
        bad_url,
    ),
    Rule(
        "MR142",
        "When the address changes, no pod can be created until the webhook is changed (Istio's IST0164).",
        ip_address,
    ),
    Rule(
        "MR143",
        "Kustomize refuses a folder with two objects of one name, so nothing of the cluster can be applied.",
        duplicate_objects,
    ),
)
