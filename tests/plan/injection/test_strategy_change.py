"""From InPlace to revisions and back: after each object of each sync, in any order, one webhook serves `default`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.plan.cluster import ClusterPlan
from render.plan.injection.label_selectors import Labels
from render.plan.injection.proof import prove
from render.plan.injection.webhook_entries import firing, webhooks
from render.plan.inventory import Inventory
from tests.support.builders import istio, istio_revision, namespace, tag
from tests.support.cluster_plan import fleet, inventory_of, plan
from tests.support.delivery_hosts import Cluster, Item, Tree, tree

SHOP = namespace("shop", "istio-injection: enabled")
REVISION, INJECTOR = "default-v1-24-2", "istio-sidecar-injector"
IN_PLACE, BY_REVISION = istio(strategy="InPlace") + SHOP, istio() + SHOP


def default_to(target: str, kind: str = "IstioRevision", injector: str = INJECTOR) -> str:
    return tag("default", target, kind, annotations=f"{{meshrev.io/injector: {injector}}}")


# Each is what the specs say after a step; the last two are those of a fleet that began with revisions.
TO_REVISIONS = (
    IN_PLACE,
    IN_PLACE + default_to("default", "Istio"),
    BY_REVISION + default_to("default"),
    BY_REVISION + default_to("default", "Istio"),
    IN_PLACE + default_to(REVISION),
    IN_PLACE + default_to("default", "Istio"),
    BY_REVISION + default_to("default"),
)
TAG = "istio-revision-tag-default"
TO_IN_PLACE = (
    BY_REVISION + tag("default"),
    IN_PLACE + default_to(REVISION, injector=TAG),
    IN_PLACE + default_to("default", "Istio", TAG),
    BY_REVISION + default_to("default", injector=TAG),
)
ELSEWHERE = (
    istio_revision("old") + istio_revision("new", "v1.24.2", "mesh-system") + namespace("shop", "istio.io/rev: prod")
)
TO_ANOTHER_NAMESPACE = (
    ELSEWHERE + tag("prod", "old", "IstioRevision"),
    ELSEWHERE + tag("prod", "new", "IstioRevision", "{meshrev.io/injector: istio-revision-tag-prod}"),
    ELSEWHERE + tag("prod", "old", "IstioRevision", "{meshrev.io/injector: istio-revision-tag-prod}"),
)
WALKS = pytest.mark.parametrize(
    "walk", [TO_REVISIONS, TO_IN_PLACE, TO_ANOTHER_NAMESPACE], ids=["to-revisions", "to-in-place", "to-a-namespace"]
)


def trees(walk: Iterable[str], delivery: str = "none") -> list[Tree]:
    found: list[Tree] = []
    for text in walk:
        before = inventory_of(found[-1].plan) if found else Inventory()
        planned = plan(text, before, of=fleet(delivery={"type": delivery}))
        assert [problem.message for problem in planned.problems if problem.severity == "error"] == []
        found.append(tree(planned, found[-1] if found else None))
    return found


def fired(objects: Iterable[Item], labels: Labels, pod: Labels) -> list[str]:
    configurations = [json.loads(one.manifest.json) for one in objects if one.manifest.kind.startswith("Mutating")]
    return [one.configuration for one in firing(webhooks(configurations), labels, pod)]


def assert_one_injector(objects: Iterable[Item], followed: str) -> None:
    """Of the pods that follow the name, by their namespace's labels or their own; and nothing is injected twice."""
    objects = list(objects)
    configurations = [json.loads(one.manifest.json) for one in objects if one.manifest.kind.startswith("Mutating")]
    found = webhooks(configurations)
    assert prove(found, {one.serves for one in found}) is None
    assert len(fired(objects, {"istio.io/rev": followed}, {})) == 1
    assert len(fired(objects, {}, {"istio.io/rev": followed})) == 1
    if followed == "default":
        assert len(fired(objects, {"istio-injection": "enabled"}, {})) == 1
        assert len(fired(objects, {}, {"sidecar.istio.io/inject": "true"})) == 1


@settings(deadline=None, max_examples=25)
@WALKS
@given(st.data())
def test_in_any_order_of_objects_and_with_steps_left_out_one_webhook_serves_a_name(
    walk: tuple[str, ...], data: st.DataObject
) -> None:
    steps = trees(walk)
    followed = "prod" if walk is TO_ANOTHER_NAMESPACE else "default"
    objects = {item.id: item for item in steps[0].items}
    left = steps[1:]
    while left:
        left = left[data.draw(st.integers(0, len(left) - 1)) :]
        wanted = {item.id: item for item in left.pop(0).items}
        changed = sorted(one for one in wanted.keys() | objects.keys() if wanted.get(one) != objects.get(one))
        for one in data.draw(st.permutations(changed)):
            objects.pop(one, None)
            objects |= {one: wanted[one]} if one in wanted else {}
            assert_one_injector(objects.values(), followed)


def hosts(delivery: str, cluster: Cluster, wanted: Tree) -> Iterator[str]:
    if delivery == "argocd":
        return cluster.argocd(wanted, ())
    return cluster.flux(wanted, order=["mesh-namespaces"] if delivery == "flux-namespaces-first" else [])


@WALKS
@pytest.mark.parametrize("delivery", ["argocd", "flux", "flux-namespaces-first"])
def test_a_host_leaves_one_webhook_for_a_name_after_each_step(walk: tuple[str, ...], delivery: str) -> None:
    followed = "prod" if walk is TO_ANOTHER_NAMESPACE else "default"
    cluster = Cluster()
    steps = trees(walk, delivery.partition("-")[0])
    list(hosts(delivery, cluster, steps[0]))
    for step in steps[1:]:
        for _ in hosts(delivery, cluster, step):
            assert_one_injector(cluster.objects.values(), followed)
        assert {item.id: item for item in step.items} == cluster.objects


def webhook_names(planned: ClusterPlan) -> list[str]:
    return [one.manifest.name for one in tree(planned).items if one.manifest.kind.startswith("Mutating")]


def test_a_tag_with_an_injector_injects_for_the_revision_of_its_name() -> None:
    planned = plan(IN_PLACE + default_to("default", "Istio"))
    assert webhook_names(planned) == [INJECTOR]
    (own,) = planned.revisions
    assert own.replaced
    assert own.usage.by == ("IstioRevisionTag/default",)
    assert planned.tags[0].usage.by == ("Namespace/shop",)


def test_a_tag_without_an_injector_keeps_the_name_of_the_chart() -> None:
    assert webhook_names(plan(BY_REVISION + tag("default")))[-1] == TAG


def test_a_revision_of_a_spec_of_its_own_keeps_its_name_from_tags() -> None:
    text = istio_revision("prod") + istio_revision("next", "v1.24.3")
    planned = plan(text + tag("prod", "next", "IstioRevision", "{meshrev.io/injector: istio-sidecar-injector-prod}"))
    assert [problem.code for problem in planned.problems] == ["MR074"]
