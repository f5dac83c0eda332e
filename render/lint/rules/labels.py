"""Rules on the labels that choose an injector: of namespaces, and of workloads that are passed through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from render.codes import Severity
from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.plan.cluster import ClusterPlan, PlannedNamespace
from render.plan.injection.admission import refusal
from render.plan.injection.precedence import SYSTEM_NAMESPACES, decide
from render.plan.label_removal import DELIVERERS, Removal, may_remove_label
from render.plan.labels import DATAPLANE_LABEL, INJECTION_LABEL, REVISION_LABEL, Labels, joins_ambient
from render.plan.workloads import TEMPLATES, pods_of

LABELS = ("metadata", "labels")


def two_labels(view: View) -> Iterator[Violation]:
    """As Istio's IST0123, and `istio-injection: disabled` beside a revision too: it wins without a word."""
    for planned in view.plan.namespaces:
        labels = planned.namespace.labels
        injection, revision = labels.get(INJECTION_LABEL), labels.get(REVISION_LABEL)
        ambient = joins_ambient(labels)
        resource = planned.namespace.resource
        if injection is not None and revision is not None:
            yield Violation(
                _which_wins(view.plan, planned), resource, (*LABELS, REVISION_LABEL), _weight(view.plan, planned)
            )
        elif ambient and (injection == "enabled" or revision):
            key = INJECTION_LABEL if injection else REVISION_LABEL
            message = (
                f"asks for sidecars ({key}: {labels[key]}) and for the ambient mesh ({DATAPLANE_LABEL}: ambient): "
                "a pod with a sidecar stays out of the ambient mesh. Keep one of the labels"
            )
            yield Violation(message, resource, (*LABELS, DATAPLANE_LABEL))


def unremovable_label(view: View) -> Iterator[Violation]:
    """Server-side apply removes a label only where the applier alone owns it (Kubernetes, server-side apply)."""
    if view.settings.delivery not in DELIVERERS:
        return
    for lost in _lost_labels(view):
        if lost.removal.answer not in ("no", "unproven"):
            continue
        labels = lost.planned.namespace.labels
        effect = f"stays and wins over {REVISION_LABEL}" if REVISION_LABEL in labels else "stays and injects"
        whole = view.settings.namespaces == "manifest"
        way = "remove it by hand" if whole else "have the namespace's owner remove it first"
        doubt = "so" if lost.removal.answer == "no" else "otherwise"
        message = (
            f"{lost.had}, which the spec no longer says. {lost.removal.why}: {doubt} it {effect}, and nothing moves. "
            f"Keep the label and move what it names, or {way}"
        )
        # A namespace that is whole in this repo has no other owner, unless somebody changed it by hand.
        sure = lost.removal.answer == "no" or not whole
        yield Violation(message, lost.planned.namespace.resource, LABELS, None if sure else "warning")


def owners_labels(view: View) -> Iterator[Violation]:
    """A patch is applied by nobody but the namespace's owner."""
    for lost in _lost_labels(view):
        if lost.removal.answer == "owner":
            message = (
                f"{lost.had}, which the spec no longer says: {lost.removal.why}. Until then the namespace stays with "
                "whom it follows"
            )
            yield Violation(message, lost.planned.namespace.resource, LABELS)


def no_label(view: View) -> Iterator[Violation]:
    """As Istio's IST0102, but not for namespaces of the mesh itself, nor where all namespaces are injected."""
    plan = view.plan
    if plan.injects_by_default:
        return
    own = {revision.record.namespace for revision in plan.revisions} | {"istio-system", *SYSTEM_NAMESPACES}
    own |= {agent.spec.namespace for agent in (plan.cni, plan.ztunnel) if agent}
    for planned in plan.namespaces:
        labels = planned.namespace.labels
        decided = labels.get(INJECTION_LABEL) or REVISION_LABEL in labels or joins_ambient(labels)
        if not decided and planned.namespace.name not in own:
            message = (
                f"no label says whether its pods get a proxy, so they get none. `{INJECTION_LABEL}: disabled` says "
                "that this is meant"
            )
            yield Violation(message, planned.namespace.resource, LABELS)


def odd_value(view: View) -> Iterator[Violation]:
    """Only the value `enabled` injects; any other, `true` as well, does what `disabled` does."""
    for planned in view.plan.namespaces:
        labels = planned.namespace.labels
        injection = labels.get(INJECTION_LABEL)
        if injection and injection not in ("enabled", "disabled"):
            message = (
                f"{injection} means disabled, as every value but enabled does: its pods get no proxy. "
                "Write enabled or disabled"
            )
            yield Violation(message, planned.namespace.resource, (*LABELS, INJECTION_LABEL))
        elif labels.get(REVISION_LABEL) == "":
            message = "is empty, which no revision or tag serves: its pods get no proxy. Name one, or remove the label"
            yield Violation(message, planned.namespace.resource, (*LABELS, REVISION_LABEL))


