"""Who owns the fields of an object in a cluster, and what others left there that its tree does not say.

Applying server-side removes a field only where the applier alone owns it. What somebody else once wrote stays
(https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management), and a webhook that stays goes on
injecting.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from render.plan.observed.observation import Owner
from render.plan.observed.observe import NAMESPACE_LABELS

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

_KINDS = ("Deployment", "DaemonSet", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
# Where pods may run.
_PLACEMENT = ("f:nodeSelector", "f:tolerations", "f:affinity")

# Each object of Istio's charts, but for gateways, has one of these names or the label: charts before 1.24 do not say
# `app.kubernetes.io/name`, and not all say `app`.
MESH_NAMES = ("istiod", "istio-reader", "istio-cni", "ztunnel", "sidecar-injector")
COMPONENT_LABEL = "operator.istio.io/component"


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


@dataclass(slots=True)
class SettingsOwners:
    """Who owns the settings of a mesh's own objects as they are in a cluster, by title and field: webhooks, containers
    and environment variables, labels and annotations of pods, and where pods may run. Of Deployments, DaemonSets and
    webhooks with managed fields; without what nobody but Kubernetes' controllers owns."""

    found: dict[str, Mapping[str, tuple[Owner, ...]]] = field(default_factory=dict)

    def add(self, item: Mapping[str, Any]) -> None:
        """Note an object. Errors as for `ObservationCounter.add`."""
        metadata = item["metadata"]
        if item["kind"] in _KINDS and is_of_mesh(metadata.get("labels") or {}) and metadata.get("managedFields"):
            title = object_title(item["kind"], metadata.get("namespace"), metadata["name"])
            self.found[title] = _settings_owners(metadata["managedFields"])


def _settings_owners(entries: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Owner, ...]]:
    found: dict[str, set[Owner]] = {}
    for entry in entries:
        if entry.get("subresource") or entry["manager"] in _CONTROLLERS:
            continue
        for steps in _fields(entry):
            if _is_setting(steps) and steps[-1] not in _GIVEN:
                found.setdefault(field_of(steps), set()).add(Owner(entry["manager"], entry["operation"]))
    return {name: tuple(sorted(found[name], key=str)) for name in sorted(found)}


def object_title(kind: str, namespace: str | None, name: str) -> str:
    """Returns `Kind/namespace/name`, as findings name objects."""
    return "/".join(part for part in (kind, namespace, name) if part)


def field_texts(item: object, above: str = "") -> Iterator[str]:
    """Yields every field that an object says, as `field_of` writes it, where list items have names."""
    if isinstance(item, Mapping):
        for key, value in item.items():
            yield f"{above}.{key}"
            yield from field_texts(value, f"{above}.{key}")
    elif isinstance(item, list):
        for one in item:
            if isinstance(one, Mapping) and "name" in one:
                text = f"{above}[name={json.dumps(one['name'])}]"
                yield text
                yield from field_texts(one, text)


def is_of_mesh(labels: Mapping[str, str]) -> bool:
    """Says whether an object is of a control plane or node agent, by the labels that Istio's charts give it."""
    return COMPONENT_LABEL in labels or any(labels.get(key) in MESH_NAMES for key in ("app.kubernetes.io/name", "app"))


def _is_setting(steps: Steps) -> bool:
    """Says whether a field decides something and is told apart by names, which a file can be compared with."""
    if any(step.startswith(("v:", "i:")) or (step.startswith("k:") and '{"name":' not in step) for step in steps):
        return False
    of_pods = steps[:3] == ("f:spec", "f:template", "f:metadata") and len(steps) > 4
    return steps[-1].startswith("k:") or of_pods or steps[-1] in _PLACEMENT


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
