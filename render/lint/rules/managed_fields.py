"""Rules on what other field managers own in a cluster of what the tree brings there."""

from __future__ import annotations

from collections.abc import Iterator

from render.kustomize.resource import Resource
from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.plan.observed.field_owners import object_title
from render.plan.observed.kept_fields import kept_fields


def fields_of_others(view: View) -> Iterator[Violation]:
    for one in view.objects:
        for kept in kept_fields(one.data, view.observation, view.settings.delivery):
            message = (
                f"{kept.title} has, as observed, {kept.field}, which the specs do not say. {kept.keepers_text} set it "
                "too or alone, so delivering leaves it in the cluster: take it away once"
            )
            yield Violation(message, one.spec)


def answers_of_the_server(view: View) -> Iterator[Violation]:
    """What the cluster's own API server said of the tree, as it was asked last: delivering fails, or leaves things."""
    report = view.verified
    if report is None:
        return
    asked = f"as the server said at {report.at:%Y-%m-%d %H:%M} UTC"
    for one in report.refused:
        yield Violation(f"{asked}, {one.title} is refused: {one.message}", _spec(view, one.title))
    for other in report.conflicts:
        message = f"{asked}, {other.title} has another value in {other.field}, which {other.owners_text} set"
        yield Violation(message, _spec(view, other.title))
    for left in report.left:
        what = f"has {left.field}, which the tree does not say" if left.field else "is there and not in the tree"
        message = f"{asked}, {left.title} {what}: delivering leaves it, of {left.owners_text}"
        yield Violation(message, _spec(view, left.title))


def _spec(view: View, title: str) -> Resource:
    """Returns the spec that asks for an object, that of the cluster where it is not known."""
    specs = (one.spec for one in view.objects if object_title(one.kind, one.namespace, one.name) == title)
    return next(specs, view.plan.specs.cluster.resource)


RULES = (
    Rule(
        "MR169",
        "What stays still decides: a webhook injects pods, and istiod reads a variable.",
        fields_of_others,
    ),
    Rule(
        "MR136",
        "Its delivery fails, or the cluster is not what the tree says.",
        answers_of_the_server,
    ),
)
