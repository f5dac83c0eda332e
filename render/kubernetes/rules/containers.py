"""Containers: ports, variables, mounts, probes, resources, security."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from render.kubernetes import quantity, syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, in_range, matches, one_of, required
from render.kubernetes.rules import volumes
from render.kubernetes.rules.volumes import inside

_SOURCES = ("configMapKeyRef", "fieldRef", "resourceFieldRef", "secretKeyRef")
_GATED_SOURCE = "fileKeyRef"  # a server that has not switched it on drops it
_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")
_FIELD = re.compile(
    r"metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\])|spec\.(nodeName|serviceAccountName)"
    r"|status\.(hostIPs?|podIPs?)"
)
_VOLUME_FIELD = re.compile(r"metadata\.(name|namespace|uid|labels|annotations|(labels|annotations)\['[^']+'\])")
_RESOURCE = re.compile(r"(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)")
_CPU_DIVISORS = frozenset(map(quantity.quantity, ("0", "1m", "1")))
_UNITS = ("k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DIVISORS = frozenset(map(quantity.quantity, ("0", "1", *(f"1{unit}" for unit in _UNITS))))
_STANDARD = ("cpu", "memory", "ephemeral-storage")


def container(data: Data) -> Refusals:
    yield from required(data, "name")
    yield from matches(data, "name", syntax.label_name)
    image = data.get("image")
    if not image:
        yield Refusal(("image",), "is required")
    elif image != image.strip():
        yield Refusal(("image",), "must not begin or end with white space")
    yield from _unique(data.get("ports"), "ports", "name")
    for probe in ("livenessProbe", "startupProbe"):
        if (data.get(probe) or {}).get("successThreshold") not in (None, 0, 1):
            yield Refusal((probe, "successThreshold"), "must be 1")
    if (data.get("readinessProbe") or {}).get("terminationGracePeriodSeconds") is not None:
        yield Refusal(("readinessProbe", "terminationGracePeriodSeconds"), "must not be there")
    security = data.get("securityContext") or {}
    if not security.get("privileged"):
        for index, mount in enumerate(data.get("volumeMounts") or ()):
            if mount.get("mountPropagation") == "Bidirectional":
                yield Refusal(("volumeMounts", index, "mountPropagation"), "is for privileged containers only")


def _unique(entries: Iterable[Any] | None, path: str, field: str) -> Refusals:
    seen: set[str] = set()
    for index, entry in enumerate(entries or ()):
        value = entry.get(field)
        if value and value in seen:
            yield Refusal((path, index, field), f"is {value} a second time")
        seen.add(value)


def port(data: Data) -> Refusals:
    yield from in_range(data, "containerPort", 1, 65535)
    yield from in_range(data, "hostPort", 0, 65535)
    yield from matches(data, "name", syntax.port_name)


def variable(data: Data) -> Refusals:
    yield from required(data, "name")
    yield from matches(data, "name", syntax.variable_name)
    source = data.get("valueFrom")
    if source is None:
        return
    given = one_of(source, _SOURCES)
    if len(given) > 1 or (not given and _GATED_SOURCE not in source):
        yield Refusal(("valueFrom",), f"must have one of {', '.join(_SOURCES)}")
    if data.get("value"):
        yield Refusal(("valueFrom",), "must not be there beside a value")
    field = source.get("fieldRef")
    if field and not _FIELD.fullmatch(field["fieldPath"]):
        yield Refusal(("valueFrom", "fieldRef", "fieldPath"), f"is {field['fieldPath']}: no variable can be made of it")


def variables_from(data: Data) -> Refusals:
    given = one_of(data, ("configMapRef", "secretRef"))
    if len(given) != 1:
        yield Refusal((), "must have either configMapRef or secretRef")
    yield from matches(data, "prefix", syntax.variable_name)


def named(data: Data) -> Refusals:
    """The ConfigMap or Secret of which all entries become variables."""
    yield from required(data, "name")
    yield from matches(data, "name", syntax.subdomain)


def object_field(data: Data) -> Refusals:
    if data.get("apiVersion") not in (None, "", "v1"):
        yield Refusal(("apiVersion",), "must be v1")


def key_selector(data: Data) -> Refusals:
    yield from named(data)
    yield from required(data, "key")
    yield from matches(data, "key", syntax.config_key)


def resource_field(data: Data) -> Refusals:
    if not _RESOURCE.fullmatch(data["resource"]):
        yield Refusal(("resource",), f"is {data['resource']}: expected one such as limits.cpu or requests.memory")
    divisors = _CPU_DIVISORS if data["resource"].endswith(".cpu") else _DIVISORS
    divisor = data.get("divisor")
    if divisor is not None and quantity.quantity(divisor) not in divisors:
        yield Refusal(
            ("divisor",), f"is {divisor}: expected a unit such as 1, {'1m' if divisors is _CPU_DIVISORS else '1Mi'}"
        )


def downward_file(data: Data) -> Refusals:
    yield from volumes.downward_file(data)
    field = data.get("fieldRef")
    if field and not _VOLUME_FIELD.fullmatch(field["fieldPath"]):
        yield Refusal(("fieldRef", "fieldPath"), f"is {field['fieldPath']}: no file can be made of it")


def mount(data: Data) -> Refusals:
    yield from required(data, "name", "mountPath")
    if data.get("subPath") and data.get("subPathExpr"):
        yield Refusal(("subPathExpr",), "must not be there beside subPath")
    for name in ("subPath", "subPathExpr"):
        yield from inside(data, name)


def probe(data: Data) -> Refusals:
    yield from _handler(data, _HANDLERS)
    for name in ("failureThreshold", "initialDelaySeconds", "periodSeconds", "successThreshold", "timeoutSeconds"):
        yield from in_range(data, name, 0)
    yield from in_range(data, "terminationGracePeriodSeconds", 1)


def lifecycle_handler(data: Data) -> Refusals:
    yield from _handler(data, ("exec", "httpGet", "sleep", "tcpSocket"))


def _handler(data: Data, handlers: Iterable[str]) -> Refusals:
    given = one_of(data, handlers)
    if not given:
        yield Refusal((), f"must have one of {', '.join(handlers)}")
    elif len(given) > 1:
        yield Refusal((given[1],), f"must not be there beside {given[0]}")


def exec_action(data: Data) -> Refusals:
    yield from required(data, "command")


def reached_port(data: Data) -> Refusals:
    """The port of an HTTP or TCP action: a number, or the name of one of the container's."""
    yield from port_or_name(data, "port")
    for index, header in enumerate(data.get("httpHeaders") or ()):
        complaint = syntax.header_name(header["name"])
        if complaint:
            yield Refusal(("httpHeaders", index, "name"), complaint)


