"""Rules on the default revision and on tags: who serves `default`, what it points at, names that can be confused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from render.kustomize.resource import Resource
from render.lint.rule import ClusterViolation, Rule, Violation
from render.lint.view import ClusterObject, View
from render.messages import FieldPath
from render.plan.cluster import PlannedRevision, PlannedTag
from render.plan.injection.label_selectors import matches
from render.plan.revision_facts import BY_DEFAULT, injects_by_default, is_remote
from render.yamlio.location import value_at

FOLLOWS = "meshrev.io/follows"  # what a tag follows once its rollout is over
NAME: FieldPath = ("metadata", "name")
TARGET: FieldPath = ("spec", "targetRef", "name")


def several_defaults(view: View) -> Iterator[Violation]:
    """Beside the default of the plan: a validator that is passed through, or a revision that claims every namespace.

    Two injectors for one pod are found by the proof (MR078), a tag `default` beside a revision `default` by the plan.
    """
    default = view.plan.default
    validators = [one for one in view.of_kind("ValidatingWebhookConfiguration") if _validates_all(one)]
    for one in validators if len(validators) > 1 else ():
        if one.spec.data is one.data:
            others = ", ".join(sorted(f"{other.kind}/{other.name}" for other in validators if other is not one))
            message = (
                "is a second validator of configuration without a revision: every such object has to please it and "
                f"{others}. Take it out of these specs, or let no revision or tag here be called default"
            )
            yield Violation(message, one.spec, NAME)
    for revision in view.plan.revisions:
        if injects_by_default(revision.record) and revision is not default:
            serves = f"{default.name} is the default here" if default else "nothing here is the default"
            message = (
                f"asks to inject every namespace without labels, which only the default revision does, and {serves}: "
                f"it has no effect on {revision.name}"
            )
            yield Violation(message, view.spec_of(revision), ("spec", "values", *BY_DEFAULT), "warning")


def no_default(view: View) -> Iterator[Violation]:
    """No revision or tag `default`: then there is no `istiod-default-validator` either (Sail Operator, issue 749)."""
    plan = view.plan
    validating = [one for one in plan.revisions if one.active and _validates(one)]
    served = (
        plan.default
        or "default" in plan.names
        or any(_validates_all(one) for one in view.of_kind("ValidatingWebhookConfiguration"))
    )
    if validating and not served:
        names = ", ".join(one.name for one in validating)
        message = (
            f"nothing in this cluster is called default (revisions: {names}): Istio configuration without the label "
            f"istio.io/rev is not validated, and neither istio-injection: enabled nor sidecar.istio.io/inject: true "
            "injects. An IstioRevisionTag named default says who serves them"
        )
        yield Violation(message, view.spec_of(validating[-1]), NAME)


def passing_default(view: View) -> Iterator[Violation]:
    """The default is a revision that is not active any more. In a rollout that is a step, and only told."""
    plan = view.plan
    default = plan.default
    if default is None or not default.frozen:
        return
    active = next((one.active for one in plan.istios if one.istio.name == default.record.istio), None)
    instead = f"{active} is active" if active else "its Istio is gone"
    tag = next((tag for tag in plan.tags if tag.name == "default"), None)
    message = (
        f"the default is {default.name}, which is kept as it is until it is retired ({instead}): the default validator "
        "would then point at nothing and reject all Istio configuration. Move the default before retiring it"
    )
    if tag is None:
        yield Violation(message, view.spec_of(default), NAME)
    else:
        step = FOLLOWS in ((tag.tag.resource.data.get("metadata") or {}).get("annotations") or {})
        yield Violation(message, tag.tag.resource, TARGET, "info" if step else None)


def like_a_revision_to_be(view: View) -> Iterator[Violation]:
    """A tag that has the name of a revision that an Istio of the cluster makes of some version."""
    istios = {planned.istio.name for planned in view.plan.istios if planned.istio.strategy == "RevisionBased"}
    for tag in view.plan.tags:
        match = re.fullmatch(r"(.+)-v(\d+)-(\d+)-(\d+)", tag.name, re.ASCII)
        if match and match[1] in istios:
            version = ".".join(match.groups()[1:])
            message = (
                f"is the name that the revision of Istio {match[1]} has at v{version}: that version could not come in, "
                "and until then the tag reads like it. Rename the tag"
            )
            yield Violation(message, tag.tag.resource, NAME)


@dataclass(frozen=True, slots=True)
class Names:
    """What labels can name in one cluster: its revisions, and its tags by name with their specs."""

    cluster: str
    revisions: frozenset[str]
    tags: Mapping[str, Resource]


def names(view: View) -> Names:
    plan = view.plan
    tags: Sequence[PlannedTag] = plan.tags
    return Names(
        plan.specs.cluster.name,
        frozenset(revision.name for revision in plan.revisions),
        {tag.name: tag.tag.resource for tag in tags},
    )


def like_a_revision_elsewhere(fleet: Iterable[Names]) -> Iterator[ClusterViolation]:
    """Yields tags that are called like a revision of another cluster, each with its cluster. `default` may be both."""
    every = list(fleet)
    holders: dict[str, str] = {}
    for one in every:
        for revision in one.revisions:
            holders.setdefault(revision, one.cluster)
    for one in every:
        for tag, resource in one.tags.items():
            if tag != "default" and tag in holders:
                message = (
                    f"is a tag here and a revision in another cluster ({holders[tag]}): the same label means a name "
                    "that moves in one and a pinned version in the other. Rename one of them"
                )
                yield ClusterViolation(one.cluster, Violation(message, resource, NAME))


def _validates(revision: PlannedRevision) -> bool:
    """Returns whether the revision's configuration is validated in this cluster at all: a remote one's is elsewhere."""
    record = revision.record
    return not is_remote(record) and value_at(record.values, "global", "configValidation") is not False


def _validates_all(one: ClusterObject) -> bool:
    """Returns whether it looks at Istio's configuration that is labelled with no revision."""
    try:
        return any(
            _is_of_istio(webhook) and matches(webhook.get("objectSelector"), {}) for webhook in one.data["webhooks"]
        )
    except (AttributeError, KeyError, TypeError, ValueError):  # passed through, and nothing that an API server accepts
        return False


def _is_of_istio(webhook: Mapping[str, Any]) -> bool:
    groups = [group for rule in webhook.get("rules") or () for group in rule["apiGroups"]]
    return any(group.endswith("istio.io") for group in groups)


LIKE_A_REVISION = Rule(
    "MR113",
    "A label then means a name that moves in one place and a pinned version in another.",
    like_a_revision_to_be,
)
RULES = (
    Rule(
        "MR110",
        "Who serves what names no revision must be one: two validators, or two that claim every namespace, are not.",
        several_defaults,
    ),
    Rule(
        "MR111",
        "Istio configuration is accepted unseen, and istio-injection: enabled injects nothing.",
        no_default,
    ),
    Rule(
        "MR112",
        "When that revision goes, the default validator points at nothing and all Istio configuration is rejected.",
        passing_default,
    ),
    LIKE_A_REVISION,
)
