"""Webhooks of admission: whom they ask, about what, and how."""

from __future__ import annotations

import re

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, below, in_range, matches, needs, one_of, unique

_REVIEWS = ("v1", "v1beta1")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_HOST = re.compile(r"[^\[\x00-\x20{}|\\^`%#/?:@\x7f][^\x00-\x20{}|\\^`%#/?:@\x7f]*(:[0-9]*)?|:[0-9]+")
_BRACKETS = re.compile(r"\[(?P<address>[^\]%]+)(%25[^\]]*)?\](:[0-9]*)?")


def webhook(data: Data) -> Refusals:
    yield from matches(data, "name", syntax.subdomain)
    if len(data["name"].split(".")) < 3:
        yield Refusal(("name",), f"is {data['name']}: expected three parts at least, such as rev.istio.io")
    yield from needs(data, "admissionReviewVersions", "sideEffects")
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
    if _CONTROL.search(text):
        return ["must not have a control character"]
    plain, _, fragment = text.partition("#")
    address, _, query = plain.partition("?")
    scheme, _, rest = address.partition(":")
    authority, _, path = rest[2:].partition("/") if rest.startswith("//") else ("", "", rest)
    user, at, host = authority.rpartition("@")
    wrong = []
    if scheme.lower() != "https":
        wrong.append("must begin with https://")
    if not host:
        wrong.append("must have a host")
    elif not _is_host(host):
        wrong.append(f"has a host that is none: {host}")
    if at:
        wrong.append("must not have a user")
    if query:
        wrong.append("must not have a query")
    if fragment:
        wrong.append("must not have a fragment")
    if any(_ESCAPE.search(part) for part in (user, path, fragment)):
        wrong.append("has a '%' without two hexadecimal digits behind it")
    return wrong


def _is_host(text: str) -> bool:
    """Returns whether a host, with or without a port, is one as Go reads URLs."""
    address = _BRACKETS.fullmatch(text)
    if address:
        return syntax.parsed_address(address["address"]) is not None and ":" in address["address"]
    return bool(_HOST.fullmatch(text))


def service(data: Data) -> Refusals:
    yield from needs(data, "name", "namespace")
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
    yield from needs(data, "name", "expression")
    yield from matches(data, "name", syntax.qualified_name)


_REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized")


def policy(data: Data) -> Refusals:
    """Checks a ValidatingAdmissionPolicy; its expressions are not read."""
    yield from needs(data, "matchConstraints")
    if not data.get("validations") and not data.get("auditAnnotations"):
        yield Refusal(("validations",), "or auditAnnotations are required")
    constraints = data.get("matchConstraints")
    if constraints and not constraints.get("resourceRules"):
        yield Refusal(("matchConstraints", "resourceRules"), "are required")
    if data.get("paramKind") is not None:
        yield from below(("paramKind",), needs(data["paramKind"], "apiVersion", "kind"))
    yield from unique(data, "auditAnnotations", "key")


def validation(data: Data) -> Refusals:
    yield from needs(data, "expression")
    if "\n" in (data.get("message") or ""):
        yield Refusal(("message",), "must be one line")
    if data.get("reason") not in (None, *_REASONS):
        yield Refusal(("reason",), f"is {data['reason']}: expected one of {', '.join(_REASONS)}")


def variable(data: Data) -> Refusals:
    yield from needs(data, "name", "expression")


def audit_annotation(data: Data) -> Refusals:
    yield from needs(data, "key", "valueExpression")
    yield from matches(data, "key", syntax.qualified_name)


def binding(data: Data) -> Refusals:
    yield from needs(data, "policyName", "validationActions")
    yield from matches(data, "policyName", syntax.subdomain)
    if {"Deny", "Warn"} <= set(data.get("validationActions") or ()):
        yield Refusal(("validationActions",), "must not have both Deny and Warn")
    if len(set(data.get("validationActions") or ())) < len(data.get("validationActions") or ()):
        yield Refusal(("validationActions",), "must have each once")


def parameter(data: Data) -> Refusals:
    if len(one_of(data, ("name", "selector"))) != 1:
        yield Refusal(("name",), "or selector must be there, and not both")
    yield from matches(data, "name", syntax.path_segment)
    if data.get("parameterNotFoundAction") not in ("Allow", "Deny"):
        yield Refusal(("parameterNotFoundAction",), "must be Allow or Deny")
