"""What a sync of the specs would change in a cluster, object by object, with the reason.

The objects are merged as server-side apply merges them: fields that the specs do not have stay. So what another manager
once set stays in the cluster, too, also where the specs never say it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from render.compare.objects import FieldChange, Identity, identity, object_changes
from render.kubernetes.quantity import quantity
from render.yamlio.location import map_at

How = Literal["changed", "added", "left"]
_SERVERS = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "ownerReferences")
_NOTHING = (("null", "{}"), ("null", "[]"), ("{}", "null"))
_WORKLOADS = ("Deployment", "DaemonSet", "StatefulSet")
_POD = ("spec", "template")
_OWNER_LABEL = "install.operator.istio.io/owning-resource"
# Labels that say who installed an object: Helm, Sail or istioctl.
_INSTALLERS = (
    "helm.sh/chart",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/version",
    "release",
    "operator.istio.io/component",
    "operator.istio.io/managed",
    "operator.istio.io/version",
    "managed-by",
    _OWNER_LABEL,
)


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """What becomes of one object: changed field by field, added, or left since no spec asks for it.

    `restarts` is true where its pods are made anew; `reason` is a phrase.
    """

    identity: Identity
    how: How
    reason: str
    fields: tuple[FieldChange, ...] = ()
    restarts: bool = False

    @property
    def is_labels_alone(self) -> bool:
        """Returns whether only labels change that say who installed it, and nothing restarts."""
        return self.how == "changed" and not self.restarts and {one.path[-1] for one in self.fields} <= {*_INSTALLERS}


@dataclass(frozen=True, slots=True)
class ClusterChanges:
    """The objects that a sync changes, how many it leaves as they are, and the kinds of which none was handed over."""

    objects: tuple[ObjectChange, ...]
    same: int
    unseen: tuple[str, ...]


def cluster_changes(desired: Sequence[Mapping[str, Any]], observed: Iterable[Mapping[str, Any]]) -> ClusterChanges:
    """Returns what a sync of objects changes in those that a cluster has."""
    there = {identity(one): one for one in observed}
    kinds = {(one.group, one.kind) for one in there}
    found: list[ObjectChange] = []
    same, unseen = 0, set()
    wanted = {identity(one): one for one in desired}
    for named, obj in wanted.items():
        live = there.get(named)
        if live is not None:
            change = _change(named, live, obj)
            found += [change] if change else []
            same += change is None
        elif (named.group, named.kind) in kinds:
            found.append(ObjectChange(named, "added", "the specs ask for it, and the cluster has none of this name"))
        else:
            unseen.add(named.kind)
    found += [
        ObjectChange(named, "left", "no spec asks for it: a sync leaves it, and somebody has to delete it")
        for named, obj in there.items()
        if named not in wanted and _is_of_a_mesh(named, obj)
    ]
    order = {"changed": 0, "added": 1, "left": 2}
    found.sort(key=lambda one: (not one.restarts, order[one.how], one.identity.title))
    return ClusterChanges(tuple(found), same, tuple(sorted(unseen)))


def _change(named: Identity, live: Mapping[str, Any], obj: Mapping[str, Any]) -> ObjectChange | None:
    before = _bare(live)
    fields = tuple(object_changes(before, _after_apply(before, obj)))
    if not fields:
        return None
    fields = tuple(one for one in fields if (one.before, one.after) not in _NOTHING)
    if not fields:
        return None
    in_pods = [one for one in fields if named.kind in _WORKLOADS and one.path[: len(_POD)] == _POD]
    return ObjectChange(named, "changed", _reason([*in_pods, *_selectors(fields)] or fields), fields, bool(in_pods))


def _selectors(fields: Sequence[FieldChange]) -> list[FieldChange]:
    return [one for one in fields if one.path[:2] == ("spec", "selector")]


def _reason(fields: Sequence[FieldChange]) -> str:
    """Returns why an object differs, as far as its fields tell."""
    ends = {one.path[-1] for one in fields}
    if _selectors(fields):
        return "another selector, which no server changes: it has to be deleted first"
    if ends == {_OWNER_LABEL}:
        return "Sail leaves this label out of all charts"
    if any("image" in one.path[-1] for one in fields):
        return "another image: keep that of the cluster with --keep-images, or by global.hub and global.tag"
    if ends <= {*_INSTALLERS}:
        return "labels that say who installed it"
    if ends == {"failurePolicy"}:
        return "istiod sets it itself, and delivery leaves it to istiod"
    return "the values of the specs say so"


def _bare(obj: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {name: value for name, value in map_at(obj, "metadata").items() if name not in _SERVERS}
    return {**{name: value for name, value in obj.items() if name != "status"}, "metadata": metadata}


def _after_apply(live: Any, wanted: Any) -> Any:
    """Returns what is in the cluster after an object is applied: what the server wrote otherwise but means the same
    stays as it is."""
    if isinstance(live, Mapping) and isinstance(wanted, Mapping):
        result = dict(live)
        for name, value in wanted.items():
            if name in live:
                result[name] = _after_apply(live[name], value)
            elif value not in (None, "", [], {}):
                result[name] = value
        return result
    if isinstance(live, list) and isinstance(wanted, list):
        return _list_after_apply(live, wanted)
    return live if _is_same(live, wanted) else wanted


def _list_after_apply(live: list[Any], wanted: list[Any]) -> list[Any]:
    for key in ("name", "containerPort", "port", "mountPath"):
        if all(isinstance(one, Mapping) and key in one for one in (*live, *wanted)):
            new = {json.dumps(one[key]): one for one in wanted}
            kept = [
                _after_apply(one, new.pop(json.dumps(one[key]))) if json.dumps(one[key]) in new else one for one in live
            ]
            return [*kept, *new.values()]
    if len(live) == len(wanted):
        return [_after_apply(one, other) for one, other in zip(live, wanted, strict=True)]
    return wanted


def _is_same(live: Any, wanted: Any) -> bool:
    if live == wanted or (live in (None, "") and wanted in (None, "")):
        return True
    amounts = [quantity(one) if isinstance(one, str | int | float) else None for one in (live, wanted)]
    return None not in amounts and amounts[0] == amounts[1]


def _is_of_a_mesh(named: Identity, obj: Mapping[str, Any]) -> bool:
    labels = map_at(obj, "metadata", "labels")
    if (
        named.kind in ("Namespace", "CustomResourceDefinition", "Pod", "ReplicaSet", "Secret")
        or "istio.io" in named.group
    ):
        return False
    part = labels.get("app.kubernetes.io/part-of") == "istio" or "operator.istio.io/component" in labels
    return part or labels.get("app") in ("istiod", "sidecar-injector", "istio-reader", "ztunnel")
