"""The plan of one cluster."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.plan.cluster import ClusterPlan
from render.plan.inventory import Inventory
from tests.support.builders import document, istio, istio_revision, namespace, tag
from tests.support.cluster_plan import inventory_of, plan


def codes(planned: ClusterPlan) -> list[str]:
    return [problem.code for problem in planned.problems]


@pytest.mark.parametrize(
    ("strategy", "name"), [("InPlace", "mesh"), ("RevisionBased", "mesh-v1-24-2")], ids=["in place", "by revision"]
)
def test_the_strategy_names_the_revision(strategy: str, name: str) -> None:
    planned = plan(istio("v1.24.2", "mesh", strategy))
    assert [revision.name for revision in planned.revisions] == [name]
    assert planned.istios[0].active == name
    assert planned.revisions[0].active


def test_an_alias_is_resolved_before_it_names_the_revision() -> None:
    planned = plan(istio("v1.24-latest"))
    assert planned.revisions[0].name == "default-v1-24-6"
    assert planned.revisions[0].record.requested == "v1.24-latest"


def test_an_alias_keeps_meaning_what_the_tree_has_until_it_is_changed() -> None:
    older = plan(istio("v1.24-latest"))
    record = replace(older.revisions[0].record, name="default-v1-24-3", version="v1.24.3")
    again = plan(istio("v1.24-latest"), Inventory({record.name: record}))
    assert [revision.name for revision in again.revisions] == ["default-v1-24-3"]
    moved = plan(istio("v1.24.6"), Inventory({record.name: record}))
    assert moved.istios[0].active == "default-v1-24-6"


def test_the_revision_before_stays_and_is_frozen() -> None:
    before = plan(istio("v1.24.2"))
    after = plan(istio("v1.24.3"), inventory_of(before))
    kept = after.revision("default-v1-24-2")
    assert (kept.frozen, kept.active) == (True, False)
    assert kept.record == before.revisions[0].record
    assert after.istios[0].revisions == ("default-v1-24-3", "default-v1-24-2")


def test_a_spec_of_its_own_thaws_a_revision_and_leaves_it_to_its_istio() -> None:
    before = plan(istio("v1.24.2"))
    name = "default-v1-24-2"
    after = plan(istio("v1.24.3") + istio_revision(name, "v1.24.2"), inventory_of(before))
    thawed = after.revision(name)
    assert (thawed.frozen, thawed.record.istio) == (False, "default")
    again = plan(istio("v1.24.3"), inventory_of(after))
    assert again.revision(name).frozen
    assert codes(again) == []


def test_a_tag_follows_the_istio_and_keeps_its_target_in_use() -> None:
    text = istio("v1.24.2") + tag("prod")
    planned = plan(text)
    assert planned.tags[0].revision == "default-v1-24-2"
    assert (planned.tags[0].usage.status, planned.tags[0].state) == ("False", "NotReferencedByAnything")
    assert planned.revisions[0].usage.status == "True"


def test_a_tag_to_a_frozen_revision_resolves() -> None:
    before = plan(istio("v1.24.2"))
    after = plan(istio("v1.24.3") + tag("prod", "default-v1-24-2", "IstioRevision"), inventory_of(before))
    assert after.tags[0].revision == "default-v1-24-2"
    assert codes(after) == []


@pytest.mark.parametrize("kind", ["Istio", "IstioRevision"])
def test_a_tag_to_nowhere_is_an_error_that_names_what_there_is(kind: str) -> None:
    planned = plan(istio("v1.24.2") + tag("prod", "nosuch", kind))
    (problem,) = planned.problems
    assert (problem.code, problem.severity) == ("MR072", "error")
    assert "RefNotFound" in problem.message
    assert "default" in problem.message


def test_a_tag_cannot_point_at_a_remote_control_plane() -> None:
    text = istio("v1.24.2", profile="remote") + tag("prod")
    assert codes(plan(text)) == ["MR073"]


def test_a_tag_named_like_a_revision_is_an_error() -> None:
    assert codes(plan(istio("v1.24.2", "mesh", "InPlace") + tag("mesh", "mesh"))) == ["MR074"]


def test_a_tag_named_like_a_frozen_revision_is_an_error() -> None:
    before = plan(istio("v1.24.2", strategy="InPlace"))
    after = plan(istio("v1.24.2") + tag("default"), inventory_of(before))
    assert codes(after) == ["MR074"]


def test_two_specs_that_make_one_revision_are_an_error() -> None:
    name = "default-v1-24-2"
    assert codes(plan(istio("v1.24.2") + istio_revision(name, "v1.24.2"))) == ["MR070"]


@pytest.mark.parametrize("version", ["v1.24.2", "v1.24.3"])
def test_the_namespace_of_a_control_plane_cannot_change(version: str) -> None:
    before = plan(istio("v1.24.2"))
    after = plan(istio(version, namespace="elsewhere"), inventory_of(before))
    assert codes(after) == ["MR071"]
    assert "istio-system" in after.problems[0].message


def test_a_removed_tag_that_a_namespace_follows_is_an_error() -> None:
    text = istio("v1.24.2") + namespace("shop", "istio.io/rev: prod")
    before = plan(text + tag("prod"))
    assert codes(plan(text, inventory_of(before))) == ["MR075"]


def test_a_removed_tag_that_nobody_follows_goes() -> None:
    before = plan(istio("v1.24.2") + tag("prod"))
    assert codes(plan(istio("v1.24.2"), inventory_of(before))) == []


def test_a_namespace_that_follows_nobody_is_a_warning() -> None:
    planned = plan(istio("v1.24.2") + namespace("shop", "istio.io/rev: unheard-of"))
    assert [(problem.code, problem.severity) for problem in planned.problems] == [("MR076", "warning")]


def test_a_removed_istio_that_a_namespace_still_refers_to_is_an_error() -> None:
    shop = namespace("shop", "istio.io/rev: default-v1-24-2")
    before = plan(istio("v1.24.2") + shop)
    assert codes(plan(shop, inventory_of(before))) == ["MR077"]
    unrelated = namespace("other", "team: x")
    assert codes(plan(unrelated, inventory_of(before))) == []
    assert plan(unrelated, inventory_of(before)).revisions[0].frozen


def test_a_tree_is_not_emptied_because_its_specs_are() -> None:
    assert codes(plan("", inventory_of(plan(istio("v1.24.2"))))) == ["MR069"]
    assert codes(plan("")) == []


def test_a_namespace_where_injection_is_off_counts_as_a_reference_but_is_served_by_nobody() -> None:
    labels = "istio.io/rev: default-v1-24-2, istio-injection: disabled"
    planned = plan(istio("v1.24.2") + namespace("shop", labels))
    assert (planned.namespaces[0].follows, planned.namespaces[0].revision) == ("default-v1-24-2", None)
    assert planned.revisions[0].usage.by == ("Namespace/shop",)


def test_a_workload_that_is_passed_through_keeps_its_revision_in_use() -> None:
    template = "{template: {metadata: {labels: {istio.io/rev: default-v1-24-2}}}}"
    deployment = document("apps/v1", "Deployment", "web", namespace="shop", spec=template)
    planned = plan(istio("v1.24.2") + deployment)
    assert planned.revisions[0].usage.by == ("Pod/shop/Deployment/web",)


def test_a_mesh_of_several_clusters_is_told_each_ones_name() -> None:
    alone = plan(istio("v1.24.2")).revisions[0].record.values
    assert alone == {}
    several = plan(istio("v1.24.2"), mesh_id="m", network="n").revisions[0].record.values
    assert several == {"global": {"meshID": "m", "network": "n", "multiCluster": {"clusterName": "c"}}}


@given(st.permutations(["a", "b", "c"]))
def test_the_order_of_specs_changes_nothing(order: list[str]) -> None:
    texts = {
        "a": istio("v1.24.2"),
        "b": tag("prod"),
        "c": namespace("shop", "istio.io/rev: prod"),
    }
    planned = plan("".join(texts[name] for name in order))
    assert [(t.name, t.revision, t.usage) for t in planned.tags] == [
        (t.name, t.revision, t.usage) for t in plan("".join(texts.values())).tags
    ]
