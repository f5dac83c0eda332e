"""From an IstioOperator to Sail's kinds and MeshGateways, and what of it has no counterpart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from render.errors import InputError
from render.manifests.istio_operator.objects import operator_objects
from render.manifests.istio_operator.settings import settings_patch
from render.operations.adopt.adoption import (
    CHANGES_MEANING,
    MESHREV,
    NO_COUNTERPART,
    SAIL,
    Adoption,
    revision_spec,
    tag_spec,
)
from render.operations.adopt.dump import DumpObject
from render.specs.istio_operator.check import operator_problems, without_kind
from render.specs.istio_operator.components import ComponentPlan
from render.specs.istio_operator.release import release as release_of
from render.specs.istio_operator.translate import component_plans, merge_documents, with_profile
from render.specs.values.check import UNKNOWN, check_values
from render.yamlio.location import merge_maps, value_at, without_entry
from render.yamlio.write import yaml_text

# Settings of pilot that are values of its chart, by name.
_PILOT = {
    "replicaCount": ("pilot", "replicaCount"),
    "resources": ("pilot", "resources"),
    "nodeSelector": ("pilot", "nodeSelector"),
    "tolerations": ("pilot", "tolerations"),
    "affinity": ("pilot", "affinity"),
    "podAnnotations": ("pilot", "podAnnotations"),
    "serviceAnnotations": ("pilot", "serviceAnnotations"),
}
# Settings of a gateway that are values of the gateway chart.
_GATEWAY = {
    "replicaCount": ("replicaCount",),
    "resources": ("resources",),
    "nodeSelector": ("nodeSelector",),
    "tolerations": ("tolerations",),
    "affinity": ("affinity",),
    "podAnnotations": ("podAnnotations",),
    "serviceAnnotations": ("service", "annotations"),
    "imagePullPolicy": ("imagePullPolicy",),
    "priorityClassName": ("priorityClassName",),
    "securityContext": ("securityContext",),
    "strategy": ("strategy",),
    "podDisruptionBudget": ("podDisruptionBudget",),
}
_SERVICE = ("ports", "type", "loadBalancerIP", "loadBalancerSourceRanges", "externalTrafficPolicy", "externalIPs")
# Values of an IstioOperator that are those of another of its components, or say what a spec says elsewhere.
_OF_OTHERS = ("gateways", "ztunnel", "cni", "defaultRevision")


def adopt_operator(document: DumpObject, version: str | None, adoption: Adoption) -> None:
    """Adds the specs of an IstioOperator. `version` is the release, such as `v1.27.3`, where the document names none.

    Observed are the objects that istioctl prints for it, too. `InputError` for what istioctl refuses.
    """
    number = release_of(document.data) or (version or "").removeprefix("v")
    if not number:
        message = "spec.tag names no release: say it with --version"
        raise InputError([document.finding("MR305", message, ("spec", "tag"))])
    problems = without_kind(operator_problems(document.data, number))
    if errors := [problem for problem in problems if problem.severity == "error"]:
        raise InputError(document.finding(one.code, one.message, one.path) for one in errors)
    operator = with_profile(merge_documents([document.data]), {})
    made = operator_objects(merge_documents([document.data]), number).objects
    adoption.observed = [*made, *adoption.observed]  # what really runs, where that was handed over, comes last and wins
    parts = component_plans(operator, number)
    revision = "default"
    for part in parts:
        match part.component.field:
            case "pilot":
                revision = str(part.values.get("revision") or "default")
                _add_pilot(document, part, number, revision, adoption)
            case "cni":
                values = _own(part, ("cni", "global"))
                values = _with_settings(document, part, values, {"resources": ("cni", "resources")}, adoption)
                values.pop("profile", None)
                profile = {"profile": part.values["profile"]} if part.values.get("profile") else {}
                spec = {"version": f"v{number}", "namespace": part.namespace, **profile}
                adoption.add(SAIL, "IstioCNI", "default", spec | ({"values": values} if values else {}))
            case "ztunnel":
                _add_ztunnel(document, part, number, adoption)
            case "ingressGateways" | "egressGateways":
                _add_gateway(document, part, revision, adoption)
    if not any(part.component.field == "base" for part in parts):
        message = "base is off, and specs of Sail's kinds always bring it: the reader's account would be rendered here"
        adoption.notes.append(document.finding(NO_COUNTERPART, message, ("spec", "components", "base")))


def _add_pilot(document: DumpObject, part: ComponentPlan, number: str, revision: str, adoption: Adoption) -> None:
    values = {name: value for name, value in part.values.items() if name not in _OF_OTHERS}
    default = part.values.get("defaultRevision")
    if default:
        tag_spec(adoption, "default", str(default))
    for name in ("enabled",):
        if isinstance(values.get("pilot"), Mapping):
            values["pilot"] = {key: value for key, value in values["pilot"].items() if key != name}
    values = _without_defaults(values)
    for problem in check_values("Istio", number, values, ("spec", "values")):
        if problem.code == UNKNOWN:
            adoption.notes.append(
                document.finding(NO_COUNTERPART, "is no value of Sail's API, and is left out", problem.path)
            )
            values = without_entry(values, problem.path[2:])
    patches: list[dict[str, Any]] = []
    values = _with_settings(document, part, values, _PILOT, adoption, patches)
    more = {"patches": patches} if patches and revision == "default" else {}
    if patches and revision != "default":
        message = "has settings that are no values: put them as patches into the Cluster (docs/patches.md)"
        adoption.notes.append(document.finding(NO_COUNTERPART, message, (*part.path, "k8s")))
    revision_spec(adoption, revision, f"v{number}", part.namespace, values, **more)


def _add_ztunnel(document: DumpObject, part: ComponentPlan, number: str, adoption: Adoption) -> None:
    outer = {name: part.values[name] for name in ("global", "profile") if part.values.get(name)}
    skipped = (*outer, "revision", "compatibilityVersion", "defaultRevision")
    own = {name: value for name, value in part.values.items() if name not in skipped}
    own.pop("resourceName", None)
    values = _with_settings(document, part, {"ztunnel": own}, {"resources": ("ztunnel", "resources")}, adoption)
    spec = {"version": f"v{number}", "namespace": part.namespace, "values": _without_defaults({**outer, **values})}
    adoption.add(SAIL, "ZTunnel", "default", spec)


def _add_gateway(document: DumpObject, part: ComponentPlan, revision: str, adoption: Adoption) -> None:
    own = value_at(part.values, *part.component.values_root) or {}
    values: dict[str, Any] = {}
    if own.get("labels"):
        values["labels"] = dict(own["labels"])
    service = part.settings.get("service") or {}
    kept = {name: service[name] for name in _SERVICE if service.get(name) is not None}
    if kept:
        values["service"] = kept
    values = _with_settings(document, part, values, _GATEWAY, adoption)
    spec = {"follows": revision, "namespace": part.namespace, **({"values": values} if values else {})}
    adoption.add(MESHREV, "MeshGateway", part.workload, spec)
    message = (
        f"gateway {part.workload} becomes one that the revision injects: its pods restart, with the account "
        f"{part.workload} in place of {part.workload}-service-account, and policies that name the old one match no more"
    )
    adoption.notes.append(document.finding(CHANGES_MEANING, message, part.path))


def _own(part: ComponentPlan, names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: part.values[name] for name in names if part.values.get(name)}
    return _without_defaults(found)


def _without_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns values without what the profile `default` says of every control plane."""
    result = dict(values)
    known = result.get("global")
    if isinstance(known, Mapping):
        left = {
            name: value
            for name, value in known.items()
            if (name, value) not in (("istioNamespace", "istio-system"), ("configValidation", True))
        }
        result = {**result, "global": left} if left else {key: one for key, one in result.items() if key != "global"}
    return {name: value for name, value in result.items() if value not in ({}, None) and name != "revision"}


