"""What an observation says about use, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from render.plan.cluster import ClusterPlan
from render.plan.observed.observation import (
    UNSEEN,
    Freshness,
    Observation,
    ObservedNamespace,
    freshness,
    retire_usage,
    with_observation,
)
from tests.support.builders import istio, tag
from tests.support.cluster_plan import inventory_of, plan

AT = datetime(2026, 8, 22, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FRESH = Freshness(HOUR)
OLD, NEW = "default-v1-24-2", "default-v1-24-3"


@pytest.fixture
def upgraded() -> ClusterPlan:
    """An inactive revision beside the active one, which the tag prod follows."""
    return plan(istio("v1.24.3") + tag("prod"), inventory_of(plan(istio("v1.24.2") + tag("prod"))))


def seen(**namespaces: dict[str, Any]) -> Observation:
    found = {name: ObservedNamespace(**({"labels": {}, "pods": 3} | fields)) for name, fields in namespaces.items()}
    return Observation("c", AT, None, found)


def usage(found: ClusterPlan, name: str) -> str:
    planned = next(one for one in (*found.revisions, *found.tags) if one.name == name)
    return planned.usage.status


def test_a_revision_that_pods_still_carry_is_in_use_until_they_are_gone(upgraded: ClusterPlan) -> None:
    assert usage(upgraded, OLD) == "False"
    carried = with_observation(upgraded, seen(shop={"revisions": {OLD: 2, NEW: 1}}))
    assert usage(carried, OLD) == "True"
    assert carried.revision(OLD).usage.by == ("2 pods of Namespace/shop",)
    assert usage(with_observation(upgraded, seen(shop={"revisions": {NEW: 3}})), OLD) == "False"


def test_a_namespace_that_only_the_cluster_knows_uses_what_its_labels_say(upgraded: ClusterPlan) -> None:
    found = with_observation(upgraded, seen(legacy={"labels": {"istio.io/rev": OLD}}, shop={"references": {"prod": 1}}))
    assert (usage(found, OLD), usage(found, "prod")) == ("True", "True")


def test_a_pods_own_label_counts_only_where_its_namespace_refers_to_nothing(upgraded: ClusterPlan) -> None:
    labelled = seen(shop={"labels": {"istio-injection": "enabled"}, "references": {OLD: 1}})
    assert usage(with_observation(upgraded, labelled), OLD) == "False"
    assert usage(with_observation(upgraded, seen(shop={"references": {OLD: 1}})), OLD) == "True"


def test_pods_of_a_revision_are_no_use_of_a_tag(upgraded: ClusterPlan) -> None:
    assert usage(with_observation(upgraded, seen(shop={"revisions": {NEW: 3}})), "prod") == "False"


@pytest.mark.parametrize(
    ("now", "moved", "known", "stale"),
    [
        (AT + DAY, None, True, None),
        (AT + DAY + timedelta(seconds=1), None, True, "too-old"),
        (AT + HOUR, AT, True, None),
        (AT + HOUR, AT + timedelta(seconds=1), True, "before-the-last-move"),
        (AT + HOUR, None, False, "last-move-unknown"),
        (AT - timedelta(minutes=4), None, True, None),
        (AT - timedelta(minutes=6), None, True, "from-the-future"),
    ],
)
def test_an_observation_counts_for_a_time_and_only_after_the_last_move(
    now: datetime, moved: datetime | None, known: bool, stale: str | None
) -> None:
    assert freshness(seen(), now, DAY, moved, history_known=known).stale == stale


def test_an_age_is_never_negative() -> None:
    assert freshness(seen(), AT - HOUR, DAY, None).age == timedelta()


def test_retiring_takes_what_is_unknown_for_used(upgraded: ClusterPlan) -> None:
    old = upgraded.revision(OLD)
    gone = seen(shop={"revisions": {NEW: 3}})
    assert retire_usage(old, gone, FRESH).status == "False"
    unknown = {
        "not observed": retire_usage(old, None, None),
        "stale": retire_usage(old, gone, Freshness(HOUR, "too-old")),
        "saw no pod": retire_usage(old, seen(shop={"pods": 0}), FRESH),
        "whose revision is unknown": retire_usage(old, seen(shop={"revisions": {UNSEEN: 1}}), FRESH),
    }
    for why, found in unknown.items():
        assert (found.status, found.reason) == ("Unknown", "UsageCheckFailed")
        assert why in found.by[0]


def test_retiring_believes_old_evidence_of_use(upgraded: ClusterPlan) -> None:
    carried = seen(shop={"revisions": {OLD: 1}})
    assert retire_usage(upgraded.revision(OLD), carried, Freshness(9 * DAY, "too-old")).status == "True"


def test_retiring_a_tag_asks_for_labels_only(upgraded: ClusterPlan) -> None:
    (tag,) = upgraded.tags
    assert retire_usage(tag, seen(shop={"revisions": {UNSEEN: 1, NEW: 1}}), FRESH).status == "False"
    assert retire_usage(tag, None, None).status == "Unknown"
    assert retire_usage(upgraded.revision(NEW), seen(shop={}), FRESH).by == ("IstioRevisionTag/prod",)


def test_a_tags_webhook_in_the_cluster_uses_the_revision_that_it_calls(upgraded: ClusterPlan) -> None:
    """What moved the tag is committed, and not yet applied."""
    services = {"istio-revision-tag-x": ("istio-system/istiod-default-v1-24-2",)}
    (left,) = (one for one in upgraded.revisions if one.name == OLD)
    observation = replace(seen(shop={"pods": 1}), webhooks=services)
    found = retire_usage(left, observation, FRESH)
    assert found.status == "True"
    assert "MutatingWebhookConfiguration/istio-revision-tag-x in the cluster" in found.by
    other = {"istio-revision-tag-x": ("istio-system/istiod-default-v1-24-3",)}
    assert retire_usage(left, replace(observation, webhooks=other), FRESH).status == "False"
