"""Webhooks of admission: whom they ask, about what, and how."""

from __future__ import annotations

from urllib.parse import urlsplit

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, in_range, matches, one_of, required

_REVIEWS = ("v1", "v1beta1")


def webhook(data: Data) -> Refusals:
    yield from matches(data, "name", syntax.subdomain)
    if len(data["name"].split(".")) < 3:
        yield Refusal(("name",), f"is {data['name']}: expected three parts at least, such as rev.istio.io")
    yield from required(data, "admissionReviewVersions", "sideEffects")
    yield from in_range(data, "timeoutSeconds", 1, 30)
    versions = data.get("admissionReviewVersions") or ()
    if versions and not set(versions) & set(_REVIEWS):
        yield Refusal(("admissionReviewVersions",), f"must have one of {', '.join(_REVIEWS)}")
    for index, version in enumerate(versions):
        complaint = syntax.service_name(version)
        if complaint:
            yield Refusal(("admissionReviewVersions", index), complaint)
    if len(set(versions)) < len(versions):
        yield Refusal(("admissionReviewVersions",), "must have each version once")
    for name in ("failurePolicy", "matchPolicy", "reinvocationPolicy"):
        if data.get(name) == "":
            yield Refusal((name,), "must not be empty")


def client(data: Data) -> Refusals:
    if len(one_of(data, ("url", "service"))) != 1:
        yield Refusal((), "must have either url or service")
    elif data.get("url") is not None:
        for complaint in _url(data["url"]):
            yield Refusal(("url",), complaint)


def _url(text: str) -> list[str]:
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError as error:
        return [f"cannot be read: {error}"]
    wrong = []
    if url.scheme != "https":
        wrong.append("must begin with https://")
    if not host and not url.netloc:
        wrong.append("must have a host")
    if "@" in url.netloc:
        wrong.append("must not have a user")
    if url.query:
        wrong.append("must not have a query")
    if url.fragment:
        wrong.append("must not have a fragment")
    return wrong


def service(data: Data) -> Refusals:
    yield from required(data, "name", "namespace")
    yield from in_range(data, "port", 1, 65535)
    path = data.get("path")
    if not path:
        return
    if not path.startswith("/"):
        yield Refusal(("path",), "must begin with '/'")
    elif path != "/":
        for part in path.removesuffix("/").split("/")[1:]:
            if not part or syntax.subdomain(part):
                yield Refusal(("path",), f"has a part {part!r} that is no DNS name")


def rule(data: Data) -> Refusals:
    for name in ("operations", "apiGroups", "apiVersions", "resources"):
        given = data.get(name) or ()
        if not given:
            yield Refusal((name,), "is required")
        if "*" in given and len(given) > 1 and name != "resources":
            yield Refusal((name,), "must have '*' alone, or no '*'")
        if name == "resources" and "*" in given and any("/" not in one for one in given if one != "*"):
            yield Refusal((name,), "must have no others beside '*', but parts such as pods/exec")
        if name in ("operations", "apiVersions", "resources") and "" in given:
            yield Refusal((name,), "must not have an empty one")
    if data.get("scope") == "":
        yield Refusal(("scope",), "must not be empty")


def match_condition(data: Data) -> Refusals:
    yield from required(data, "name", "expression")
    yield from matches(data, "name", syntax.qualified_name)
