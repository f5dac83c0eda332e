"""What namespaces may use: quotas, and limits of ranges."""

from __future__ import annotations

from render.kubernetes import quantity, syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, needs
from render.kubernetes.rules.resources import resource_name

_COUNTED = (
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
)
_MEASURED = ["cpu", "memory", "ephemeral-storage", "requests.storage"]


def quota(data: Data) -> Refusals:
    for name, value in (data.get("hard") or {}).items():
        complaint = syntax.qualified_name(name)
        if complaint:
            yield Refusal(("hard", name), complaint)
        elif quantity.is_negative(value):
            yield Refusal(("hard", name), f"is {value}: must not be negative")
        elif (name in _COUNTED or name.startswith("count/")) and value is not None and not quantity.is_whole(value):
            yield Refusal(("hard", name), f"is {value}: must be a whole number")
        elif "/" not in name and name not in (*_COUNTED, *_MEASURED) and not name.startswith(("requests.", "limits.")):
            yield Refusal(("hard", name), "is no resource of quotas: write others as count/RESOURCE.GROUP")


def quota_scope(data: Data) -> Refusals:
    operator, values = data["operator"], data.get("values") or ()
    yield from needs(data, "operator", "scopeName")
    if operator in ("In", "NotIn") and not values:
        yield Refusal(("values",), f"are required with the operator {operator}")
    if operator in ("Exists", "DoesNotExist") and values:
        yield Refusal(("values",), f"must not be there with the operator {operator}")


_AMOUNTS = ("min", "defaultRequest", "default", "max")


def limit_range(data: Data) -> Refusals:
    seen: set[str] = set()
    for index, one in enumerate(data.get("limits") or ()):
        if one["type"] in seen:
            yield Refusal(("limits", index, "type"), f"is {one['type']} a second time")
        seen.add(one["type"])


def limit(data: Data) -> Refusals:
    """Checks that amounts are in order: none is more than one that bounds it."""
    if data["type"] not in ("Container", "PersistentVolumeClaim", "Pod") and "/" not in data["type"]:
        yield Refusal(("type",), f"is {data['type']}: expected Container, Pod or PersistentVolumeClaim")
    if data["type"] == "Pod":
        for field in ("default", "defaultRequest"):
            if data.get(field):
                yield Refusal((field,), "must not be there with the type Pod")
    for field in (*_AMOUNTS, "maxLimitRequestRatio"):
        for name in data.get(field) or ():
            complaint = syntax.qualified_name(name)
            if not complaint and data["type"] == "Container":
                complaint = resource_name(name)
            if complaint:
                yield Refusal((field, name), complaint)
    for place, field in enumerate(_AMOUNTS):
        for name, value in (data.get(field) or {}).items():
            low = quantity.quantity(value or 0)
            for other in _AMOUNTS[place + 1 :]:
                given = (data.get(other) or {}).get(name)
                high = quantity.quantity(given)
                if low is not None and high is not None and low > high:
                    yield Refusal((field, name), f"is {value}, more than {other}, which is {given}", ((other, name),))
    for name, value in (data.get("maxLimitRequestRatio") or {}).items():
        ratio = quantity.quantity(value or 0)
        if ratio is not None and ratio < 1:
            yield Refusal(("maxLimitRequestRatio", name), f"is {value}: must be 1 or more")
    bounds = {**(data.get("min") or {}), **(data.get("max") or {})}
    if data["type"] == "PersistentVolumeClaim" and "storage" not in bounds:
        yield Refusal(("max", "storage"), "or min is required with the type PersistentVolumeClaim")
