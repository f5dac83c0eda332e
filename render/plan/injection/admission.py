"""What istiod still decides once one of its webhooks has fired: it may return the pod as it was.

Source of the rules: `injectRequired` in Istio's `pkg/kube/inject`, 1.23 to 1.30.
"""

from __future__ import annotations

from collections.abc import Sequence

from render.plan.injection.label_selectors import Selector, matches
from render.plan.injection.precedence import SYSTEM_NAMESPACES
from render.plan.labels import POD_INJECT_LABEL, Labels
from render.plan.usage import Pod
from render.specs import releases
from render.specs.kinds import Values
from render.yamlio.location import value_at

# Until 1.26 istiod took the words of YAML 1.1 for true, and anything else for false; since 1.27 it takes `true` and
# `false`, and goes by its policy for anything else.
_WORDS_UNTIL = (1, 26)
_TRUE_WORDS = frozenset({"y", "yes", "true", "on"})
_ALL_RELEASES = {"true": True, "false": False}


def refusal(pod: Pod, version: str | None, values: Values) -> str | None:
    """Returns why the istiod of a revision (its version and values) leaves a pod without a proxy, in words; None: it
    injects.

    Where the version is None, not known, only what holds for all is said. The annotation `sidecar.istio.io/inject`
    counts where the label is absent: webhooks do not see it, istiod does.
    """
    if pod.host_network:
        return "istiod never injects a pod with hostNetwork: true"
    if pod.namespace in SYSTEM_NAMESPACES:
        return f"istiod never injects in {pod.namespace}"
    pod_labels = pod.labels
    is_label = POD_INJECT_LABEL in pod_labels
    inject = pod_labels[POD_INJECT_LABEL] if is_label else pod.annotations.get(POD_INJECT_LABEL)
    asked = _pod_answer(inject, version)
    if asked is False:
        named = f"{POD_INJECT_LABEL}={inject}"
        if is_label:
            return f"istiod{f' {version}' if version else ''} takes {named} for false"
        return f"the annotation {named} keeps the pod out, because it has no label of that name"
    if asked:
        return None
    if _is_selected(value_at(values, "sidecarInjectorWebhook", "neverInjectSelector"), pod_labels):
        return "the pod's labels match sidecarInjectorWebhook.neverInjectSelector of the revision"
    if _is_selected(value_at(values, "sidecarInjectorWebhook", "alwaysInjectSelector"), pod_labels):
        return None
    if value_at(values, "global", "proxy", "autoInject") == "disabled":
        return f"the revision has global.proxy.autoInject: disabled, so only pods with {POD_INJECT_LABEL}=true get one"
    return None


def _pod_answer(inject: str | None, version: str | None) -> bool | None:
    """Returns what the pod's own label or annotation asks of istiod, None where that is nothing."""
    if inject in _ALL_RELEASES:
        return _ALL_RELEASES[inject]
    if not inject or version is None:
        return None
    release = releases.parse(version)
    if (release.major, release.minor) <= _WORDS_UNTIL:
        return inject.lower() in _TRUE_WORDS
    return None


def _is_selected(selectors: Sequence[Selector] | None, labels: Labels) -> bool:
    """Returns whether any of the selectors matches. One without conditions selects nothing here, nor does a broken
    one."""
    return any(_matches(selector, labels) for selector in selectors or ())


def _matches(selector: Selector, labels: Labels) -> bool:
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        return False
    try:
        return matches(selector, labels)
    except (KeyError, ValueError):  # istiod logs it and goes on
        return False
