"""All rules by their codes, and one cluster asked all of them. A code keeps its meaning for ever; each has a page."""

from __future__ import annotations

from collections.abc import Iterator

from render.kustomize.problem import Problem
from render.lint import components, defaults, delivery, hazards, labels, meshes, versions, webhooks
from render.lint.rule import Rule
from render.lint.view import View

# A page for each code, in meshrev's own repository.
DOCS = "docs/rules"

# Codes whose findings are made elsewhere: by the plan, by the proof, and of waivers by `judgement.py`.
_ELSEWHERE = (
    Rule(
        "MR075",
        "A namespace follows a tag that the specs no longer have",
        "error",
        "labels",
        "Its pods would get no proxy when they are made anew.",
    ),
    Rule(
        "MR076",
        "A namespace follows a revision or tag that nobody serves",
        "error",
        "labels",
        "Its pods get no proxy when they are made anew, and nobody is told.",
    ),
    Rule(
        "MR078",
        "Two webhooks inject one pod, or the wrong one does",
        "error",
        "webhooks",
        "Two injectors break the pod, a wrong one gives it another revision (Istio's IST0139).",
    ),
    Rule(
        "MR079",
        "A namespace follows a revision that has no webhook here",
        "warning",
        "webhooks",
        "Unless another cluster's control plane injects them, its pods get no proxy.",
    ),
)
EXPIRED = Rule(
    "MR190",
    "A waiver has expired",
    "warning",
    "waivers",
    "What it accepted for a while is accepted no longer.",
)
UNMATCHED = Rule(
    "MR191",
    "A waiver matches nothing",
    "info",
    "waivers",
    "It hides what nobody meant to hide when such a finding comes back.",
)
NO_SUCH_RULE = Rule(
    "MR192",
    "A severity is set for a code that no rule has",
    "warning",
    "waivers",
    "The rule that was meant keeps its own severity.",
)

RULES: tuple[Rule, ...] = (
    *_ELSEWHERE,
    *labels.RULES,
    *defaults.RULES,
    *versions.RULES,
    *components.RULES,
    *webhooks.RULES,
    *meshes.RULES,
    *delivery.RULES,
    *hazards.RULES,
    EXPIRED,
    UNMATCHED,
    NO_SUCH_RULE,
)
BY_CODE = {rule.code: rule for rule in RULES}


def problems(view: View) -> Iterator[Problem]:
    """What all rules find in one cluster, each with its rule's own severity or the one that it has in this case."""
    for rule in RULES:
        for found in rule.find(view) if rule.find else ():
            yield Problem(rule.code, found.message, found.resource, found.path, found.severity or rule.severity)


def page(code: str) -> str | None:
    """The path of a code's page in meshrev's repository; None for mistakes in specs, whose messages say all."""
    return f"{DOCS}/{code}.md" if code in BY_CODE else None


def title(code: str) -> str:
    """What a code stands for, in a few words."""
    if code in BY_CODE:
        return BY_CODE[code].title
    number = int(code.removeprefix("MR"))
    return next((text for last, text in _RANGES if number <= last), code)


_RANGES = (
    (19, "A file that cannot be read"),
    (39, "A kustomization that cannot be built"),
    (69, "A mistake in a spec"),
    (89, "A mistake in how specs belong together"),
    (99, "Something about the rendered tree"),
)
