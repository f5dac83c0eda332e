"""What `helm template` of an Istio chart would print, from values that a person hands over."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from render.errors import InputError
from render.finding import Finding, in_order
from render.manifests.builtin import render_json
from render.manifests.builtin.facts import facts_of
from render.manifests.server_side_apply import appliable_object
from render.operations.template.values import GivenValues
from render.specs import releases
from render.specs.values.check import UNKNOWN, check_values

# Release name and namespace as Istio's guides install each chart (istio.io, Install with Helm; ingress and egress as
# istioctl names them). Revision tags are made from istiod's chart.
INSTALLED: Mapping[str, tuple[str, str]] = {
    "base": ("istio-base", "istio-system"),
    "cni": ("istio-cni", "istio-system"),
    "egress": ("istio", "istio-system"),
    "gateway": ("istio-ingress", "istio-ingress"),
    "ingress": ("istio", "istio-system"),
    "istiod": ("istiod", "istio-system"),
    "revisiontags": ("istiod", "istio-system"),
    "ztunnel": ("ztunnel", "istio-system"),
}

# The order in which Helm installs and prints kinds; those that it does not know come last, by name.
_ORDER = (
    "NetworkPolicy",
    "ResourceQuota",
    "PodDisruptionBudget",
    "ServiceAccount",
    "ConfigMap",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
)

# Helm's rule for a release's name; a namespace is a DNS-1123 label.
_RELEASE = re.compile(r"(?=.{1,53}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_NAMESPACE = re.compile(r"(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TemplateResult:
    """The objects as JSON texts, in Helm's order of kinds, and what should be said of the values."""

    objects: list[str]
    warnings: list[Finding]


def template(
    component: str,
    version: str,
    given: GivenValues,
    name: str | None = None,
    namespace: str | None = None,
    allow_unknown_values: bool = False,
) -> TemplateResult:
    """Returns the objects of a component, by default under the name and in the namespace that Istio's guides install
    it.

    `version` is a release or an alias, with `v` or without. CustomResourceDefinitions are not among the objects.
    `InputError` for an unknown component or release, a name that Helm would not take, values that are not the
    component's (only a warning where they are allowed), and values that the chart refuses.
    """
    release = releases.resolve(f"v{version}" if version[:1].isdigit() else version).removeprefix("v")
    known = facts_of(component, release)
    usual_name, usual_namespace = INSTALLED[known.component]
    name, namespace = name or usual_name, namespace or usual_namespace
    errors = _name_errors(name, namespace)
    warnings: list[Finding] = []
    subject = "istiod" if component == "revisiontags" else component
    for problem in check_values(subject, release, given.values):
        found = given.finding(problem)
        if found.code == UNKNOWN and allow_unknown_values:
            found = replace(found, severity="warning")
        (errors if found.severity == "error" else warnings).append(found)
    if errors:
        raise InputError(errors)
    rendered = render_json(component, release, name, namespace, given.values)
    objects = [appliable_object(text).json for text in rendered]
    return TemplateResult(in_helm_order(objects), in_order(warnings))


def in_helm_order(objects: list[str]) -> list[str]:
    """Returns objects (JSON texts) in the order in which Helm installs and prints kinds."""
    return sorted(objects, key=_place)


def _name_errors(name: str, namespace: str) -> list[Finding]:
    wanted = "expected lower-case letters, digits and '-', a letter or digit at both ends, at most"
    errors = []
    if not _RELEASE.fullmatch(name):
        errors.append(Finding("MR232", f"{name!r} is not a release's name: {wanted} 53", file="--name"))
    if not _NAMESPACE.fullmatch(namespace):
        errors.append(Finding("MR232", f"{namespace!r} is not a namespace's name: {wanted} 63", file="--namespace"))
    return errors


def _place(document: str) -> tuple[int, str]:
    kind = json.loads(document)["kind"]
    return (_ORDER.index(kind), "") if kind in _ORDER else (len(_ORDER), kind)
