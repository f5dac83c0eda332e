"""Who waits for whom: the graph, and what the hosts make of it, over random fleets and their histories."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.plan.cluster import ClusterPlan
from render.plan.delivery_order import Deliverable, SyncWave, delivery_order, sync_wave
from tests.support.builders import document, istio, namespace, node_agent, tag
from tests.support.cluster_plan import fleet, inventory_of, plan
from tests.support.delivery_hosts import WITH_HEALTH, Cluster, Tree, tree

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
RELEASE = {OLD: "v1.24.2", NEW: "v1.24.3"}
AGENTS = node_agent("IstioCNI") + node_agent("ZTunnel")
EXTRA = document("v1", "ConfigMap", "ours", namespace="ours")


@dataclass(frozen=True)
class Fleet:
    """A cluster's tags and namespaces by what they follow, and what it has beside them."""

    tags: dict[str, str]
    follows: dict[str, str]
    more: str = ""

    def plan(self, delivery: str, newest: str, before: ClusterPlan | None = None) -> ClusterPlan:
        spaces = (namespace(name, f"istio.io/rev: {target}") for name, target in self.follows.items())
        tags = (tag(name, target, "IstioRevision") for name, target in self.tags.items())
        text = "".join((istio(RELEASE[newest]), *tags, *spaces, self.more))
        found = plan(text, *([inventory_of(before)] if before else []), of=fleet(delivery={"type": delivery}))
        assert [problem for problem in found.problems if problem.severity == "error"] == []
        return found


BARE = Fleet({}, {})


def fleets(*revisions: str) -> st.SearchStrategy[Fleet]:
    """Fleets of which each tag points at one of the revisions, and each namespace follows a tag or a revision."""
    names = st.dictionaries(st.sampled_from(["prod", "canary", "default"]), st.sampled_from(revisions), max_size=3)
    more = st.sampled_from(["", AGENTS, EXTRA, AGENTS + EXTRA])

    def with_namespaces(tags: dict[str, str]) -> st.SearchStrategy[Fleet]:
        targets = st.sampled_from([*revisions, *tags])
        spaces = st.dictionaries(st.sampled_from(["cart", "shop", "etl"]), targets, max_size=3)
        return st.builds(Fleet, st.just(tags), spaces, more)

    return names.flatmap(with_namespaces)


def moved(before: Fleet, where: dict[str, str]) -> Fleet:
    """The fleet with its tags where they go, and each namespace that follows a revision by name where it goes."""
    tags = {name: where.get(target, target) for name, target in before.tags.items()}
    follows = {name: where.get(target, target) for name, target in before.follows.items()}
    return Fleet(tags, follows, before.more)


@dataclass(frozen=True)
class History:
    """A fleet at the old revision, with the new one beside it, moved to that, and taken back."""

    first: Tree
    introduced: Tree
    moved: Tree
    back: Tree


def history(of: Fleet, delivery: str, where: dict[str, str]) -> History:
    plans = [of.plan(delivery, OLD)]
    for one, newest in ((of, NEW), (moved(of, where), NEW), (of, NEW)):
        plans.append(one.plan(delivery, newest, plans[-1]))
    trees: list[Tree] = []
    for one in plans:
        trees.append(tree(one, trees[-1] if trees else None))
    return History(*trees)


def is_injected_by_somebody(cluster: Cluster) -> bool:
    """Whether every label in the cluster is one that a webhook there answers to."""
    answers = {OLD: f"_istio-sidecar-injector-{OLD}_", NEW: f"_istio-sidecar-injector-{NEW}_"}
    for item in cluster.objects.values():
        if item.manifest.kind == "Namespace":
            target = item.manifest.json.rpartition('"istio.io/rev":"')[2].partition('"')[0]
            webhook = answers.get(target, f"_istio-revision-tag-{target}_")
            if not any(one.startswith(webhook) for one in cluster.objects):
                return False
    return True


def workloads(of: Tree) -> set[str]:
    return {item.id for item in of.items if item.manifest.kind in WITH_HEALTH}


def holds(cluster: Cluster, wanted: Tree, folders: tuple[str, ...]) -> bool:
    """Whether the cluster has what a tree says in folders that begin like these."""
    return all(
        cluster.objects.get(item.id) == item for item in wanted.items if item.folder.partition("/")[0] in folders
    )


MOVES = ("tags", "mesh", "namespaces")


# The graph


def test_each_part_needs_what_answers_to_it_and_nothing_else() -> None:
    of = Fleet({"prod": OLD}, {"cart": "prod", "shop": NEW}, AGENTS + EXTRA)
    planned = of.plan("flux", NEW, BARE.plan("flux", OLD))
    folders = [f"revisions/{OLD}", f"revisions/{NEW}", "cni", "ztunnel", "mesh", "tags/prod", "namespaces", "extra"]
    old, new = Deliverable(f"revisions/{OLD}", SyncWave.SETTINGS), Deliverable(f"revisions/{NEW}", SyncWave.SETTINGS)
    prod = Deliverable("tags/prod", SyncWave.TAGS)
    cart, shop = (
        Deliverable("namespaces/cart", SyncWave.NAMESPACES),
        Deliverable("namespaces/shop", SyncWave.NAMESPACES),
    )
    needs = delivery_order(planned, folders)
    assert {part: set(needed) for part, needed in needs.items() if needed} == {
        Deliverable(f"revisions/{OLD}", SyncWave.WORKLOADS): {old},
        Deliverable(f"revisions/{NEW}", SyncWave.WORKLOADS): {new},
        Deliverable("cni", SyncWave.WORKLOADS): {Deliverable("cni", SyncWave.SETTINGS)},
        Deliverable("ztunnel", SyncWave.WORKLOADS): {Deliverable("ztunnel", SyncWave.SETTINGS)},
        prod: {old},
        cart: {prod},
        shop: {new},
        Deliverable("extra", SyncWave.WORKLOADS): {prod, cart, shop},
    }


