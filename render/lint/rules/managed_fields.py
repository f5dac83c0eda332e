"""Rules on what other field managers own in a cluster of what the tree brings there."""

from __future__ import annotations

from collections.abc import Iterator

from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.plan.field_owners import field_texts, object_title
from render.plan.label_removal import keepers


def fields_of_others(view: View) -> Iterator[Violation]:
    """Applying removes a field only where nobody else owns it (Kubernetes, server-side apply, field management)."""
    observed = (view.observation.objects if view.observation else None) or {}
    for one in view.objects:
        title = object_title(one.kind, one.namespace, one.name)
        says = {*field_texts(one.data)} if title in observed else set()
        for field, owners in observed.get(title, {}).items():
            others = keepers(view.settings.delivery, owners)
            if field not in says and others:
                who = ", ".join(f"{owner.manager} ({owner.operation})" for owner in others)
                message = (
                    f"{title} has, as observed, {field}, which the specs do not say. {who} set it too or alone, so "
                    "delivering leaves it in the cluster: take it away once"
                )
                yield Violation(message, one.spec)


RULES = (
    Rule(
        "MR169",
        "What stays still decides: a webhook injects pods, and istiod reads a variable.",
        fields_of_others,
    ),
)
