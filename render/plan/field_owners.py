"""Who owns the fields of an object in a cluster, and what others left there that its tree does not say.

Applying server-side removes a field only where the applier alone owns it. What somebody else once wrote stays
(https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management), and a webhook that stays goes on
injecting.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from render.plan.observation import Owner
from render.plan.observe import NAMESPACE_LABELS

# A field as managed fields name it: `f:spec`, `k:{"name":"istiod"}`, `v:"a"`, `i:0`
# (https://pkg.go.dev/sigs.k8s.io/structured-merge-diff/v6/fieldpath#PathElement).
Steps = tuple[str, ...]

ISTIOD = "pilot-discovery"
# What istiod writes into webhooks once it runs, its authority and that a validator is to be waited for; Argo CD and
# Flux are told to leave both alone.
_OF_ISTIOD = ("f:caBundle", "f:failurePolicy")
# What controllers of Kubernetes write is about the state of an object.
_CONTROLLERS = ("kube-controller-manager", "kube-apiserver", "cloud-controller-manager")
# What an API server fills in once and for ever, whoever creates the object, and what kubectl notes of its own work.
_GIVEN = (
    *("f:clusterIP", "f:clusterIPs", "f:nodePort", "f:healthCheckNodePort"),
    *("f:kubectl.kubernetes.io/last-applied-configuration", "f:kubectl.kubernetes.io/restartedAt"),
)


@dataclass(frozen=True, slots=True)
class ForeignField:
    """A field that an object has in a cluster and that its tree does not say; `owners` keep it there. A list item or a
    map counts as one field, whatever is in it."""

    field: str
    owners: tuple[Owner, ...]


def foreign_fields(
    item: Mapping[str, Any], applier: str, plain: Mapping[str, Any] | None = None
) -> tuple[ForeignField, ...]:
    """Returns what others than the applier own in an object and it does not, in the order of the fields' names.

    The object is as it is once the tree is applied, with managed fields. `plain` is the same tree's object as a server
    that never had it would keep it: what is the same there is a default, which nobody has to say. Left out is what
    istiod, Kubernetes' controllers and an API server write of themselves; of a namespace only the labels that decide
    about injection are looked at, because the rest is its owner's.
    """
    entries = item["metadata"].get("managedFields") or ()
    own = {steps for entry in entries if _is_appliers(entry, applier) for steps in _fields(entry)}
    found: dict[Steps, set[Owner]] = {}
    for entry in entries:
        if _is_appliers(entry, applier) or entry.get("subresource") or entry["manager"] in _CONTROLLERS:
            continue
        left = [steps for steps in _fields(entry) if steps not in own]
        for steps in left:
            if any(steps[:length] in left for length in range(1, len(steps))):
                continue  # with the item that it is in
            if _is_told(item, steps, entry["manager"]) and not _is_default(item, plain, steps):
                found.setdefault(steps, set()).add(Owner(entry["manager"], entry["operation"]))
    texts = {field_of(steps): sorted(owners, key=str) for steps, owners in found.items()}
    return tuple(ForeignField(field, tuple(texts[field])) for field in sorted(texts))


def is_of_istiod(kind: str, field: str, manager: str) -> bool:
    """Says whether a field of a conflict, `.webhooks[name="a"].failurePolicy`, is one that istiod writes itself."""
    name = field.rpartition(".")[2]
    return manager == ISTIOD and kind.endswith("WebhookConfiguration") and f"f:{name}" in _OF_ISTIOD


def field_of(steps: Steps) -> str:
    """Returns a field as an API server writes it in a conflict: `.spec.ports[port=80,protocol="TCP"].name`."""
    text = ""
    for step in steps:
        form, _, name = step.partition(":")
        if form == "f":
            text += f".{name}"
        elif form == "k":
            text += f"[{','.join(f'{key}={json.dumps(value)}' for key, value in json.loads(name).items())}]"
        else:
            text += f"[{'=' if form == 'v' else ''}{name}]"
    return text


def _is_appliers(entry: Mapping[str, Any], applier: str) -> bool:
    return entry["manager"] == applier and entry["operation"] == "Apply" and not entry.get("subresource")


def _fields(entry: Mapping[str, Any]) -> list[Steps]:
    return list(_leaves(entry.get("fieldsV1") or {}, ()))


def _leaves(fields: Mapping[str, Any], above: Steps) -> Iterator[Steps]:
    """The fields that an entry owns: those without others in them, and list items, which are one with all in them. That
    a map is there (`.`) is owned by whoever wrote into it first, and says nothing."""
    for step, within in fields.items():
        if step == ".":
            if above[-1].startswith("k:"):
                yield above
        elif within:
            yield from _leaves(within, (*above, step))
        else:
            yield (*above, step)


def _is_told(item: Mapping[str, Any], steps: Steps, manager: str) -> bool:
    if steps[-1] in _GIVEN or (manager == ISTIOD and steps[-1] in _OF_ISTIOD):
        return False
    if item["kind"] == "Namespace":
        return steps[:-1] == ("f:metadata", "f:labels") and steps[-1].removeprefix("f:") in NAMESPACE_LABELS
    return steps[0] != "f:status"


def _is_default(item: Mapping[str, Any], plain: Mapping[str, Any] | None, steps: Steps) -> bool:
    return plain is not None and _value(item, steps) == _value(plain, steps)


_NOTHING = object()


def _value(item: object, steps: Iterable[str]) -> object:
    """Returns what an object has at a field; the same for all fields that it has not."""
    for step in steps:
        form, _, name = step.partition(":")
        if form == "f" and isinstance(item, Mapping):
            item = item.get(name, _NOTHING)
        elif form == "k" and isinstance(item, list):
            keys = json.loads(name).items()
            item = next((one for one in item if all(one.get(key) == value for key, value in keys)), _NOTHING)
        elif form == "v" and isinstance(item, list):
            item = json.loads(name) if json.loads(name) in item else _NOTHING
        elif form == "i" and isinstance(item, list):
            item = item[int(name)] if int(name) < len(item) else _NOTHING
        else:
            return _NOTHING
    return item
