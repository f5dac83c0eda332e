"""Who uses a revision or a tag, and when Sail would delete one that nobody uses: its rules, on labels alone.

Source of the rules: the Sail Operator's IstioRevision and IstioRevisionTag controllers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from render.plan.labels import INJECTION_LABEL, POD_INJECT_LABEL, REVISION_LABEL, Labels

ENDED = ("Succeeded", "Failed")  # the phases of pods that never run again (Kubernetes, pod lifecycle)


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, or a pod template of a workload: what of it decides who injects it.

    `annotations` are those of a running pod; of a template only `sidecar.istio.io/inject` counts, which is older than
    the label of that name. `name` is only for messages.
    """

    name: str
    namespace: str
    labels: Labels
    annotations: Labels
    phase: str = ""
    host_network: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Whether something is in use: Sail's condition InUse. `by` names up to a few of the users, for people."""

    status: Literal["True", "False", "Unknown"]
    reason: Literal["ReferencedByWorkloads", "NotReferencedByAnything", "UsageCheckFailed"]
    by: tuple[str, ...] = ()


UNKNOWN = Usage("Unknown", "UsageCheckFailed")
UNUSED = Usage("False", "NotReferencedByAnything")


def namespace_reference(labels: Labels) -> str | None:
    """Returns the revision or tag that a namespace's labels refer to.

    `istio-injection=enabled` means `default` and wins; otherwise `istio.io/rev`, even where injection is disabled.
    """
    if labels.get(INJECTION_LABEL) == "enabled":
        return "default"
    return labels.get(REVISION_LABEL) or None


def pod_reference(labels: Labels) -> str | None:
    """Returns the revision or tag that a pod's own labels refer to; they count only where its namespace refers to
    none."""
    inject = labels.get(POD_INJECT_LABEL)
    if inject == "false":
        return None
    return labels.get(REVISION_LABEL) or ("default" if inject == "true" else None)


class Reference(NamedTuple):
    """What refers to a revision or tag, such as `Gateway/shop/public`, and the name of that."""

    user: str
    wanted: str


@dataclass(frozen=True, slots=True)
class References:
    """All references of one cluster by the name that they refer to; made once, asked for every revision and tag.

    `by_labels` come from namespaces, from pod labels and from what one istiod alone reads, `by_injection` from what
    running pods were injected with.
    Each maps a name to its users, such as `Namespace/shop`.
    """

    by_labels: Mapping[str, tuple[str, ...]]
    by_injection: Mapping[str, tuple[str, ...]]


def references(namespaces: Mapping[str, Labels], pods: Iterable[Pod], others: Iterable[Reference] = ()) -> References:
    """Index the references of a cluster's namespaces (name to labels) and pods, and those of `others`.

    A pod that Succeeded or Failed uses nothing: none of its containers runs again (the Sail Operator counts the second,
    for as long as a Job keeps it). An annotation of a running pod is the revision that injected it, never a tag.
    """
    by_labels: dict[str, list[str]] = {}
    by_injection: dict[str, list[str]] = {}
    of_namespace = {name: namespace_reference(labels) for name, labels in namespaces.items()}
    for name, reference in of_namespace.items():
        if reference:
            by_labels.setdefault(reference, []).append(f"Namespace/{name}")
    for pod in pods:
        if pod.phase in ENDED:
            continue
        user = f"Pod/{pod.namespace}/{pod.name}"
        injected = pod.annotations.get(REVISION_LABEL)
        if injected:
            by_injection.setdefault(injected, []).append(user)
        if of_namespace.get(pod.namespace) is None:
            reference = pod_reference(pod.labels)
            if reference:
                by_labels.setdefault(reference, []).append(user)
    for other in others:
        by_labels.setdefault(other.wanted, []).append(other.user)
    return References(
        {name: tuple(users) for name, users in by_labels.items()},
        {name: tuple(users) for name, users in by_injection.items()},
    )


def revision_usage(
    name: str,
    found: References,
    tags_on_it: Iterable[str] = (),
    *,
    injects_by_default: bool = False,
    replaced: bool = False,
) -> Usage:
    """Returns whether a revision is in use: a tag resolves to it (used or not), a namespace or pod refers to it,
    a pod was injected by it, or it is `default` and injects namespaces by default.

    `replaced`: a tag has its name, and is what labels mean by it.
    """
    by = [f"IstioRevisionTag/{tag}" for tag in tags_on_it]
    by += () if replaced else found.by_labels.get(name, ())
    by += found.by_injection.get(name, ())
    if name == "default" and injects_by_default and not replaced:
        by.append("enableNamespacesByDefault")
    return _usage(by)


def tag_usage(name: str, found: References, *, injects_by_default: bool = False) -> Usage:
    """Returns whether a tag is in use: labels only, because an injected pod's annotation names the revision.

    `injects_by_default` is its revision's `sidecarInjectorWebhook.enableNamespacesByDefault`.
    """
    by = list(found.by_labels.get(name, ()))
    if name == "default" and injects_by_default:
        by.append("enableNamespacesByDefault")
    return _usage(by)


def _usage(by: list[str]) -> Usage:
    return Usage("True", "ReferencedByWorkloads", tuple(by)) if by else UNUSED


@dataclass(frozen=True, slots=True)
class Candidate:
    """A revision of an Istio. `unused_for` is in seconds since nothing used it; None while it is in use,
    and also while that is unknown, which counts as in use."""

    name: str
    unused_for: float | None


@dataclass(frozen=True, slots=True)
class Pruning:
    """Which revisions may go now, and in how many seconds to look again (None: nothing to wait for)."""

    prunable: tuple[str, ...]
    look_again_in: float | None


def prunable(active: str, owned: Iterable[Candidate], grace_seconds: float) -> Pruning:
    """Decide which revisions that one Istio owns may be deleted (Sail Operator, pruning of inactive revisions).

    Only inactive ones, and only when unused for at least the grace period.
    """
    now: list[str] = []
    later: list[float] = []
    for candidate in owned:
        if candidate.name == active or candidate.unused_for is None:
            continue
        left = grace_seconds - candidate.unused_for
        if left <= 0:
            now.append(candidate.name)
        else:
            later.append(left)
    return Pruning(tuple(now), min(later, default=None))
