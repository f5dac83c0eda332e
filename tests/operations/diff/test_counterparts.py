"""Which file is compared with which."""

from __future__ import annotations

from render.operations.diff.counterparts import Pair, Part, pairs, part_of, predecessors
from render.plan.injection.proxy_moves import InjectorMap
from tests.support.cluster_plan import record, serving

OLD, NEW = "default-v1-24-2", "default-v1-24-3"


def test_a_file_belongs_to_a_part_of_its_cluster() -> None:
    assert part_of("revisions/default/deployment-istiod.yaml") == ("revision", "default")
    assert part_of("tags/Prod%3a1/a.yaml") == ("tag", "Prod:1")
    assert part_of("gateways/ingress/a.yaml") == ("gateway", "ingress")
    assert part_of("mesh/a.yaml") == ("mesh", "")
    assert part_of("namespaces/shop.yaml") == ("namespaces", "")


def test_files_are_paired_by_path_and_equal_ones_left_out() -> None:
    before = {"mesh/a.yaml": "1", "mesh/b.yaml": "2", "mesh/c.yaml": "3"}
    after = {"mesh/a.yaml": "1", "mesh/b.yaml": "x", "mesh/d.yaml": "4"}
    assert list(pairs(before, after, {}, {})) == [
        Pair(Part("mesh", ""), ("mesh/b.yaml", "2"), ("mesh/b.yaml", "x")),
        Pair(Part("mesh", ""), None, ("mesh/d.yaml", "4")),
        Pair(Part("mesh", ""), ("mesh/c.yaml", "3"), None),
    ]


def test_only_objects_are_compared() -> None:
    after = dict.fromkeys(("inventory.jsonl", "kustomization.yaml", "mesh/kustomization.yaml", "mesh/a.txt"), "1")
    assert list(pairs({}, after, {}, {})) == []


def test_a_new_revision_is_paired_with_the_one_that_it_replaces() -> None:
    def files(name: str, *more: str) -> dict[str, str]:
        names = [f"deployment-istiod-{name}.yaml", f"clusterrole-reader-{name}-istio-system.yaml", *more]
        return {f"revisions/{name}/{file}": f"{file} of {name}" for file in names}

    old, new = files(OLD, "role-gone.yaml"), files(NEW, "role-come.yaml")
    found = list(pairs(old, old | new, {NEW: OLD}, {}))
    assert all(pair.part == ("revision", NEW) and pair.rename == (OLD, NEW) for pair in found)
    assert [(pair.before and pair.before[0], pair.after and pair.after[0]) for pair in found] == [
        (
            f"revisions/{OLD}/clusterrole-reader-{OLD}-istio-system.yaml",
            f"revisions/{NEW}/clusterrole-reader-{NEW}-istio-system.yaml",
        ),
        (f"revisions/{OLD}/deployment-istiod-{OLD}.yaml", f"revisions/{NEW}/deployment-istiod-{NEW}.yaml"),
        (None, f"revisions/{NEW}/role-come.yaml"),
        (f"revisions/{OLD}/role-gone.yaml", None),
    ]


def test_a_name_that_begins_alike_is_another_revision() -> None:
    longer = f"{OLD}0"
    old = {f"revisions/{OLD}/deployment-istiod-{OLD}.yaml": "1"}
    new = {f"revisions/{longer}/deployment-istiod-{longer}.yaml": "2"}
    (pair,) = pairs(old, old | new, {longer: OLD}, {})
    assert pair.before
    assert pair.after


def test_the_objects_of_a_tag_that_moved_are_compared_without_regard_to_where_it_points() -> None:
    (pair,) = pairs({"tags/prod/a.yaml": "1"}, {"tags/prod/a.yaml": "2"}, {}, {("tag", "prod"): (OLD, NEW)})
    assert pair.rename == (OLD, NEW)


def test_a_new_revision_takes_over_from_the_newest_of_its_istio_that_is_not_newer() -> None:
    before = serving(
        record("default-v1-24-2"), record("default-v1-23-6"), record("default-v1-25-0"), record("x", "v1.24.2", "x")
    )
    after = serving(*before.revisions.values(), record(NEW))
    assert predecessors(before, after) == {NEW: OLD}


def test_a_new_revision_takes_over_from_the_one_that_tags_leave_for_it() -> None:
    older = "default-v1-23-6"
    before = serving(record(OLD), record(older), tags={"default": older})
    after = serving(record(OLD), record(older), record(NEW), tags={"default": NEW})
    assert predecessors(before, after) == {NEW: older}


def test_a_revision_of_no_istio_takes_over_only_where_a_tag_moves_to_it() -> None:
    pinned = record("pinned", "v1.24.3", None)
    before = serving(record(OLD), tags={"prod": OLD})
    assert predecessors(before, serving(record(OLD), pinned, tags={"prod": OLD})) == {}
    assert predecessors(before, serving(record(OLD), pinned, tags={"prod": "pinned"})) == {"pinned": OLD}


def test_the_first_revision_takes_over_from_none() -> None:
    assert predecessors(InjectorMap(), serving(record(NEW))) == {}
