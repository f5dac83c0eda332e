"""Strategic merge of a partial pod over a pod, as far as an injection template needs it.

Source: Kubernetes' strategic merge patch and the merge keys of its Pod type.
"""

from __future__ import annotations

from typing import Any

_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "env": "name",
    "imagePullSecrets": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "ports": "containerPort",
}


def merged(current: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """A new map: maps merge, lists with a merge key merge by it, anything else is replaced, null takes away."""
    result = dict(current)
    for name, value in patch.items():
        before = current.get(name)
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            result[name] = merged(before if isinstance(before, dict) else {}, value)
        elif isinstance(value, list) and name in _KEYS:
            result[name] = _merged_list(before or [], value, _KEYS[name])
        else:
            result[name] = value
    return result


def _merged_list(current: list[dict[str, Any]], patch: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The items of the patch in its order; an item of the current list alone stays before what it was before."""
    place = {item[key]: number for number, item in enumerate(current)}
    patched: dict[Any, dict[str, Any]] = {}
    for item in patch:
        before = patched.get(item[key]) or (current[place[item[key]]] if item[key] in place else {})
        patched[item[key]] = merged(before, item)
    alone = [item for item in current if item[key] not in patched]
    result: list[dict[str, Any]] = []
    for name, item in patched.items():
        while name in place and alone and place[alone[0][key]] < place[name]:
            result.append(alone.pop(0))
        result.append(item)
    return result + alone