def port_or_name(data: Data, name: str) -> Refusals:
    value = data.get(name)
    if isinstance(value, str):
        complaint = syntax.port_name(value)
        if complaint:
            yield Refusal((name,), complaint)
    else:
        yield from in_range(data, name, 1, 65535)


def grpc_action(data: Data) -> Refusals:
    yield from in_range(data, "port", 1, 65535)


def resources(data: Data) -> Refusals:
    limits, requests = data.get("limits") or {}, data.get("requests") or {}
    for field, given in (("limits", limits), ("requests", requests)):
        for name, value in given.items():
            complaint = _resource(name, value)
            if complaint:
                yield Refusal((field, name), complaint)
    for name, value in requests.items():
        low, high = quantity.quantity(value or 0), quantity.quantity((limits[name] or 0) if name in limits else None)
        if low is not None and high is not None and low > high:
            yield Refusal(("requests", name), f"is {value}, more than the limit, which is {limits[name]}")
        elif low is not None and high is None and name not in _STANDARD:
            yield Refusal(("limits", name), "is required where it is requested")
        elif name not in _STANDARD and low != high:
            yield Refusal(("requests", name), f"is {value}: must be the limit, which is {limits[name]}")


def _resource(name: str, value: Any) -> str | None:
    """Returns what is wrong with an amount of a resource of containers, or with its name."""
    if value is not None and quantity.is_negative(value):
        return f"is {value}: must not be negative"
    if name in _STANDARD or name.startswith("hugepages-"):
        return None
    if "/" not in name:
        return f"is no resource of containers: expected one of {', '.join(_STANDARD)}, hugepages-SIZE or DOMAIN/NAME"
    complaint = syntax.qualified_name(name)
    if not complaint and not name.partition("/")[0].endswith("kubernetes.io") and not quantity.is_whole(value or 0):
        return f"is {value}: must be a whole number"
    return complaint


def security(data: Data) -> Refusals:
    for name in ("runAsUser", "runAsGroup"):
        yield from in_range(data, name, 0, (1 << 31) - 1)
    if data.get("allowPrivilegeEscalation") is False:
        if data.get("privileged"):
            yield Refusal(("allowPrivilegeEscalation",), "cannot be false where privileged is true")
        if "CAP_SYS_ADMIN" in ((data.get("capabilities") or {}).get("add") or ()):
            yield Refusal(("allowPrivilegeEscalation",), "cannot be false where CAP_SYS_ADMIN is added")


def local_profile(data: Data) -> Refusals:
    """A seccomp or AppArmor profile."""
    if data["type"] == "":
        yield Refusal(("type",), "is required")
    if data["type"] == "Localhost" and data.get("localhostProfile") is None:
        yield Refusal(("localhostProfile",), "is required with the type Localhost")
    if data["type"] != "Localhost" and data.get("localhostProfile") is not None:
        yield Refusal(("localhostProfile",), "must not be there unless the type is Localhost")


def seccomp(data: Data) -> Refusals:
    yield from local_profile(data)
    yield from inside(data, "localhostProfile")
