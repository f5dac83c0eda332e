"""`k8s` settings of a component: strategic merge patches of its objects, as istioctl makes them.

Source: istio/istio 1.24.0 to 1.31.0-rc.0, `operator/pkg/render`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from render.kubernetes.strategic_merge import strategic_merge
from render.specs.istio_operator.components import ComponentPlan

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Setting:
    """Which object a setting changes (the workload where `kind` is empty), and where in it the setting goes."""

    inside: Callable[[Any, str], dict[str, Any]]
    kind: str = ""


def _of_pod(field: str) -> _Setting:
    return _Setting(lambda value, _: {"spec": {"template": {"spec": {field: value}}}})


def _of_container(field: str) -> _Setting:
    return _Setting(
        lambda value, container: {
            "spec": {"template": {"spec": {"containers": [{"name": container, field: value}]}}},
        }
    )


_AUTOSCALER, _BUDGET, _SERVICE = "HorizontalPodAutoscaler", "PodDisruptionBudget", "Service"

_SETTINGS: Mapping[str, _Setting] = {
    "affinity": _of_pod("affinity"),
    "env": _of_container("env"),
    "hpaSpec": _Setting(lambda value, _: {"spec": value}, _AUTOSCALER),
    "imagePullPolicy": _of_container("imagePullPolicy"),
    "nodeSelector": _of_pod("nodeSelector"),
    "podDisruptionBudget": _Setting(lambda value, _: {"spec": value}, _BUDGET),
    "podAnnotations": _Setting(lambda value, _: {"spec": {"template": {"metadata": {"annotations": value}}}}),
    "priorityClassName": _of_pod("priorityClassName"),
    "readinessProbe": _of_container("readinessProbe"),
    "replicaCount": _Setting(lambda value, _: {"spec": {"replicas": value}}),
    "resources": _of_container("resources"),
    "strategy": _Setting(lambda value, _: {"spec": {"strategy": value}}),
    "tolerations": _of_pod("tolerations"),
    "serviceAnnotations": _Setting(lambda value, _: {"metadata": {"annotations": value}}, _SERVICE),
    "service": _Setting(lambda value, _: {"spec": value}, _SERVICE),
    "securityContext": _of_pod("securityContext"),
}


def with_settings(plan: ComponentPlan, obj: dict[str, Any]) -> dict[str, Any]:
    """Returns an object of a component with the component's Kubernetes settings; itself where none is for it."""
    if obj["metadata"].get("name") != object_name(plan):
        return obj
    for field, setting in _SETTINGS.items():
        value = plan.settings.get(field)
        if field in plan.settings and obj["kind"] == (setting.kind or plan.component.kind):
            if field == "service" and plan.component.is_gateway and value:
                # A gateway's ports are a value of its chart, and replace those of the chart whole.
                value = {name: part for name, part in value.items() if name != "ports"}
            obj = strategic_merge(obj, setting.inside(value, plan.component.container))
    return _with_one_bound(obj) if obj["kind"] == _BUDGET else obj


_API_VERSIONS = {"Deployment": "apps/v1", "DaemonSet": "apps/v1", _AUTOSCALER: "autoscaling/v2", _BUDGET: "policy/v1"}


def settings_patch(plan: ComponentPlan, field: str, value: Any) -> dict[str, Any] | None:
    """Returns one setting of a component as a strategic merge patch that names its object, None for `overlays`."""
    setting = _SETTINGS.get(field)
    if setting is None:
        return None
    kind = setting.kind or plan.component.kind
    metadata = {"name": object_name(plan), "namespace": plan.namespace}
    inside = setting.inside(value, plan.component.container)
    return {
        "apiVersion": _API_VERSIONS.get(kind, "v1"),
        "kind": kind,
        **inside,
        "metadata": {**inside.get("metadata", {}), **metadata},
    }


def object_name(plan: ComponentPlan) -> str:
    """Returns the name of the objects that a component's settings change."""
    name = plan.workload
    revision = plan.values.get("revision")
    if plan.component.field == "pilot" and revision and revision != "default":
        name = f"{name}-{revision}"
    return name


def _with_one_bound(obj: dict[str, Any]) -> dict[str, Any]:
    """Returns a budget with one of its two bounds, as a server takes it: the chart gives `minAvailable`."""
    if {"minAvailable", "maxUnavailable"} <= obj["spec"].keys():
        return {**obj, "spec": {**obj["spec"], "minAvailable": None}}
    return obj
