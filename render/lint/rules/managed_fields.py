"""Rules on what other field managers own in a cluster of what the tree brings there."""

from __future__ import annotations

from collections.abc import Iterator

from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.plan.kept_fields import kept_fields


def fields_of_others(view: View) -> Iterator[Violation]:
    for one in view.objects:
        for kept in kept_fields(one.data, view.observation, view.settings.delivery):
            message = (
                f"{kept.title} has, as observed, {kept.field}, which the specs do not say. {kept.keepers_text} set it "
                "too or alone, so delivering leaves it in the cluster: take it away once"
            )
            yield Violation(message, one.spec)


RULES = (
    Rule(
        "MR169",
        "What stays still decides: a webhook injects pods, and istiod reads a variable.",
        fields_of_others,
    ),
)
