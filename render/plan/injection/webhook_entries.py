"""The entries of MutatingWebhookConfigurations: which of them an API server calls for a pod that is created.

Source of the rules: Kubernetes, `rules.Matcher` and the dispatcher of mutating webhooks in k8s.io/apiserver. An API
server goes through the configurations in the order of their names, and judges each entry by the labels that the pod has
by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from render.plan.injection.label_selectors import Requirement, requirements
from render.plan.injection.precedence import SYSTEM_NAMESPACES
from render.plan.labels import (
    INJECTION_LABEL,
    NAMESPACE_NAME_LABEL,
    POD_INJECT_LABEL,
    REVISION_LABEL,
    Labels,
    served_name,
)

# istioctl switches an injector off with this selector when another takes over for `default`: nothing is so labelled.
SWITCHED_OFF = Requirement("istio.io/deactivated", "In", frozenset(["never-match"]))
# What the names of all of Istio's injection webhooks end with (its charts, 1.23 to 1.30).
ISTIOS = "sidecar-injector.istio.io"


_FOLLOWS = Requirement(REVISION_LABEL, "In", frozenset())  # the revision or tag that the entry serves
_NO_REVISION = Requirement(REVISION_LABEL, "DoesNotExist", frozenset())
_NO_INJECTION = Requirement(INJECTION_LABEL, "DoesNotExist", frozenset())
_NOT_REFUSED = Requirement(POD_INJECT_LABEL, "NotIn", frozenset(["false"]))
# The selectors of namespaces and of pods in Istio's charts, by the beginning of the entry's name.
_BY_NAME: Mapping[str, tuple[tuple[Requirement, ...], tuple[Requirement, ...]]] = {
    "rev.namespace": ((_FOLLOWS, _NO_INJECTION), (_NOT_REFUSED,)),
    "rev.object": ((_NO_REVISION, _NO_INJECTION), (_NOT_REFUSED, _FOLLOWS)),
    "namespace": ((Requirement(INJECTION_LABEL, "In", frozenset(["enabled"])),), (_NOT_REFUSED,)),
    "object": (
        (_NO_INJECTION, _NO_REVISION),
        (Requirement(POD_INJECT_LABEL, "In", frozenset(["true"])), _NO_REVISION),
    ),
    "auto": (
        (_NO_INJECTION, _NO_REVISION, Requirement(NAMESPACE_NAME_LABEL, "NotIn", frozenset(SYSTEM_NAMESPACES))),
        (Requirement(POD_INJECT_LABEL, "DoesNotExist", frozenset()), _NO_REVISION),
    ),
}
_PODS = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}


@dataclass(frozen=True, slots=True)
class Webhook:
    """One entry of a MutatingWebhookConfiguration. `serves` is the revision or tag that Istio's stands for, empty for
    another project's. `conditional`: it has `matchConditions`, which are not evaluated here."""

    configuration: str
    name: str
    serves: str
    namespace: tuple[Requirement, ...]
    pod: tuple[Requirement, ...]
    conditional: bool = False

    def fires(self, namespace_labels: Labels, pod_labels: Labels) -> bool:
        """Returns whether its selectors select the pod, where its rules are for pods that are created."""
        return self.unmet(namespace_labels, pod_labels) is None

    def unmet(self, namespace_labels: Labels, pod_labels: Labels) -> Unmet | None:
        """Returns the first condition of its selectors that these labels do not meet, None where they meet all."""
        for requirement in self.namespace:
            if not requirement.admits(namespace_labels.get(requirement.key)):
                return Unmet("namespace", requirement)
        for requirement in self.pod:
            if not requirement.admits(pod_labels.get(requirement.key)):
                return Unmet("pod", requirement)
        return None

    @property
    def is_switched_off(self) -> bool:
        return SWITCHED_OFF in (*self.namespace, *self.pod)


