"""The workloads of a Kubernetes YAML text as istiod sees their pods, and pods in a form in which they compare."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Workload:
    """A pod (template) with the workload that it belongs to."""

    api_version: str
    kind: str
    name: str
    namespace: str
    metadata: Json
    spec: Json


def workloads(text: str) -> Iterator[Workload]:
    """The workloads of the documents, lists opened, objects without pods left out."""
    for document in yaml.safe_load_all(text):
        if document:
            for item in document["items"] if document["kind"] == "List" else [document]:
                yield from _workload(item)


def comparable(metadata: Json, spec: Json) -> Json:
    """What matters of a pod: what typed Go objects print or leave out is evened, JSON within text is data."""
    annotations = {name: _data(text) for name, text in (metadata.get("annotations") or {}).items()}
    return {"labels": metadata.get("labels") or {}, "annotations": annotations, "spec": _even(spec)}


def _workload(item: Json) -> Iterator[Workload]:
    owner = item["metadata"]
    api_version, kind, name = item["apiVersion"], item["kind"], owner.get("name", "")
    if kind == "Pod":
        metadata, spec = owner, item["spec"]
        controller = next((each for each in owner.get("ownerReferences", []) if each.get("controller")), None)
        if owner.get("generateName") and controller:
            api_version, kind, name = controller["apiVersion"], controller["kind"], controller["name"]
            scheduled = re.fullmatch(r"(.+)-\d{8,10}", name)
            if kind == "Job" and scheduled:
                # A job that a CronJob makes has the minute of its schedule in its name.
                kind, name = "CronJob", scheduled[1]
    elif kind == "CronJob":
        # istiod labels the job, not its pods.
        metadata, spec = (
            item["spec"]["jobTemplate"].get("metadata") or {},
            item["spec"]["jobTemplate"]["spec"]["template"]["spec"],
        )
    elif "template" in item.get("spec", {}):
        metadata, spec = item["spec"]["template"].get("metadata") or {}, item["spec"]["template"]["spec"]
    else:
        return
    yield Workload(api_version, kind, name, owner.get("namespace") or "", metadata, spec)


def _data(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return _even(value) if isinstance(value, dict) else value


_QUANTITIES = ("limits", "requests")
_UNITS = {"m": Decimal("0.001"), "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "k": 10**3, "M": 10**6, "G": 10**9, "": 1}


def _even(value: Any, name: str = "") -> Any:
    if isinstance(value, list):
        return [_even(item) for item in value]
    if not isinstance(value, dict):
        return _data(value) if name == "value" else value
    if name in _QUANTITIES:
        return {unit: _quantity(str(amount)) for unit, amount in value.items()}
    evened = {key: _even(item, key) for key, item in value.items()}
    return {
        key: item
        for key, item in evened.items()
        if not (
            item is None
            or (key == "resources" and item == {})
            or (key == "value" and item == "")
            or (key == "initialDelaySeconds" and item == 0)
            or (key == "divisor" and item == "0")
            or (key == "creationTimestamp")
        )
    }


def _quantity(amount: str) -> Decimal:
    number, unit = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", amount).groups()  # type: ignore[union-attr]
    return Decimal(number) * _UNITS[unit]
