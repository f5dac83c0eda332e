"""All rules by their codes, and one cluster asked all of them. A code keeps its meaning for ever; each has a page."""

from __future__ import annotations

from collections.abc import Iterator

from render.kustomize.problem import Problem
from render.lint.rule import Rule
from render.lint.rules import (
    components,
    defaults,
    delivery,
    hazards,
    istio_labels,
    labels,
    managed_fields,
    managed_revisions,
    meshes,
    proxies,
    revision_labels,
    templates,
    versions,
    webhooks,
    wiring,
    workloads,
)
from render.lint.view import View

# Codes whose findings are made elsewhere: by the plan, by the proof, and of waivers by `waivers.py`.
_ELSEWHERE = (
    Rule(
        "MR075",
        "Its pods would get no proxy when they are made anew.",
    ),
    Rule(
        "MR076",
        "Its pods get no proxy when they are made anew, and nobody is told.",
    ),
    Rule(
        "MR078",
        "Two injectors break the pod, a wrong one gives it another revision (Istio's IST0139).",
    ),
    Rule(
        "MR079",
        "Unless another cluster's control plane injects them, its pods get no proxy.",
    ),
    Rule(
        "MR128",
        "Helm does not install it there, and what it renders was never tried with such a Kubernetes.",
    ),
    Rule(
        "MR310",
        "The control plane, or who asks it, goes by another name or address than the fleet says.",
    ),
    Rule(
        "MR311",
        "A cluster without a control plane: its pods cannot be created, or get no configuration.",
    ),
    Rule(
        "MR312",
        "The gateway's pods have no proxy, and no other cluster reaches this one.",
    ),
    Rule(
        "MR313",
        "The remote's webhooks and proxies ask an istiod that is not there.",
    ),
    Rule(
        "MR314",
        "istiod keeps the endpoints of one of the two, and proxies are told the wrong network.",
    ),
    Rule(
        "MR315",
        "Requests to pods of that network from another find no endpoint.",
    ),
    Rule(
        "MR316",
        "mTLS between pods of the two clusters is refused.",
    ),
)
EXPIRED = Rule(
    "MR190",
    "What it accepted for a while is accepted no longer.",
)
UNMATCHED = Rule(
    "MR191",
    "It hides what nobody meant to hide when such a finding comes back.",
)
NO_SUCH_RULE = Rule(
    "MR192",
    "The rule that was meant keeps its own severity.",
)

_ALL = (
    *_ELSEWHERE,
    *labels.RULES,
    *istio_labels.RULES,
    *revision_labels.RULES,
    *defaults.RULES,
    *versions.RULES,
    *components.RULES,
    *webhooks.RULES,
    *meshes.RULES,
    *wiring.RULES,
    *delivery.RULES,
    *workloads.RULES,
    *proxies.RULES,
    *templates.RULES,
    *managed_fields.RULES,
    *managed_revisions.RULES,
    *hazards.RULES,
    EXPIRED,
    UNMATCHED,
    NO_SUCH_RULE,
)
RULES: tuple[Rule, ...] = tuple(sorted(_ALL, key=lambda rule: rule.code))
BY_CODE = {rule.code: rule for rule in RULES}


def problems(view: View) -> Iterator[Problem]:
    """Yields what all rules find in one cluster, each with its code's own severity or the one that it has in this
    case."""
    for rule in RULES:
        yield from map(rule.problem, rule.find(view) if rule.find else ())