def workload_of_nobody(view: View) -> Iterator[Violation]:
    """A workload's own label names a revision or tag that nobody serves; where its namespace decides, that counts."""
    plan = view.plan
    namespaces = {planned.namespace.name: planned.namespace.labels for planned in plan.namespaces}
    for resource in plan.specs.extra:
        for pod in pods_of([resource]):
            decision = decide(namespaces.get(pod.namespace, {}), pod.labels, by_default=plan.injects_by_default)
            if decision.side != "pod" or decision.wants is None or decision.wants in plan.names:
                continue
            if refusal(pod, None, {}):
                continue  # it gets no proxy on purpose
            template = TEMPLATES[resource.group, resource.kind]
            served = ", ".join(sorted(plan.names)) or "none"
            message = (
                f"asks for {decision.wants}, which no revision or tag of this cluster serves: "
                f"its pods get no proxy (served: {served})"
            )
            yield Violation(message, resource, (*template, *LABELS, decision.key or ""))


def _which_wins(plan: ClusterPlan, planned: PlannedNamespace) -> str:
    labels = planned.namespace.labels
    injection, revision = labels[INJECTION_LABEL], labels[REVISION_LABEL]
    if injection == "enabled":
        default = plan.default.name if plan.default else "nobody"
        effect = (
            f"{INJECTION_LABEL} wins, and means the default ({default}): {REVISION_LABEL}: {revision} has no effect"
        )
    else:
        effect = f"{INJECTION_LABEL}: {injection} wins, so its pods get no proxy, while {revision} counts as in use"
    return f"has both injection labels. {effect}. Remove one of them"


def _weight(plan: ClusterPlan, planned: PlannedNamespace) -> Severity | None:
    """Returns an error where the label without effect would lead to another revision: a move by it would do nothing."""
    labels = planned.namespace.labels
    wanted = labels[REVISION_LABEL]
    leads_to = next((tag.revision for tag in plan.tags if tag.name == wanted), wanted)
    served = plan.default.name if plan.default else None
    return "error" if labels[INJECTION_LABEL] == "enabled" and leads_to != served else None


@dataclass(frozen=True, slots=True)
class _LostLabel:
    """An injection label that decided before and is gone from the spec; `had` says where it was seen."""

    planned: PlannedNamespace
    had: str
    removal: Removal


def _lost_labels(view: View) -> Iterator[_LostLabel]:
    seen = view.observation.namespaces if view.observation else {}
    for planned in view.plan.namespaces:
        namespace = planned.namespace
        live = seen.get(namespace.name)
        before = live.labels if live else view.before.namespaces.get(namespace.name, {})
        key = _lost_label(before, namespace.labels)
        if key is not None:
            owners = (live.owners or {}).get(key) if live else None
            had = f"{'has, as observed,' if live else 'was delivered with'} {key}: {before[key]}"
            yield _LostLabel(planned, had, may_remove_label(view.settings.delivery, view.settings.namespaces, owners))


def _lost_label(before: Labels, now: Labels) -> str | None:
    """Returns the injection label that decided before, and that the spec no longer has."""
    if INJECTION_LABEL in now:
        return None  # It wins, whatever else stays.
    return next((key for key in (INJECTION_LABEL, REVISION_LABEL) if key in before and key not in now), None)


RULES = (
    Rule(
        "MR101",
        "One label wins without a word, and moving the namespace by the other does nothing (Istio's IST0123).",
        two_labels,
    ),
    Rule(
        "MR102",
        "Server-side apply removes a label only where nobody else set it; one that stays goes on deciding.",
        unremovable_label,
    ),
    Rule(
        "MR103",
        "Its pods get no proxy, and nobody can tell whether that is meant (Istio's IST0102).",
        no_label,
    ),
    Rule(
        "MR104",
        "Any value of istio-injection but enabled means disabled, and an empty istio.io/rev names nobody.",
        odd_value,
    ),
    Rule(
        "MR105",
        "The pods of the workload start without a proxy.",
        workload_of_nobody,
    ),
    Rule(
        "MR106",
        "The patch removes it, and nothing moves before the owner's repository takes the patch in.",
        owners_labels,
    ),
)
