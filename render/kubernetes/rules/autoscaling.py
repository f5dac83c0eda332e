"""Horizontal autoscalers: bounds, metrics, behaviour."""

from __future__ import annotations

from render.kubernetes import quantity, syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, below, in_range, matches, needs, one_of

_METRICS = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_TARGETS = {"Utilization": "averageUtilization", "Value": "value", "AverageValue": "averageValue"}


def autoscaler(data: Data) -> Refusals:
    yield from in_range(data, "minReplicas", 1)
    yield from in_range(data, "maxReplicas", 1)
    low = data.get("minReplicas", 1)
    if low is not None and data["maxReplicas"] < low:
        message = f"is {data['maxReplicas']}, less than minReplicas, which is {low}"
        yield Refusal(("maxReplicas",), message, (("minReplicas",),))
    yield from below(("scaleTargetRef",), _group(data["scaleTargetRef"]))


def _group(scaled: Data) -> Refusals:
    """Checks that the group of what is scaled is there: only ReplicationControllers have none."""
    version = scaled.get("apiVersion") or ""
    if version.count("/") > 1:
        yield Refusal(("apiVersion",), f"is {version}: expected GROUP/VERSION")
    elif not version.rpartition("/")[0] and scaled["kind"] != "ReplicationController":
        yield Refusal(("apiVersion",), "must have a group, such as apps/v1")


def scale_target(data: Data) -> Refusals:
    yield from needs(data, "kind", "name")
    for name in ("kind", "name"):
        yield from matches(data, name, syntax.path_segment)


def metric(data: Data) -> Refusals:
    yield from needs(data, "type")
    field = _METRICS.get(data["type"])
    given = one_of(data, _METRICS.values())
    if field and field not in given:
        yield Refusal((field,), f"is required with the type {data['type']}")
    for other in given:
        if field and other != field:
            yield Refusal((other,), f"must not be there with the type {data['type']}")


def resource_metric(data: Data) -> Refusals:
    yield from needs(data, "name")
    target = data["target"]
    has_share, has_value = target.get("averageUtilization") is not None, target.get("averageValue") is not None
    if not has_share and not has_value:
        yield Refusal(("target", "averageUtilization"), "or averageValue is required")
    if has_share and has_value:
        yield Refusal(("target", "averageValue"), "must not be there beside averageUtilization")


def _metric(data: Data) -> Refusals:
    yield from below(("metric",), needs(data["metric"], "name"))
    yield from below(("metric",), matches(data["metric"], "name", syntax.path_segment))


def pods_metric(data: Data) -> Refusals:
    yield from _metric(data)
    if data["target"].get("averageValue") is None:
        yield Refusal(("target", "averageValue"), "is required")


def object_metric(data: Data) -> Refusals:
    yield from _metric(data)
    if not one_of(data["target"], ("value", "averageValue")):
        yield Refusal(("target", "value"), "or averageValue is required")


def external_metric(data: Data) -> Refusals:
    yield from object_metric(data)
    if len(one_of(data["target"], ("value", "averageValue"))) > 1:
        yield Refusal(("target", "averageValue"), "must not be there beside value")


def container_metric(data: Data) -> Refusals:
    yield from resource_metric(data)
    yield from matches(data, "name", syntax.qualified_name)
    yield from needs(data, "container")
    yield from matches(data, "container", syntax.label_name)


def target(data: Data) -> Refusals:
    yield from needs(data, "type")
    yield from in_range(data, "averageUtilization", 1)
    for name in ("value", "averageValue"):
        amount = quantity.quantity(data.get(name))
        if amount is not None and amount <= 0:
            yield Refusal((name,), f"is {data[name]}: must be more than 0")


def scaling(data: Data) -> Refusals:
    yield from in_range(data, "stabilizationWindowSeconds", 0, 3600)
    if data.get("policies") == []:
        yield Refusal(("policies",), "must have one at least")


def scaling_policy(data: Data) -> Refusals:
    yield from needs(data, "type")
    yield from in_range(data, "value", 1)
    yield from in_range(data, "periodSeconds", 1, 1800)


def per_cpu(data: Data) -> Refusals:
    """Checks the autoscaler of `autoscaling/v1`."""
    yield from autoscaler(data)
    yield from in_range(data, "targetCPUUtilizationPercentage", 1)
