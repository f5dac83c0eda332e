"""The older gateways' own short forms: where their pods may run, and what is mounted into them.

Source: what Istio's ingress and egress charts of 1.23 to 1.31 render for those values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from render.manifests.builtin.go_text import plain, quoted, text
from render.manifests.builtin.template_functions import ChartRefusal, each, sorted_items, whole

_ARCHITECTURE = "kubernetes.io/arch"


def node_affinity(architectures: Mapping[str, Any], selector: Mapping[str, Any]) -> dict[str, Any]:
    """Returns nodes of an architecture that weighs more than nothing, rather of one that weighs more, with all
    labels."""
    weights = {name: whole(weight) for name, weight in sorted_items(architectures) if whole(weight) > 0}
    expressions = [_one_of(_ARCHITECTURE, list(weights) or None)] if architectures else []
    expressions += [_one_of(plain(name), [quoted(value)]) for name, value in sorted_items(selector)]
    required = {"nodeSelectorTerms": [{"matchExpressions": expressions}]} if expressions else None
    preferred = [
        {"weight": weight, "preference": {"matchExpressions": [_one_of(_ARCHITECTURE, [name])]}}
        for name, weight in weights.items()
    ]
    return {
        "requiredDuringSchedulingIgnoredDuringExecution": required,
        "preferredDuringSchedulingIgnoredDuringExecution": preferred or None,
    }


def pod_anti_affinity(required: Any, preferred: Any) -> dict[str, Any]:
    """Returns pods that the gateway must and would rather keep away from; nothing where neither is given."""
    result: dict[str, Any] = {}
    if required:
        result["requiredDuringSchedulingIgnoredDuringExecution"] = [_term(item) for item in each(required)]
    if preferred:
        result["preferredDuringSchedulingIgnoredDuringExecution"] = [
            {"podAffinityTerm": _term(item), "weight": 100} for item in each(preferred)
        ]
    return result


def gateway_mounts(secrets: Any, configs: Any) -> list[dict[str, Any]]:
    """Returns where Secrets and ConfigMaps are mounted; a ConfigMap may have no place of its own."""
    volumes = [_map(volume) for volume in each(secrets)]
    volumes += [volume for volume in map(_map, each(configs)) if volume.get("mountPath")]
    return [
        {"name": plain(volume.get("name")), "mountPath": quoted(volume.get("mountPath")), "readOnly": True}
        for volume in volumes
    ]


def gateway_volumes(secrets: Any, configs: Any) -> list[dict[str, Any]]:
    """Returns the volumes of those Secrets and ConfigMaps; a pod starts without them too."""
    volumes = [("secret", "secretName", "secretName", _map(volume)) for volume in each(secrets)]
    volumes += [("configMap", "name", "configMapName", _map(volume)) for volume in each(configs)]
    return [
        {"name": plain(volume.get("name")), kind: {field: quoted(volume.get(key)), "optional": True}}
        for kind, field, key, volume in volumes
    ]


def _term(item: Any) -> dict[str, Any]:
    item = _map(item)
    expression = {"key": plain(item.get("key")), "operator": plain(item.get("operator"))}
    if item.get("values"):
        expression["values"] = [quoted(value) for value in _parts(item["values"])]
    term = {"labelSelector": {"matchExpressions": [expression]}, "topologyKey": plain(item.get("topologyKey"))}
    if item.get("namespaces"):
        term["namespaces"] = [plain(name) for name in _parts(item["namespaces"])]
    return term


def _map(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise ChartRefusal(f"{text(value)!r} stands where a map is expected")
    return value


def _parts(listed: Any) -> list[str]:
    """Returns the parts of a text between commas."""
    if type(listed) is not str:
        raise ChartRefusal(f"{text(listed)!r} stands where a text is expected")
    return listed.split(",")


def _one_of(key: Any, values: list[Any] | None) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": values}
