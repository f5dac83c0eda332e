"""Which label decides who injects a pod: Istio's order of precedence, as one decision that can be explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from render.plan.labels import INJECTION_LABEL, NAMESPACE_NAME_LABEL, POD_INJECT_LABEL, REVISION_LABEL, Labels

# Istio's injection by default leaves these alone (webhook `auto.`), and istiod never injects there.
SYSTEM_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "local-path-storage")

Rule = Literal[
    "pod-refuses",
    "namespace-enabled",
    "namespace-refuses",
    "namespace-revision",
    "pod-revision",
    "pod-injection",
    "system-namespace",
    "by-default",
    "no-label",
]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the labels ask for. `wants` is the revision or tag that is to inject, None for none.

    `side` and `key` are the label that decides; None where it is that there is no label. Whether anybody serves
    the name that is wanted is not said here.
    """

    rule: Rule
    wants: str | None = None
    side: Literal["namespace", "pod"] | None = None
    key: str | None = None


def decide(namespace_labels: Labels, pod_labels: Labels, *, by_default: bool) -> Decision:
    """Returns which label decides (Istio's table of injection labels), from what beats all to what is left.

    `sidecar.istio.io/inject=false` on the pod; then the namespace's `istio-injection`, its `istio.io/rev`; then the
    pod's `istio.io/rev`, its `sidecar.istio.io/inject=true`. `by_default`: the default revision has
    `enableNamespacesByDefault`, and injects what no label speaks of.
    """
    inject = pod_labels.get(POD_INJECT_LABEL)
    if inject == "false":
        return Decision("pod-refuses", None, "pod", POD_INJECT_LABEL)
    injection = namespace_labels.get(INJECTION_LABEL)
    if injection == "enabled":
        return Decision("namespace-enabled", "default", "namespace", INJECTION_LABEL)
    if injection is not None:
        return Decision("namespace-refuses", None, "namespace", INJECTION_LABEL)
    if REVISION_LABEL in namespace_labels:
        return Decision("namespace-revision", namespace_labels[REVISION_LABEL], "namespace", REVISION_LABEL)
    if REVISION_LABEL in pod_labels:
        return Decision("pod-revision", pod_labels[REVISION_LABEL], "pod", REVISION_LABEL)
    if inject == "true":
        return Decision("pod-injection", "default", "pod", POD_INJECT_LABEL)
    if by_default and inject is None:
        if namespace_labels.get(NAMESPACE_NAME_LABEL) in SYSTEM_NAMESPACES:
            return Decision("system-namespace", None, "namespace", NAMESPACE_NAME_LABEL)
        return Decision("by-default", "default")
    return Decision("no-label")
