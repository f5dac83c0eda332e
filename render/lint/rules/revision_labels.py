"""Rules on `istio.io/rev` of what is passed through: of Gateways and configuration, and of workloads."""

from __future__ import annotations

from collections.abc import Iterator

from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.messages import FieldPath, did_you_mean, short
from render.plan.cluster import ClusterPlan
from render.plan.config_objects import ConfigObject, config_object, gateway_classes
from render.plan.gateways import DEFAULT
from render.plan.injection.precedence import decide
from render.plan.labels import REVISION_LABEL
from render.plan.workloads import TEMPLATES, pods_of

LABELS: FieldPath = ("metadata", "labels")


def config_of_nobody(view: View) -> Iterator[Violation]:
    """A Gateway or configuration that names a revision or tag which nobody serves, and a Gateway without a label where
    nothing is the default. What its namespace names is told of the namespace (MR076)."""
    plan = view.plan
    namespaces = {planned.namespace.name: planned.namespace.labels for planned in plan.namespaces}
    classes = gateway_classes(plan.specs.extra)
    served = ", ".join(sorted(plan.names)) or "none"
    for resource in plan.specs.extra if plan.revisions else ():
        found = config_object(resource, classes)
        own = found.labels.get(REVISION_LABEL) if found else None
        if found and own and own not in plan.names:
            message = (
                f"asks for {short(own)}, which no revision or tag of this cluster serves"
                f"{did_you_mean(own, plan.names)}: {_effect(found)} (served: {served})"
            )
            yield Violation(message, resource, (*LABELS, REVISION_LABEL))
        elif found and not own and plan.default is None and found.namespace in namespaces:
            if found.wants(namespaces[found.namespace]) != DEFAULT:
                continue
            message = (
                f"has no {REVISION_LABEL}, and neither has its namespace, which means default, and nothing here is "
                f"called so: {_effect(found)} (served: {served})"
            )
            yield Violation(message, resource, LABELS)


def namespace_wins(view: View) -> Iterator[Violation]:
    """A workload's own revision beside a label of its namespace, which wins, where that leads somewhere else."""
    plan = view.plan
    namespaces = {planned.namespace.name: planned.namespace.labels for planned in plan.namespaces}
    for resource in plan.specs.extra:
        for pod in pods_of([resource]):
            labels = namespaces.get(pod.namespace, {})
            own = pod.labels.get(REVISION_LABEL)
            decision = decide(labels, pod.labels, by_default=plan.injects_by_default)
            if not own or decision.side != "namespace" or decision.key is None or decision.key not in labels:
                continue
            wins = f"{decision.key}: {labels[decision.key]}"
            if decision.wants is None:
                effect = "its pods get no proxy"
            elif _leads_to(plan, decision.wants) == _leads_to(plan, own):
                continue
            else:
                effect = f"its pods get the proxy of {decision.wants}"
            message = f"asks for {short(own)}, and {wins} of namespace {pod.namespace} wins: {effect}"
            path = (*TEMPLATES[resource.group, resource.kind], *LABELS, REVISION_LABEL)
            yield Violation(f"{message}. Take one of the two away", resource, path)


def _effect(found: ConfigObject) -> str:
    return "no istiod deploys it, or gives it routes" if found.deployed else "no istiod reads it"


def _leads_to(plan: ClusterPlan, name: str) -> str | None:
    """Returns the revision that a name means, None where it means none."""
    tags = {tag.name: tag.revision for tag in plan.tags}
    return tags.get(name, name if name in plan.names else None)


RULES = (
    Rule("MR264", "What it was to configure is configured by nobody, and nobody is told.", config_of_nobody),
    Rule("MR265", "Its pods get another proxy than the one that is written there, or none.", namespace_wins),
)