@settings(deadline=None, max_examples=60)
@given(fleets(OLD, NEW))
def test_a_part_comes_in_a_later_step_than_all_that_it_needs_and_nobody_needs_a_workload(of: Fleet) -> None:
    planned = of.plan("argocd", NEW, BARE.plan("argocd", OLD))
    for part, needed in delivery_order(planned, tree_folders(planned)).items():
        assert all(other.wave < part.wave for other in needed)
        assert SyncWave.WORKLOADS not in {other.wave for other in needed}


def tree_folders(planned: ClusterPlan) -> list[str]:
    revisions = [f"revisions/{one.name}" for one in planned.revisions]
    return [*revisions, "cni", "ztunnel", "mesh", *(f"tags/{one.name}" for one in planned.tags), "namespaces", "extra"]


@pytest.mark.parametrize("kind", sorted(WITH_HEALTH))
def test_what_may_never_get_ready_is_of_the_last_wave(kind: str) -> None:
    assert sync_wave(f"revisions/{OLD}", kind) is sync_wave("cni", kind) is max(SyncWave)


# What the hosts do


@settings(deadline=None, max_examples=40)
@given(fleets(OLD), st.data())
def test_in_argo_cd_nothing_that_never_gets_ready_stands_before_anything(of: Fleet, data: st.DataObject) -> None:
    past = history(of, "argocd", {OLD: NEW})
    broken = data.draw(st.sets(st.sampled_from(sorted(workloads(past.moved)))))
    cluster = Cluster()
    for step in (past.first, past.introduced, past.moved, past.back):
        for _ in cluster.argocd(step, broken):
            assert is_injected_by_somebody(cluster)
        assert {item.id: item for item in step.items} == cluster.objects


@settings(deadline=None, max_examples=40)
@given(fleets(OLD), st.booleans(), st.booleans())
def test_in_flux_every_label_finds_its_webhook_after_every_step(
    of: Fleet, namespaces_first: bool, moved_at_once: bool
) -> None:
    past = history(of, "flux", {OLD: NEW})
    order = ["mesh-namespaces"] if namespaces_first else ["mesh-control-plane"]
    cluster = Cluster()
    for step in (past.first, *([] if moved_at_once else [past.introduced]), past.moved, past.back):
        for _ in cluster.flux(step, order=order):
            assert is_injected_by_somebody(cluster)
        assert {item.id: item for item in step.items} == cluster.objects


@settings(deadline=None, max_examples=40)
@given(fleets(OLD), st.data())
def test_in_flux_a_refused_object_of_a_revision_does_not_stand_before_the_way_back(
    of: Fleet, data: st.DataObject
) -> None:
    past = history(of, "flux", {OLD: NEW})
    cluster = Cluster()
    for step in (past.first, past.introduced, past.moved):
        list(cluster.flux(step))
    of_revisions = sorted(item.id for item in past.moved.items if item.folder.startswith("revisions/"))
    refused = data.draw(st.sets(st.sampled_from(of_revisions), min_size=1))
    list(cluster.flux(past.back, refused))
    assert holds(cluster, past.back, MOVES)


@settings(deadline=None, max_examples=40)
@given(fleets(OLD), st.data())
def test_in_flux_a_revision_that_is_refused_when_it_comes_changes_nothing_for_anybody(
    of: Fleet, data: st.DataObject
) -> None:
    past = history(of, "flux", {OLD: NEW})
    cluster = Cluster()
    list(cluster.flux(past.first))
    of_new = sorted(item.id for item in past.moved.items if item.folder == f"revisions/{NEW}")
    refused = data.draw(st.sets(st.sampled_from(of_new), min_size=1))
    for step in (past.introduced, past.moved):
        list(cluster.flux(step, refused))
        assert is_injected_by_somebody(cluster)
    list(cluster.flux(past.back, refused))
    assert holds(cluster, past.back, MOVES)


@settings(deadline=None, max_examples=40)
@given(fleets(OLD), st.sampled_from(["argocd", "flux"]), st.booleans())
def test_a_tag_goes_after_the_namespaces_that_followed_it(of: Fleet, host: str, control_plane_first: bool) -> None:
    before = tree(of.plan(host, OLD))
    left = Fleet({}, dict.fromkeys(of.follows, OLD), of.more)
    after = tree(left.plan(host, OLD, before.plan))
    cluster = Cluster()
    list(cluster.flux(before) if host == "flux" else cluster.argocd(before, ()))
    order = ["mesh-control-plane"] if control_plane_first else ["mesh-namespaces"]
    for _ in cluster.flux(after, order=order) if host == "flux" else cluster.argocd(after, ()):
        assert is_injected_by_somebody(cluster)
    assert {item.id: item for item in after.items} == cluster.objects