def _with_settings(
    document: DumpObject,
    part: ComponentPlan,
    values: dict[str, Any],
    names: Mapping[str, tuple[str, ...]],
    adoption: Adoption,
    patches: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Returns values with the `k8s` settings of a component that are values of its chart. What is none is a patch where
    the spec has such, else a note."""
    for name, value in part.settings.items():
        path = (*part.path, "k8s", name)
        if name in names and value is not None:
            values = _with(values, names[name], value)
        elif value is None:
            continue
        elif name == "env" and all(isinstance(one, Mapping) and {"name", "value"} <= one.keys() for one in value):
            level = () if part.component.is_gateway else (part.component.field,)
            values = _with(values, (*level, "env"), {one["name"]: str(one["value"]) for one in value})
        elif name == "hpaSpec" and not value.keys() - {"minReplicas", "maxReplicas"}:
            is_pilot = part.component.field == "pilot"
            for key, bound in value.items():
                place = ("pilot", _BOUNDS[key]) if is_pilot else ("autoscaling", key)
                values = _with(values, place, bound)
        elif name == "service" and part.component.is_gateway:
            if rest := sorted(value.keys() - set(_SERVICE)):
                message = f"has no value in the gateway chart: {', '.join(rest)}"
                adoption.notes.append(document.finding(NO_COUNTERPART, message, path))
        elif patches is not None and (patch := settings_patch(part, name, value)):
            patches.append({"patch": yaml_text(json.dumps(patch)).data.decode()})
        else:
            message = "has no counterpart among values: write it as a patch (docs/patches.md)"
            adoption.notes.append(document.finding(NO_COUNTERPART, message, path))
    return values


_BOUNDS = {"minReplicas": "autoscaleMin", "maxReplicas": "autoscaleMax"}


def _with(values: Mapping[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for name in reversed(path):
        value = {name: value}
    return merge_maps(values, value)
