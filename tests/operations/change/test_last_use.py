"""When a cluster stopped using a revision, in real histories of small trees."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.operations.change.last_use import LastUse, last_uses
from render.plan.inventory import RevisionRecord
from render.tree.inventory import inventory_text
from tests.support.git.history import History

OLD, NEW = "default-v1-24-2", "default-v1-24-3"


class Trees(History):
    """A history whose commits change the trees of clusters."""

    def revision(self, name: str, cluster: str = "a", istio: str | None = "default", program: str = "1.0") -> None:
        record = RevisionRecord(
            name, "v1.24.2", "v1.24.2", "istio-system", istio, None, None, {}, "builtin", program, {}
        )
        self.put(f"rendered/{cluster}/revisions/{name}/inventory.jsonl", inventory_text((), record).decode())

    def tag(self, name: str, revision: str, cluster: str = "a") -> None:
        labels = f"{{istio.io/tag: {name}, istio.io/rev: {revision}}}"
        file = f"rendered/{cluster}/tags/{name}/mutatingwebhookconfiguration-{name}.yaml"
        self.put(file, f"kind: MutatingWebhookConfiguration\nmetadata: {{name: {name}, labels: {labels}}}\n")

    def namespace(self, name: str, revision: str, cluster: str = "a") -> None:
        text = f"kind: Namespace\nmetadata: {{name: {name}, labels: {{istio.io/rev: {revision}}}}}\n"
        self.put(f"rendered/{cluster}/namespaces/{name}.yaml", text)

    def put(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def use(self, commit: str, *by: str) -> LastUse:
        """What is expected of a commit."""
        at = self.git("show", "-s", "--format=%ct", commit).strip()
        return LastUse(commit, self.at(int(at)), by)


@pytest.fixture
def trees(tmp_path: Path) -> Trees:
    return Trees(tmp_path / "repo")


def upgraded(trees: Trees) -> tuple[str, str]:
    """The old revision with its tag, and the commit that brings the new one in, in which the tag stays."""
    trees.revision(OLD)
    trees.tag("prod", OLD)
    first = trees.commit()
    trees.revision(NEW)
    return first, trees.commit()


def stopped(trees: Trees, revision: str = OLD, *clusters: str) -> dict[str, LastUse]:
    found = last_uses(trees.root, "rendered", clusters or ("a",), revision)
    assert (found.still, found.unknown, found.uncommitted) == ({}, frozenset(), frozenset())
    return dict(found.stopped)


def test_the_commit_that_moved_the_last_tag_stopped_using_it(trees: Trees) -> None:
    upgraded(trees)
    trees.tag("prod", NEW)
    moved = trees.commit()
    trees.put("rendered/a/mesh/x.yaml", "x: 1\n")
    trees.commit()
    trees.tag("canary", NEW)
    trees.commit()
    assert stopped(trees) == {"a": trees.use(moved, "IstioRevisionTag/prod")}


def test_the_commit_that_moved_the_last_namespace_stopped_using_it(trees: Trees) -> None:
    trees.namespace("shop", OLD)
    trees.namespace("cart", OLD)
    upgraded(trees)
    trees.tag("prod", NEW)
    trees.namespace("cart", NEW)
    trees.commit()
    trees.namespace("shop", NEW)
    last = trees.commit()
    assert stopped(trees) == {"a": trees.use(last, "Namespace/shop")}


def test_a_namespace_that_leaves_the_tree_used_it_until_then(trees: Trees) -> None:
    trees.namespace("shop", OLD)
    upgraded(trees)
    trees.tag("prod", NEW)
    trees.commit()
    trees.remove("rendered/a/namespaces/shop.yaml")
    last = trees.commit()
    assert stopped(trees) == {"a": trees.use(last, "Namespace/shop")}


def test_a_workload_used_it_only_where_its_namespace_followed_nothing(trees: Trees) -> None:
    upgraded(trees)
    trees.tag("prod", NEW)
    trees.namespace("cart", NEW)
    for namespace in ("shop", "cart"):
        trees.put(f"rendered/a/extra/deployment-web_{namespace}.yaml", workload(namespace, OLD))
    trees.commit()
    trees.put("rendered/a/extra/deployment-web_shop.yaml", workload("shop", NEW))
    last = trees.commit()
    trees.put("rendered/a/extra/deployment-web_cart.yaml", workload("cart", NEW))
    trees.commit()
    assert stopped(trees) == {"a": trees.use(last, "Pod/shop/Deployment/web")}


def workload(namespace: str, revision: str) -> str:
    template = f"{{metadata: {{labels: {{istio.io/rev: {revision}}}}}}}"
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: {namespace}}}\n"
        f"spec: {{template: {template}}}\n"
    )


def test_a_ztunnel_that_pointed_at_it_used_it(trees: Trees) -> None:
    upgraded(trees)
    trees.tag("prod", NEW)
    file = "rendered/a/ztunnel/daemonset-ztunnel.yaml"
    trees.put(file, f"kind: DaemonSet\nmetadata: {{name: ztunnel, annotations: {{istio.io/rev: {OLD}}}}}\n")
    trees.commit()
    trees.put(file, "kind: DaemonSet\nmetadata: {name: ztunnel}\n")
    last = trees.commit()
    assert stopped(trees) == {"a": trees.use(last, "ZTunnel/ztunnel")}


def test_a_revision_that_nothing_used_stopped_when_another_of_its_istio_came_in(trees: Trees) -> None:
    trees.revision(OLD)
    trees.commit()
    trees.revision("other-v1-24-3", istio="other")
    trees.commit()
    trees.revision(NEW)
    followed = trees.commit()
    trees.revision("default-v1-24-4")
    trees.commit()
    trees.revision(NEW, program="1.1")
    trees.commit()
    assert stopped(trees) == {"a": trees.use(followed)}


def test_what_followed_it_after_its_last_user_counts(trees: Trees) -> None:
    """Whoever moved away first: it is the active revision until another one comes in."""
    trees.revision(OLD)
    trees.namespace("shop", OLD)
    trees.commit()
    trees.namespace("shop", "elsewhere")
    trees.commit()
    trees.revision(NEW)
    followed = trees.commit()
    assert stopped(trees) == {"a": trees.use(followed)}


def test_what_followed_its_successor_does_not_count(trees: Trees) -> None:
    trees.namespace("shop", OLD)
    upgraded(trees)
    trees.tag("prod", NEW)
    trees.commit()
    trees.namespace("shop", NEW)
    last = trees.commit()
    trees.revision("default-v1-24-4")
    trees.commit()
    assert stopped(trees) == {"a": trees.use(last, "Namespace/shop")}


def test_what_was_rendered_was_active(trees: Trees) -> None:
    trees.revision(OLD, istio=None)
    trees.commit()
    trees.revision(OLD, istio=None, program="1.1")
    last = trees.commit()
    trees.commit()
    assert stopped(trees) == {"a": trees.use(last)}


def test_the_revision_default_is_used_by_whoever_asks_for_injection(trees: Trees) -> None:
    trees.revision("default")
    text = "kind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n"
    trees.put("rendered/a/namespaces/shop.yaml", text)
    trees.commit()
    trees.revision(NEW)
    trees.commit()
    trees.namespace("shop", NEW)
    last = trees.commit()
    assert stopped(trees, "default") == {"a": trees.use(last, "Namespace/shop")}


def test_what_a_branch_moved_counts_from_its_merge(trees: Trees) -> None:
    upgraded(trees)
    trees.git("checkout", "-qb", "feature")
    trees.tag("prod", NEW)
    trees.commit()
    trees.git("checkout", "-q", "main")
    trees.put("README.md", "x")
    trees.commit()
    trees.hours += 5
    merge = trees.merge("feature", "merge")
    assert stopped(trees) == {"a": trees.use(merge, "IstioRevisionTag/prod")}


def test_each_cluster_has_its_own_answer_from_one_walk(trees: Trees) -> None:
    trees.revision(OLD, "b")
    trees.tag("prod", OLD, "b")
    upgraded(trees)
    trees.revision(NEW, "b")
    trees.tag("prod", NEW)
    first = trees.commit()
    trees.tag("prod", NEW, "b")
    second = trees.commit()
    by = "IstioRevisionTag/prod"
    assert stopped(trees, OLD, "a", "b") == {"a": trees.use(first, by), "b": trees.use(second, by)}
    assert stopped(trees, OLD, "b") == {"b": trees.use(second, by)}


def test_a_tree_that_still_refers_to_it_or_never_had_it_is_told_apart(trees: Trees) -> None:
    upgraded(trees)
    trees.revision(NEW, "b")
    trees.commit()
    trees.revision(OLD, "c")
    found = last_uses(trees.root, "rendered", ["a", "b", "c"], OLD)
    assert found.still == {"a": ("IstioRevisionTag/prod",)}
    assert found.uncommitted == {"b", "c"}
    assert found.stopped == {}


def test_without_a_commit_nothing_is_committed(trees: Trees) -> None:
    trees.revision(OLD)
    assert last_uses(trees.root, "rendered", ["a"], OLD).uncommitted == {"a"}


def test_a_shallow_clone_answers_where_it_reaches_back_far_enough(trees: Trees, tmp_path: Path) -> None:
    upgraded(trees)
    trees.tag("prod", NEW)
    moved = trees.commit()
    trees.tag("canary", NEW)
    trees.commit()
    for depth, reaches in ((2, False), (3, True)):
        clone = tmp_path / f"clone{depth}"
        trees.git("clone", "-q", "--depth", str(depth), f"file://{trees.root}", str(clone))
        found = last_uses(clone, "rendered", ["a"], OLD)
        assert found.unknown == (frozenset() if reaches else {"a"})
        assert found.stopped == ({"a": trees.use(moved, "IstioRevisionTag/prod")} if reaches else {})


def test_a_fleet_may_lie_in_a_folder_of_its_repository(trees: Trees) -> None:
    root, trees.root = trees.root, trees.root / "fleets/eu"
    trees.root.mkdir(parents=True)
    upgraded(trees)
    trees.tag("prod", NEW)
    moved = trees.commit()
    trees.root = root
    upgraded(trees)
    trees.root = root / "fleets/eu"
    assert stopped(trees) == {"a": trees.use(moved, "IstioRevisionTag/prod")}


def test_five_thousand_commits_and_many_clusters_are_one_walk(trees: Trees) -> None:
    names = [f"c{number}" for number in range(40)]
    for name in names:
        trees.revision(OLD, name)
        trees.tag("prod", OLD, name)
    trees.commit()
    for name in names:
        trees.revision(NEW, name)
        trees.tag("prod", NEW, name)
    moved = trees.commit()
    busy = "".join(
        f"commit refs/heads/main\ncommitter t <t@example.com> {2_000_000_000 + number} +0000\ndata 1\nx\n"
        + (f"from {moved}\n" if number == 0 else "")
        + f"M 100644 inline rendered/c{number % 40}/namespaces/n{number % 7}.yaml\ndata <<END\n"
        + f"kind: Namespace\nmetadata: {{name: n{number % 7}, labels: {{istio.io/rev: prod, team: t{number}}}}}\nEND\n"
        for number in range(5000)
    )
    trees.git("fast-import", "--quiet", "--force", stdin=busy)
    trees.git("reset", "-q", "--hard")
    began = time.perf_counter()
    assert stopped(trees, OLD, *names) == dict.fromkeys(names, trees.use(moved, "IstioRevisionTag/prod"))
    assert time.perf_counter() - began < 10  # several times what it takes, for a machine that is busy


NAMES = ("default-v1", "default-v2", "default-v3")
STEPS = st.one_of(
    st.tuples(st.just("arrives"), st.none(), st.none()),
    st.tuples(st.just("rendered"), st.none(), st.none()),
    st.tuples(st.just("tag"), st.sampled_from(["t1", "t2"]), st.sampled_from(NAMES)),
    st.tuples(st.just("namespace"), st.sampled_from(["n1", "n2"]), st.sampled_from([*NAMES, "elsewhere"])),
    st.tuples(st.just("other"), st.none(), st.none()),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(STEPS, min_size=1, max_size=3), min_size=1, max_size=8))
def test_it_is_the_last_commit_before_which_it_was_referred_to_or_active(
    tmp_path: Path, plan: list[list[tuple[str, str, str]]]
) -> None:
    """Against a model that looks at every commit's whole tree."""
    trees = Trees(Path(tempfile.mkdtemp(dir=tmp_path)))
    refers: dict[str, str] = {}
    trees.revision(NAMES[0])
    there, needed, commits, came = [NAMES[0]], [{NAMES[0]}], [trees.commit()], {NAMES[0]: 0}
    for number, steps in enumerate(plan):
        for what, name, target in steps:
            if what == "arrives" and len(there) < len(NAMES):
                there.append(NAMES[len(there)])
                trees.revision(there[-1])
            elif what == "rendered":
                trees.revision(there[-1], program=f"1.{number}")
            elif what in ("tag", "namespace"):
                refers[name] = target
                (trees.tag if what == "tag" else trees.namespace)(name, target)
            else:
                trees.put("rendered/a/mesh/x.yaml", f"x: {number}\n")
        commits.append(trees.commit())
        needed.append({there[-1], *refers.values()} & {*there})
        came |= {name: number + 1 for name in there if name not in came}
    for revision in there:
        found = last_uses(trees.root, "rendered", ["a"], revision)
        if revision in needed[-1]:
            assert revision == there[-1] or found.still
        else:
            last = [at + 1 for at, names in enumerate(needed) if revision in names]
            assert found.stopped["a"].commit == commits[max([came[revision], *last])]
