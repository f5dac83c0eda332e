"""Is an IstioOperator one that istioctl takes? Fields, types, names, values; nothing here renders.

Source: istio/istio 1.24.0 to 1.31.0-rc.0, `operator/pkg/apis/validation`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from render.kubernetes.check import structure_refusals
from render.kustomize.problem import Problem
from render.messages import FieldPath, did_you_mean, value_text
from render.specs import releases, schema
from render.specs.istio_operator.release import VERSION_ANNOTATION, release_path
from render.specs.istio_operator.release import release as operator_release
from render.specs.istio_operator.translate import (
    component_plans,
    is_number_or_truth,
    merge_documents,
    profiles,
    with_profile,
)
from render.specs.rules import service_name_problems
from render.specs.values.check import check_values
from render.yamlio.location import value_at

Data = Mapping[str, Any]

_SETTINGS = {
    "affinity": "core.v1.Affinity",
    "hpaSpec": "autoscaling.v2.HorizontalPodAutoscalerSpec",
    "podDisruptionBudget": "policy.v1.PodDisruptionBudgetSpec",
    "readinessProbe": "core.v1.Probe",
    "resources": "core.v1.ResourceRequirements",
    "service": "core.v1.ServiceSpec",
    "strategy": "apps.v1.DeploymentStrategy",
    "securityContext": "core.v1.PodSecurityContext",
    "env": "core.v1.EnvVar",
    "tolerations": "core.v1.Toleration",
    "volumes": "core.v1.Volume",
    "volumeMounts": "core.v1.VolumeMount",
}

_GATEWAYS = {"ingressGateways": "istio-ingressgateway", "egressGateways": "istio-egressgateway"}
_LABEL_SELECTOR = "apimachinery.pkg.apis.meta.v1.LabelSelector"

# Values that are parts of Kubernetes objects.
_PARTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("cni", "affinity"), "core.v1.Affinity"),
    (("cni", "seccompProfile"), "core.v1.SeccompProfile"),
    *(
        (("gateways", gateway, field), kind)
        for gateway in _GATEWAYS.values()
        for field, kind in (
            ("podAntiAffinityLabelSelector", _LABEL_SELECTOR),
            ("podAntiAffinityTermLabelSelector", _LABEL_SELECTOR),
            ("tolerations", "core.v1.Toleration"),
        )
    ),
    (("global", "defaultTolerations"), "core.v1.Toleration"),
    (("pilot", "tolerations"), "core.v1.Toleration"),
    (("pilot", "affinity"), "core.v1.Affinity"),
    (("pilot", "seccompProfile"), "core.v1.SeccompProfile"),
    (("pilot", "topologySpreadConstraints"), "core.v1.TopologySpreadConstraint"),
    (("pilot", "volumeMounts"), "core.v1.VolumeMount"),
    (("pilot", "volumes"), "core.v1.Volume"),
    (("global", "proxy", "seccompProfile"), "core.v1.SeccompProfile"),
    (("global", "proxy", "lifecycle"), "core.v1.Lifecycle"),
    (("sidecarInjectorWebhook", "neverInjectSelector"), _LABEL_SELECTOR),
    (("sidecarInjectorWebhook", "alwaysInjectSelector"), _LABEL_SELECTOR),
    (("global", "waypoint", "affinity"), "core.v1.Affinity"),
    (("global", "waypoint", "topologySpreadConstraints"), "core.v1.TopologySpreadConstraint"),
)

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_TAG = re.compile(r"[\w.-]{1,128}", re.ASCII)
_HUB = re.compile(r"([A-Za-z0-9.-]+(:[0-9]+)?/)?[a-z0-9_./-]{1,255}|[A-Za-z0-9.-]*[.:][A-Za-z0-9.:-]*", re.ASCII)
_PRIVILEGED_PORTS = 1024
FIRST = releases.parse("1.24.0")  # the oldest release whose IstioOperator is known here


def operator_problems(document: Data, release: str) -> list[Problem]:
    """Returns what is wrong with one IstioOperator, in this release (`1.31.0`)."""
    problems = schema.problems("IstioOperator", document)
    if any(problem.path[:1] != ("apiVersion",) and problem.path[:1] != ("kind",) for problem in problems):
        return problems
    return [*problems, *content_problems(document, release)]


def fleet_problems(document: Data) -> Iterator[Problem]:
    """Yields what is wrong with one that is as its schema says and lies in a fleet, where it has to name a release."""
    found = operator_release(document)
    if found is None:
        message = (
            "names no release, and istioctl's own is not known here: a tag such as 1.30.3, or beside a private build's "
            f'tag the annotation {VERSION_ANNOTATION}: "v1.30.3"'
        )
        yield Problem("MR305", message, path=("spec", "tag"))
        return
    known = [version for version in releases.known_versions(aliases=False) if releases.parse(version) >= FIRST]
    if f"v{found}" not in known:
        yield Problem("MR043", releases.unknown(f"v{found}", known), path=release_path(document))
        return
    problems = content_problems(document, found)
    yield from problems
    if not any(problem.severity == "error" for problem in problems):
        yield from _placement_problems(document, found)


def content_problems(document: Data, release: str) -> list[Problem]:
    """Returns what is wrong with an IstioOperator that is as its schema says."""
    spec = document.get("spec") or {}
    values = spec.get("values") or {}
    wrong_values = check_values("IstioOperator", release, values, at=("spec", "values"))
    found = [*wrong_values]
    if not any(problem.severity == "error" for problem in wrong_values):
        found += _value_problems(values)
    found += _name_problems(spec)
    components = spec.get("components") or {}
    for path, component in _component_entries(components):
        found += _settings_problems(component.get("k8s") or {}, (*path, "k8s"))
    found += _port_problems(components, values)
    return found


def _placement_problems(document: Data, release: str) -> Iterator[Problem]:
    """Yields a warning for an istiod in another namespace than the one in which proxies look for it, and an error for a
    revision whose Service could not be called after it."""
    if value_at(document, "spec", "values", "defaultRevision"):
        message = "is accepted and has no effect: the IstioRevisionTag named default says which revision is the default"
        yield Problem("MR051", message, path=("spec", "values", "defaultRevision"), severity="warning")
    operator = with_profile(merge_documents([document]), {})
    pilot = next((one for one in component_plans(operator, release) if one.component.field == "pilot"), None)
    if pilot is None:
        return
    looked_in = value_at(pilot.values, "global", "istioNamespace")
    if looked_in and looked_in != pilot.namespace:
        message = (
            f"puts istiod into {pilot.namespace}, and proxies look for it in values.global.istioNamespace, {looked_in}"
        )
        yield Problem("MR048", message, path=("spec", "components", "pilot", "namespace"), severity="warning")
    revision = str(pilot.values.get("revision") or "")
    yield from service_name_problems(revision, revision, ("spec", "revision"))


def _component_entries(components: Data) -> Iterator[tuple[FieldPath, Data]]:
    for name, entry in components.items():
        path: FieldPath = ("spec", "components", name)
        if isinstance(entry, list):
            yield from (((*path, index), one) for index, one in enumerate(entry))
        elif entry is not None:
            yield path, entry


def _settings_problems(settings: Data, at: FieldPath) -> Iterator[Problem]:
    for name, kind in _SETTINGS.items():
        yield from _part(settings.get(name), kind, (*at, name))


def _part(value: Any, kind: str, at: FieldPath) -> Iterator[Problem]:
    is_list = isinstance(value, list)
    for path, part in [((*at, index), entry) for index, entry in enumerate(value)] if is_list else [(at, value)]:
        for refusal in structure_refusals(part, kind):
            yield Problem("MR041", refusal.message, path=(*path, *refusal.path))


def _name_problems(spec: Data) -> Iterator[Problem]:
    profile = spec.get("profile") or "default"
    if profile not in profiles():
        message = f"unknown profile {profile}{did_you_mean(profile, profiles())}: istioctl has {', '.join(profiles())}"
        yield Problem("MR086", message, path=("spec", "profile"))
    revision, tag, hub = spec.get("revision"), spec.get("tag"), spec.get("hub")
    if revision and not _LABEL.fullmatch(revision):
        message = f"{value_text(revision)} is not a revision's name: lower-case letters, digits and '-', a letter or "
        yield Problem("MR045", f"{message}digit at both ends, at most 63", path=("spec", "revision"))
    elif revision and is_number_or_truth(revision):
        message = f"{value_text(revision)} is read by istioctl as a number or as true or false: choose another name"
        yield Problem("MR045", message, path=("spec", "revision"))
    if isinstance(tag, dict | list) or (tag is not None and not _TAG.fullmatch(str(tag))):
        message = f"{value_text(tag)} is not an image's tag: letters, digits, '_', '-' and '.'"
        yield Problem("MR045", message, path=("spec", "tag"))
    if hub and not _HUB.fullmatch(hub):
        message = f"{value_text(hub)} is not a registry such as registry.example.com/istio"
        yield Problem("MR045", message, path=("spec", "hub"))
    if spec.get("installPackagePath"):
        message = "is not read: charts of your own come in by `source` (leave this field out)"
        yield Problem("MR047", message, path=("spec", "installPackagePath"))


def _value_problems(values: Data) -> Iterator[Problem]:
    for path, kind in _PARTS:
        yield from _part(value_at(values, *path), kind, ("spec", "values", *path))
    rules: tuple[tuple[str, Callable[[str], bool], str], ...] = (
        ("includeIPRanges", _is_range, "an address range such as 10.0.0.0/8"),
        ("excludeIPRanges", _is_range, "an address range such as 10.0.0.0/8"),
        ("includeInboundPorts", _is_port, "a port from 0 to 65535"),
        ("excludeInboundPorts", _is_port, "a port from 0 to 65535"),
    )
    for name, is_right, what in rules:
        text = value_at(values, "global", "proxy", name)
        if not isinstance(text, str) or text in ("", "*"):
            continue
        for part in text.split(","):
            if not is_right(part):
                path = ("spec", "values", "global", "proxy", name)
                yield Problem("MR045", f"{value_text(part)} is not {what}", path=path)


def _is_range(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _is_port(text: str) -> bool:
    return text in ("", "*") or (re.fullmatch(r"\+?\d{1,10}", text, re.ASCII) is not None and int(text) <= 65535)


def _port_problems(components: Data, values: Data) -> Iterator[Problem]:
    """Ports below 1024 need root, and a gateway runs without it."""
    for field, gateway in _GATEWAYS.items():
        if value_at(values, "gateways", gateway, "runAsRoot") is True:
            continue
        for number, entry in enumerate(components.get(field) or []):
            ports = value_at(entry, "k8s", "service", "ports")
            for index, port in enumerate(ports if isinstance(ports, list) else ()):  # what they are is told elsewhere
                if isinstance(port, dict) and _needs_root(port.get("port"), port.get("targetPort") or 0):
                    path = ("spec", "components", field, number, "k8s", "service", "ports", index)
                    yield Problem("MR044", _needs_root_message(gateway), path=path)


def _needs_root(port: Any, target: Any) -> bool:
    if not isinstance(target, int):
        return False
    return target < _PRIVILEGED_PORTS and not (target == 0 and isinstance(port, int) and port > _PRIVILEGED_PORTS)


def _needs_root_message(gateway: str) -> str:
    return (
        "its targetPort is below 1024, which needs root: "
        f"set targetPort above 1024, or values.gateways.{gateway}.runAsRoot to true"
    )


def without_kind(problems: Iterable[Problem]) -> list[Problem]:
    """Returns problems in which another kind or API version than IstioOperator's is a warning, as istioctl reads any
    document of that form."""
    return [
        replace(
            problem, code="MR046", message="is read as an IstioOperator of v1alpha1, as by istioctl", severity="warning"
        )
        if problem.path in (("apiVersion",), ("kind",)) and problem.code == "MR044"
        else problem
        for problem in problems
    ]