@dataclass(frozen=True, slots=True)
class Unmet:
    """A condition of a selector that labels do not meet, and whose labels these are."""

    side: Literal["namespace", "pod"]
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Entry:
    """A webhook and what its rules are for; `index` is its place in its configuration."""

    webhook: Webhook
    index: int
    rules: tuple[Mapping[str, Any], ...]

    @property
    def order(self) -> tuple[str, int]:
        """Returns what entries are called in the order of."""
        return self.webhook.configuration, self.index

    @property
    def is_for_pods(self) -> bool:
        """Returns whether its rules are for pods that are created."""
        return any(_is_for_pods(rule) for rule in self.rules)


def webhooks(configurations: Iterable[Mapping[str, Any]]) -> list[Webhook]:
    """Istio's webhooks for pods that are created, each with the name that it serves; none that is switched off."""
    return [
        entry.webhook
        for configuration in configurations
        for entry in istios_entries(configuration)
        if entry.is_for_pods and not entry.webhook.is_switched_off
    ]


def istios_entries(configuration: Mapping[str, Any]) -> Iterator[Entry]:
    """Istio's entries of a configuration, whatever their rules are for.

    KeyError, TypeError, AttributeError or ValueError for one that no API server has.
    """
    serves = served_name(configuration["metadata"].get("labels") or {})
    for index, data in enumerate(configuration.get("webhooks") or ()):
        if data["name"].endswith(ISTIOS):
            yield _entry(configuration, index, data, serves)


def kept_entry(configuration: Mapping[str, Any], name: str, index: int) -> Entry | None:
    """Returns an entry that the configuration has in its cluster and not here, by its name; None where it is none of
    Istio's. Its selectors are those that Istio's charts give an entry of this name (1.23 to 1.31)."""
    selectors = _BY_NAME.get(name.removesuffix(f".{ISTIOS}"))
    if selectors is None or not name.endswith(f".{ISTIOS}"):
        return None
    serves = served_name(configuration["metadata"].get("labels") or {})
    follows = Requirement(REVISION_LABEL, "In", frozenset([serves]))
    namespace, pod = (tuple(follows if one is _FOLLOWS else one for one in side) for side in selectors)
    webhook = Webhook(configuration["metadata"]["name"], name, serves, namespace, pod)
    return Entry(webhook, index, (_PODS,))


def other_entries(configuration: Mapping[str, Any]) -> Iterator[Entry]:
    """Yields the entries of other projects: they may change the pod too, but add no proxy of Istio's. Errors as
    above."""
    for index, data in enumerate(configuration.get("webhooks") or ()):
        if not data["name"].endswith(ISTIOS):
            yield _entry(configuration, index, data, "")


def firing(candidates: Iterable[Webhook], namespace_labels: Labels, pod_labels: Labels) -> list[Webhook]:
    """Returns the webhooks that fire for a pod with these labels, created in a namespace with those."""
    return [webhook for webhook in candidates if webhook.fires(namespace_labels, pod_labels)]


def _entry(configuration: Mapping[str, Any], index: int, data: Mapping[str, Any], serves: str) -> Entry:
    webhook = Webhook(
        configuration["metadata"]["name"],
        data["name"],
        serves,
        requirements(data.get("namespaceSelector")),
        requirements(data.get("objectSelector")),
        bool(data.get("matchConditions")),
    )
    return Entry(webhook, index, tuple(data.get("rules") or ()))


def _is_for_pods(rule: Mapping[str, Any]) -> bool:
    """Returns whether a rule is for the creation of a pod, which is of the core group, `v1`, namespaced, and no
    subresource."""
    return (
        rule.get("scope") in (None, "*", "Namespaced")
        and _has(rule, "operations", "CREATE")
        and _has(rule, "apiGroups", "")
        and _has(rule, "apiVersions", "v1")
        and any(_names_pods(resource) for resource in rule.get("resources") or ())
    )


def _has(rule: Mapping[str, Any], field: str, value: str) -> bool:
    found = rule.get(field) or ()
    return value in found or "*" in found


def _names_pods(resource: str) -> bool:
    """`pods` and `*` are without subresources; `pods/*` and `*/*` are with them and the resource itself."""
    name, _, subresource = resource.partition("/")
    return name in ("pods", "*") and subresource in ("", "*")
