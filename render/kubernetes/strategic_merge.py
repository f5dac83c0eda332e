"""Strategic merge patches as Kubernetes itself applies them, which keeps the order that the object has.

Kustomize's merge differs in that order and in the keys of ports: `render/kustomize/transformers/strategic_merge.py`.
Source: `x-kubernetes-patch-merge-key` of Kubernetes' published OpenAPI, and k8s.io/apimachinery's order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Lists whose entries merge, by the name of the field and the key; every other list is replaced. Names are enough for
# the kinds that are patched here: no field of these names means something else in them.
_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "imagePullSecrets": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
}
_PORTS = {"Service": "port"}  # of a container it is `containerPort`
_DIRECTIVE = "$patch"


def strategic_merge(obj: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an object with a patch: maps merge, null takes away, lists with a key merge by it, others are replaced.

    The object is not changed. `$patch: delete` and `$patch: replace` count in a map or an entry of a list.
    """
    return _map(obj, patch, str(obj.get("kind")))


def _map(below: Mapping[str, Any], patch: Mapping[str, Any], kind: str) -> dict[str, Any]:
    directive = patch.get(_DIRECTIVE)
    if directive == "delete":
        return {}
    result = {} if directive == "replace" else dict(below)
    for name, value in patch.items():
        if name == _DIRECTIVE:
            continue
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _value(result.get(name), value, name, kind)
    return result


def _value(below: Any, patch: Any, name: str, kind: str) -> Any:
    if isinstance(patch, dict):
        return _map(below if isinstance(below, dict) else {}, patch, kind)
    if isinstance(patch, list):
        key = _PORTS.get(kind, "containerPort") if name == "ports" else _KEYS.get(name)
        entries = [entry for entry in patch if isinstance(entry, dict)]
        if key and len(entries) == len(patch):
            return _list(below if isinstance(below, list) else [], entries, key, kind)
    return patch


def _list(below: list[Any], patch: list[dict[str, Any]], key: str, kind: str) -> list[Any]:
    """Returns a list merged by a key: an entry that was there keeps its place, new ones come before what follows the
    entry after which the patch has them."""
    if any(entry.get(_DIRECTIVE) == "replace" for entry in patch):
        return [entry for entry in patch if _DIRECTIVE not in entry]
    before = {entry.get(key): place for place, entry in enumerate(below) if isinstance(entry, dict)}
    gone = {entry.get(key) for entry in patch if entry.get(_DIRECTIVE) == "delete"}
    changed = [entry for entry in patch if _DIRECTIVE not in entry]
    named = {entry.get(key) for entry in changed}
    kept = [
        (place, entry)
        for place, entry in enumerate(below)
        if not (isinstance(entry, dict) and entry.get(key) in named | gone)
    ]
    result: list[Any] = []
    for entry in changed:
        place = before.get(entry.get(key), -1)
        while kept and kept[0][0] < place:
            result.append(kept.pop(0)[1])
        result.append(_map(below[place] if place >= 0 else {}, entry, kind))
    return result + [entry for _, entry in kept]
