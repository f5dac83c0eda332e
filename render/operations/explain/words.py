"""The words of an explanation: which rule decided, why nobody injects, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from render.messages import count, did_you_mean, few, short
from render.operations.explain.webhooks import KeptEntry
from render.plan.injection.precedence import Decision, decide
from render.plan.injection.webhook_entries import Entry, Unmet, Webhook
from render.plan.labels import (
    INJECTION_LABEL,
    NAMESPACE_NAME_LABEL,
    POD_INJECT_LABEL,
    REVISION_LABEL,
    Labels,
    joins_ambient,
)
from render.plan.observed.kept_fields import KeptField


def rule_words(decision: Decision, namespace_labels: Labels, pod_labels: Labels) -> str:
    """Returns the rule of Istio's precedence that decided, with the label as it is."""
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


def unserved_words(
    wanted: str, names: Iterable[str], served: Iterable[str], silent: Iterable[Entry], *, live: bool
) -> str:
    """Returns why a name that a label wants injects nobody. `names` are the revisions and tags of the specs, `served`
    those that have a webhook that is called for pods, `silent` the webhooks that do not fire."""
    served = sorted(served)
    if wanted in served:
        return f"no webhook of {wanted} selects these labels, and one should"
    if any(one.webhook.serves == wanted for one in silent):
        return f"no webhook of {wanted} is called for pods that are created"
    if wanted in names:
        if live:
            return f"the specs have {wanted}, and the cluster has no webhook for it: was it delivered?"
        return f"{wanted} has no injection webhook in this cluster: another cluster's control plane serves it"
    here = f"served here: {', '.join(served) or 'nothing'}"
    if wanted == "default":
        return f"there is neither a revision nor a tag called default; {here}"
    return f"there is no revision or tag {short(wanted)}{did_you_mean(wanted, served)}; {here}"


def silence_words(entry: Entry, namespace_labels: Labels, pod_labels: Labels) -> str:
    """Returns why a webhook does not fire for these labels; asked of one that does not."""
    if entry.webhook.is_switched_off:
        return "it is switched off, by a selector that matches nothing"
    if not entry.is_for_pods:
        return f"its rules are not for pods that are created: {'; '.join(map(_rule_words, entry.rules)) or 'none'}"
    unmet = entry.webhook.unmet(namespace_labels, pod_labels)
    return _unmet_words(unmet, namespace_labels if unmet.side == "namespace" else pod_labels) if unmet else ""


def earlier_words(webhook: Webhook) -> str:
    """Returns what a webhook of another project may do before Istio's see the pod."""
    condition = " where its matchConditions hold" if webhook.conditional else ""
    return (
        f"{webhook.configuration} ({webhook.name}) is called{condition} before Istio's webhooks: it may change the "
        "pod's labels, and then those that it leaves decide"
    )


def condition_words(webhook: Webhook) -> str:
    """Returns what is not known of a webhook that fires."""
    return (
        f"{webhook.configuration} ({webhook.name}) has matchConditions, which are not evaluated: where one of them "
        "does not hold, the webhook is not called"
    )


def _rule_words(rule: Mapping[str, Any]) -> str:
    groups = ",".join(group or "core" for group in rule.get("apiGroups") or ())
    operations, versions, resources = (
        ",".join(rule.get(field) or ()) for field in ("operations", "apiVersions", "resources")
    )
    scope = f", scope {rule['scope']}" if rule.get("scope") not in (None, "*") else ""
    return f"{operations} of {groups}/{versions} {resources}{scope}"


def _unmet_words(unmet: Unmet, labels: Labels) -> str:
    requirement, side = unmet.requirement, unmet.side
    value = labels.get(requirement.key)
    has = f"the {side} has no label {requirement.key}" if value is None else f"the {side} has {requirement.key}={value}"
    match requirement.operator:
        case "In":
            return f"{has}, and {' or '.join(sorted(requirement.values))} is asked for"
        case "NotIn":
            return f"{has}, which is kept out"
        case "Exists":
            return f"{has}, and one is asked for"
    return f"{has}, and none may be there"


def advice(
    decision: Decision, served: Sequence[str], namespace_labels: Labels, pod_labels: Labels, *, by_default: bool
) -> list[str]:
    """Returns what would give the pod a proxy; `served` are names that a label can have here, the better ones first.
    Nothing for a pod of the ambient mesh that no label asks a proxy for: it is in the mesh without one, on purpose."""
    if decision.rule == "system-namespace" or (decision.wants is None and joins_ambient(namespace_labels, pod_labels)):
        return []
    if decision.rule == "pod-refuses":
        return [f"take {POD_INJECT_LABEL}=false off the pod (in its workload's template), and create the pod anew"]
    if not served:
        return ["render a revision first: nothing injects in this cluster"]
    then = "then create its pods anew"
    if decision.rule == "namespace-refuses":
        rest = {key: value for key, value in namespace_labels.items() if key != INJECTION_LABEL}
        if decide(rest, pod_labels, by_default=by_default).wants in served:
            return [f"take {INJECTION_LABEL} off the namespace; {then}"]
    labels = [f"{INJECTION_LABEL}=enabled" if name == "default" else f"{REVISION_LABEL}={name}" for name in served[:3]]
    which = f"label the namespace {' or '.join(labels)}"
    if decision.rule == "pod-revision":
        which = f"take {REVISION_LABEL} off the pod (in its workload's template), and {which}"
    if decision.rule == "namespace-refuses":
        if served[0] == "default":
            return [f"label the namespace {INJECTION_LABEL}=enabled in place of what it has; {then}"]
        which = f"take {INJECTION_LABEL} off the namespace, and {which}"
    return [f"{which}; {then}"]


def undiscovered_words(revision: str) -> str:
    """Returns what comes of a namespace that the istiod of a revision does not see."""
    return (
        f"meshConfig.discoverySelectors of revision {revision} leave this namespace out: istiod does not see it, and "
        "its pods hang or have no connection. Give it a label that they select"
    )


def kept_entry_words(kept: KeptEntry) -> str:
    """Returns that an entry fires which the specs do not say, and why it is there."""
    return (
        f"the specs do not say {kept.webhook.name} of {kept.webhook.configuration}; as observed, the cluster has it "
        f"and goes on calling it, because {kept.field.keepers_text} set it too or alone: take it away once"
    )


def kept_settings_words(kept: Sequence[KeptField]) -> str:
    """Returns what an istiod has in the cluster beside what the specs say, one field at least."""
    fields = few([one.field for one in kept], 2)
    return (
        f"{kept[0].title} has, as observed, {count(len(kept), 'setting')} that the specs do not say ({fields}). They "
        f"stay, because {kept[0].keepers_text} set them too or alone: take them away once"
    )
