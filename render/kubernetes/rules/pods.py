"""Pods as a whole, and the workloads that make them."""

from __future__ import annotations

from typing import Any

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, in_range, matches, required
from render.kubernetes.rules.metadata import labels

_MOST_ID = (1 << 31) - 1  # of a user or group
_NAMES = ("priorityClassName", "serviceAccountName", "nodeName", "runtimeClassName")


def pod(data: Data) -> Refusals:
    yield from required(data, "containers")
    yield from labels(data.get("nodeSelector"), ("nodeSelector",))
    for name in _NAMES:
        yield from matches(data, name, syntax.subdomain)
    for name in ("hostname", "subdomain"):
        yield from matches(data, name, syntax.label_name)
    if data.get("dnsPolicy") == "None" and not (data.get("dnsConfig") or {}).get("nameservers"):
        yield Refusal(("dnsConfig", "nameservers"), "are required with the dnsPolicy None")
    yield from _container_names(data)
    yield from _mounted_volumes(data)


def _container_names(data: Data) -> Refusals:
    seen: set[str] = set()
    for field in ("initContainers", "containers"):
        for index, one in enumerate(data.get(field) or ()):
            if one["name"] in seen:
                yield Refusal((field, index, "name"), f"is {one['name']} a second time")
            seen.add(one["name"])


def _mounted_volumes(data: Data) -> Refusals:
    volumes = {volume["name"] for volume in data.get("volumes") or ()}
    for field in ("initContainers", "containers"):
        for index, one in enumerate(data.get(field) or ()):
            for at, mount in enumerate(one.get("volumeMounts") or ()):
                if mount["name"] not in volumes:
                    path = (field, index, "volumeMounts", at, "name")
                    yield Refusal(path, f"is {mount['name']}, and the pod has no volume of that name")


def with_spec(data: Data) -> Refusals:
    """An object of a kind whose empty spec is refused."""
    yield from required(data, "spec")


def pod_security(data: Data) -> Refusals:
    for name in ("runAsUser", "runAsGroup", "fsGroup"):
        yield from in_range(data, name, 0, _MOST_ID)
    for index, group in enumerate(data.get("supplementalGroups") or ()):
        if not 0 <= group <= _MOST_ID:
            yield Refusal(("supplementalGroups", index), f"is {group}: expected 0 to {_MOST_ID}")


def dns_config(data: Data) -> Refusals:
    for index, server in enumerate(data.get("nameservers") or ()):
        complaint = syntax.address(server)
        if complaint:
            yield Refusal(("nameservers", index), complaint)
    if len(data.get("nameservers") or ()) > 3:
        yield Refusal(("nameservers",), "are more than 3")
    for index, option in enumerate(data.get("options") or ()):
        if not option.get("name"):
            yield Refusal(("options", index, "name"), "is required")


def host_alias(data: Data) -> Refusals:
    yield from required(data, "ip")
    yield from matches(data, "ip", syntax.address)
    for index, name in enumerate(data.get("hostnames") or ()):
        complaint = syntax.subdomain(name)
        if complaint:
            yield Refusal(("hostnames", index), complaint)


def deployment(data: Data) -> Refusals:
    for name in ("replicas", "minReadySeconds", "revisionHistoryLimit"):
        yield from in_range(data, name, 0)
    ready, progress = data.get("minReadySeconds") or 0, data.get("progressDeadlineSeconds")
    if progress is not None and progress <= ready:
        yield Refusal(("progressDeadlineSeconds",), f"is {progress}: must be more than minReadySeconds")
    yield from _template(data)
    strategy = data.get("strategy") or {}
    if strategy.get("type") == "Recreate" and strategy.get("rollingUpdate") is not None:
        yield Refusal(("strategy", "rollingUpdate"), "must not be there with the type Recreate")


def daemonset(data: Data) -> Refusals:
    for name in ("minReadySeconds", "revisionHistoryLimit"):
        yield from in_range(data, name, 0)
    yield from _template(data)


def _template(data: Data) -> Refusals:
    """Pods restart always, have the labels by which their workload finds them, and have no deadline."""
    spec = data["template"].get("spec") or {}
    own = (data["template"].get("metadata") or {}).get("labels") or {}
    if spec.get("restartPolicy") not in (None, "", "Always"):
        yield Refusal(("template", "spec", "restartPolicy"), "must be Always")
    if spec.get("activeDeadlineSeconds") is not None:
        yield Refusal(("template", "spec", "activeDeadlineSeconds"), "must not be there")
    selector = data["selector"]
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield Refusal(("selector",), "must select something")
    for key, value in (selector.get("matchLabels") or {}).items():
        if own.get(key) != value:
            yield Refusal(("template", "metadata", "labels", key), f"must be {value}, as the selector says")


def rolling_deployment(data: Data) -> Refusals:
    yield from _both(data)
    surge, unavailable = data.get("maxSurge", "25%"), data.get("maxUnavailable", "25%")
    if _is_zero(surge) and _is_zero(unavailable):
        yield Refusal(("maxUnavailable",), "must not be 0 where maxSurge is 0")


def rolling_daemonset(data: Data) -> Refusals:
    yield from _both(data)
    surge = data.get("maxSurge", 0)
    unavailable = data.get("maxUnavailable", 1 if data.get("maxSurge") is None or _is_zero(surge) else 0)
    if _is_zero(surge) and _is_zero(unavailable):
        yield Refusal(("maxUnavailable",), "must not be 0 where maxSurge is 0")
    if not _is_zero(surge) and not _is_zero(unavailable):
        yield Refusal(("maxSurge",), "must be 0 where maxUnavailable is not")


def _both(data: Data) -> Refusals:
    yield from count_or_share(data, "maxSurge", None)
    yield from count_or_share(data, "maxUnavailable", 100)


def _is_zero(value: Any) -> bool:
    return value == 0 or (isinstance(value, str) and not value.removesuffix("%").strip("0"))


def count_or_share(data: Data, name: str, most: int | None) -> Refusals:
    """A whole number from 0, or a share such as 25%."""
    value = data.get(name)
    if isinstance(value, str):
        complaint = syntax.percent(value)
        if complaint:
            yield Refusal((name,), complaint)
        elif most is not None and int(value[:-1]) > most:
            yield Refusal((name,), f"is {value}: expected at most {most}%")
    else:
        yield from in_range(data, name, 0)


def disruption_budget(data: Data) -> Refusals:
    if data.get("minAvailable") is not None and data.get("maxUnavailable") is not None:
        yield Refusal(("maxUnavailable",), "must not be there beside minAvailable")
    for name in ("minAvailable", "maxUnavailable"):
        yield from count_or_share(data, name, 100)
