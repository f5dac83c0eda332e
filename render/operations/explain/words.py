"""The words of an explanation: which rule decided, why nobody injects, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from render.messages import did_you_mean, short
from render.plan.label_selectors import Labels
from render.plan.precedence import NAMESPACE_NAME_LABEL, Decision
from render.plan.usage import INJECTION_LABEL, POD_INJECT_LABEL, REVISION_LABEL


def rule_words(decision: Decision, namespace_labels: Labels, pod_labels: Labels) -> str:
    """The rule of Istio's precedence that decided, with the label as it is."""
    labels = namespace_labels if decision.side == "namespace" else pod_labels
    label = f"{decision.key}={labels.get(decision.key or '')}"
    return {
        "pod-refuses": f"{label} on the pod beats every other label",
        "namespace-enabled": f"{label} on the namespace means default; it beats {REVISION_LABEL}, also the pod's",
        "namespace-refuses": f"{label} on the namespace keeps out all its pods, as any value but enabled does",
        "namespace-revision": f"{label} on the namespace decides; it beats the pod's labels",
        "pod-revision": f"{label} on the pod decides, because the namespace has no injection label",
        "pod-injection": f"{label} on the pod means default, because the namespace has no injection label",
        "system-namespace": f"{namespace_labels.get(NAMESPACE_NAME_LABEL)} is a system namespace, never injected",
        "by-default": "no label says anything, and enableNamespacesByDefault injects such pods",
        "no-label": "no label asks for a proxy",
    }[decision.rule]


def unserved_words(wanted: str, names: Iterable[str], served: Iterable[str], *, live: bool) -> str:
    """Why a name that a label wants injects nobody. `names` are the revisions and tags of the specs, `served` those
    that have a webhook."""
    served = sorted(served)
    if wanted in served:
        return f"no webhook of {wanted} selects these labels, and one should"
    if wanted in names:
        if live:
            return f"the specs have {wanted}, and the cluster has no webhook for it: was it delivered?"
        return f"{wanted} has no injection webhook in this cluster: another cluster's control plane serves it"
    here = f"served here: {', '.join(served) or 'nothing'}"
    if wanted == "default":
        return f"there is neither a revision nor a tag called default; {here}"
    return f"there is no revision or tag {short(wanted)}{did_you_mean(wanted, served)}; {here}"


def advice(decision: Decision, served: Sequence[str]) -> list[str]:
    """What would give the pod a proxy; `served` are names that a label can have here, the better ones first."""
    if decision.rule == "system-namespace":
        return []
    if decision.rule == "pod-refuses":
        return [f"take {POD_INJECT_LABEL}=false off the pod (in its workload's template), and create the pod anew"]
    if not served:
        return ["render a revision first: nothing injects in this cluster"]
    labels = [f"{INJECTION_LABEL}=enabled" if name == "default" else f"{REVISION_LABEL}={name}" for name in served[:3]]
    which = f"label the namespace {' or '.join(labels)}"
    if decision.rule == "pod-revision":
        which = f"take {REVISION_LABEL} off the pod (in its workload's template), and {which}"
    if decision.rule == "namespace-refuses":
        which = f"take {INJECTION_LABEL} off the namespace, and {which}"
    return [f"{which}; then create its pods anew"]
