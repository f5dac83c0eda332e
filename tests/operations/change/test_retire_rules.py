"""May a revision go: specs, tree, observation and history of a real fleet."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from render.errors import InputError
from render.operations.change.retire_rules import ClusterVerdict, retire_cluster_verdict, retirement
from render.operations.observe.freshness import load_observations
from render.operations.render.fleet import open_fleet
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.remove import remove_cluster, remove_revision
from tests.support.cluster_objects import kubectl, namespace, pod
from tests.support.fleet_repo import FleetRepo, fleet_repo

OLD, NEW, NEWEST = "default-v1-24-2", "default-v1-24-3", "default-v1-24-4"
SPECS = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {{name: default}}
spec:
  version: {version}
  updateStrategy: {{type: RevisionBased, inactiveRevisionDeletionGracePeriodSeconds: 3600}}
---
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata: {{name: prod}}
spec: {{targetRef: {{kind: IstioRevision, name: {tag}}}}}
---
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{istio.io/rev: prod}}}}
"""
PINNED = """\
---
apiVersion: sailoperator.io/v1
kind: IstioRevision
metadata: {name: default-v1-24-2}
spec:
  version: v1.24.2
  namespace: istio-system
  values: {revision: default-v1-24-2, global: {istioNamespace: istio-system}}
"""
SHOP = namespace("shop", {"istio.io/rev": "prod"})
LIST = "kubectl get ns,pods,deploy,sts,ds,jobs,cj,mutatingwebhookconfigurations -A -o json"
WAY = f"`{LIST} | meshrev observe --cluster one`"


def specs(version: str, tag: str) -> str:
    return SPECS.format(version=version, tag=tag)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """A cluster whose tag prod has moved to a new revision three hours ago."""
    repo = fleet_repo(tmp_path_factory.mktemp("fleet"))
    ago = f"{datetime.now(UTC) - timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"
    for version, tag in (("v1.24.2", OLD), ("v1.24.3", OLD), ("v1.24.3", NEW)):
        repo.cluster("one", specs(version, tag))
        repo.meshrev("render")
        repo.git("add", "-A")
        repo.git("commit", "-qm", f"{version} {tag}", "--date", ago)
    repo.git("rebase", "-q", "--root", "--committer-date-is-author-date")
    return repo


@pytest.fixture
def repo(template: FleetRepo, tmp_path: Path) -> FleetRepo:
    return FleetRepo(shutil.copytree(template.root, tmp_path / "fleet"))


def asked(
    repo: FleetRepo, revision: str = OLD, *clusters: str, without: bool = False, later: timedelta = timedelta(0)
) -> list[ClusterVerdict]:
    opened = open_fleet(repo.root)
    seen = load_observations(opened, ["one", "two"])
    now = datetime.now(UTC) + later
    return retirement(opened, revision, clusters, seen, without_observation=without, now=now)


def reason(repo: FleetRepo, revision: str = OLD, **how: bool) -> str:
    (verdict,) = asked(repo, revision, **how)
    assert verdict.answer == "refused"
    (only,) = verdict.reasons
    assert "\n" not in only
    return only


def observe(repo: FleetRepo, *revisions: str, at: timedelta = timedelta(0)) -> None:
    pods = [pod("shop", revision) for revision in revisions]
    when = f"{datetime.now(UTC) - at:%Y-%m-%dT%H:%M:%SZ}"
    repo.meshrev("observe", "--cluster", "one", "--at", when, stdin=kubectl(SHOP, *pods))


def test_what_nothing_uses_and_no_pod_runs_may_go(repo: FleetRepo) -> None:
    observe(repo, NEW)
    assert asked(repo) == asked(repo, OLD, "one") == [ClusterVerdict("one", "go")]


def test_without_an_observation_it_is_refused_with_the_way_to_make_one(repo: FleetRepo) -> None:
    assert "the cluster was not observed: " + WAY in reason(repo)
    assert asked(repo, without=True) == [ClusterVerdict("one", "go")]


def test_an_observation_that_does_not_count_is_none(repo: FleetRepo) -> None:
    observe(repo, NEW, at=timedelta(hours=30))
    assert "observation 30h old (too old: more than 24h): " + WAY in reason(repo)
    observe(repo, NEW, at=timedelta(hours=4))
    assert "(too old: the cluster's tags, namespaces or revisions changed since)" in reason(repo)
    observe(repo)
    assert "the observation saw no pod" in reason(repo)
    assert asked(repo, without=True) == [ClusterVerdict("one", "go")]


def test_an_observation_that_shows_use_refuses_always(repo: FleetRepo) -> None:
    for ago in (timedelta(0), timedelta(hours=30)):
        observe(repo, NEW, OLD, at=ago)
        for without in (False, True):
            said = reason(repo, without=without)
            assert "was in use when the cluster was observed (1 pod of Namespace/shop; observation " in said
            assert said.endswith(WAY)


def test_an_active_revision_is_refused_with_its_spec(repo: FleetRepo) -> None:
    (verdict,) = asked(repo, NEW, without=True)
    active, used = verdict.reasons
    assert "is the active revision of Istio/default (overlays/one/specs.yaml:3:12): bring in another" in active
    assert "is in use by IstioRevisionTag/prod" in used


def test_a_revision_with_a_spec_of_its_own_is_refused(repo: FleetRepo) -> None:
    repo.cluster("one", specs("v1.24.3", NEW) + PINNED)
    assert "has a spec of its own, IstioRevision/default-v1-24-2 (overlays/one/specs.yaml:19:12)" in reason(
        repo, without=True
    )


def test_whoever_uses_it_is_named(repo: FleetRepo) -> None:
    others = "".join(
        f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: n{number}, labels: {{istio.io/rev: {OLD}}}}}\n"
        for number in range(5)
    )
    repo.cluster("one", specs("v1.24.3", OLD) + others)
    assert "is in use by IstioRevisionTag/prod, Namespace/n0, Namespace/n1 and 3 more: move them" in reason(
        repo, without=True
    )


def test_a_ztunnel_that_points_at_it_uses_it(repo: FleetRepo) -> None:
    target = f"spec: {{version: v1.24.3, targetRef: {{kind: IstioRevision, name: {OLD}}}}}"
    ztunnel = f"---\napiVersion: sailoperator.io/v1\nkind: ZTunnel\nmetadata: {{name: default}}\n{target}\n"
    repo.cluster("one", specs("v1.24.3", NEW) + ztunnel)
    assert "is in use by ZTunnel/default" in reason(repo, without=True)


GATEWAY = """---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: in, namespace: edge, labels: {{istio.io/rev: {revision}}}}}
spec: {{gatewayClassName: istio, listeners: [{{name: http, port: 80, protocol: HTTP}}]}}
"""
PROXY = """---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: edge, namespace: edge}}
spec:
  selector: {{matchLabels: {{app: edge}}}}
  template:
    metadata: {{labels: {{app: edge, sidecar.istio.io/inject: "false"}}}}
    spec:
      containers:
      - name: istio-proxy
        image: proxyv2
        env: [{{name: CA_ADDR, value: "istiod-{revision}.istio-system.svc:15012"}}]
"""
INJECTED = """---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: edge, namespace: edge}}
spec:
  selector: {{matchLabels: {{app: edge}}}}
  template:
    metadata: {{labels: {{app: edge, istio.io/rev: {revision}}}}}
    spec: {{containers: [{{name: istio-proxy, image: auto}}]}}
"""


@pytest.mark.parametrize(
    ("text", "user"),
    [(GATEWAY, "Gateway/edge/in"), (PROXY, "Deployment/edge/edge"), (INJECTED, "Pod/edge/Deployment/edge")],
)
def test_gateways_of_the_repo_keep_the_revision_that_they_use(repo: FleetRepo, text: str, user: str) -> None:
    repo.cluster("one", specs("v1.24.3", NEW) + text.format(revision=OLD))
    assert f"{OLD} is in use by {user}: move them to another revision first" in reason(repo, without=True)
    repo.cluster("one", specs("v1.24.3", NEW) + text.format(revision=NEW))
    assert asked(repo, without=True) == [ClusterVerdict("one", "go")]


def test_what_serves_default_stays_for_the_validator(tmp_path: Path) -> None:
    repo = fleet_repo(tmp_path)
    for strategy in ("InPlace", "RevisionBased"):
        istio = specs("v1.24.2", NEW).partition("---")[0].replace("RevisionBased", strategy)
        repo.cluster("one", istio)
        repo.meshrev("render")
        repo.commit(strategy)
    assert "default serves `default`, and the validator" in reason(repo, "default", without=True)


def test_the_committed_tree_counts_beside_the_specs(repo: FleetRepo) -> None:
    repo.cluster("one", specs("v1.24.3", OLD))
    repo.meshrev("render")
    repo.commit("back")
    repo.cluster("one", specs("v1.24.3", NEW))
    said = reason(repo, without=True)
    assert f"the committed tree still uses {OLD} (IstioRevisionTag/prod): `meshrev render` and commit" in said


def test_the_grace_period_of_its_istio_counts_from_the_last_use(repo: FleetRepo) -> None:
    repo.cluster("one", specs("v1.24.3", OLD))
    repo.meshrev("render")
    repo.commit("back")
    repo.cluster("one", specs("v1.24.3", NEW))
    repo.meshrev("render")
    moved = repo.commit("and again")
    repo.write("README.md", "x")
    repo.commit("something else")
    said = reason(repo, without=True)
    at = datetime.fromtimestamp(int(repo.git("show", "-s", "--format=%ct", moved)), UTC)
    assert f"was in use until commit {moved[:10]} of {at:%Y-%m-%dT%H:%M:%SZ}, and its grace period of 60m" in said
    assert "inactiveRevisionDeletionGracePeriodSeconds of Istio/default" in said
    assert f"ends at {at + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}" in said
    (early,) = asked(repo, without=True, later=timedelta(minutes=59))
    (late,) = asked(repo, without=True, later=timedelta(minutes=61))
    assert (early.answer, late.answer) == ("refused", "go")


def test_where_its_istio_is_gone_the_grace_period_is_istios_default(repo: FleetRepo) -> None:
    repo.cluster("one", specs("v1.24.3", NEW).replace("name: default}", "name: mesh}", 1).replace(NEW, "mesh-v1-24-3"))
    repo.meshrev("render")
    repo.commit("another Istio")
    (verdict,) = asked(repo, NEW, without=True)
    assert "its grace period of 30s (Istio's default, since its Istio is gone)" in verdict.reasons[0]
    assert asked(repo, NEW, without=True, later=timedelta(seconds=31)) == [ClusterVerdict("one", "go")]


def test_a_shallow_clone_is_told_to_fetch_the_history(repo: FleetRepo) -> None:
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.root}", "clone")
    clone = FleetRepo(repo.root / "clone")
    assert f"since when nothing uses {OLD} is not known: this clone is shallow" in reason(clone, without=True)


def test_all_that_is_missing_is_said_at_once(repo: FleetRepo) -> None:
    (verdict,) = asked(repo, later=timedelta(hours=-2, minutes=-30))
    observation, grace = verdict.reasons
    assert "was not observed" in observation
    assert "grace period" in grace


def test_one_revision_to_go_back_to_is_kept(repo: FleetRepo) -> None:
    fleet = (repo.root / "meshrev.yaml").read_text()
    repo.write("meshrev.yaml", fleet.replace("spec: {", "spec: {keepPrevious: true, "))
    (verdict,) = asked(repo, without=True)
    assert verdict.answer == "kept"
    assert f"{OLD} is the revision of Istio/default to go back to" in verdict.reasons[0]
    repo.cluster("one", specs("v1.24.4", NEWEST))
    repo.meshrev("render")
    repo.commit("newest")
    later = timedelta(hours=2)
    assert [asked(repo, name, without=True, later=later)[0].answer for name in (OLD, NEW)] == ["go", "kept"]
    repo.cluster("one", specs("v1.24.3", NEW))  # the newest has failed: it is none to go back to
    repo.meshrev("render")
    repo.commit("back")
    assert [asked(repo, name, without=True, later=later)[0].answer for name in (OLD, NEWEST)] == ["kept", "go"]


def test_clusters_that_have_no_such_revision_are_left_out(repo: FleetRepo) -> None:
    repo.cluster("two", specs("v1.24.3", NEW))
    repo.meshrev("render")
    repo.commit("two")
    assert asked(repo, without=True) == [ClusterVerdict("one", "go")]
    assert asked(repo, OLD, "one", "two", without=True) == [ClusterVerdict("one", "go")]
    assert [verdict.cluster for verdict in asked(repo, NEW, without=True)] == ["one", "two"]


@pytest.mark.parametrize(
    ("revision", "clusters", "why"),
    [
        (
            "default-v1-24-22",
            (),
            f"there is no revision default-v1-24-22 in the tree of cluster one (did you mean {OLD}?)",
        ),
        ("zzz", (), f"there is no revision zzz in the tree of cluster one (there are {OLD}, {NEW})"),
        ("", (), "there is no revision '' in the tree"),
        ("../../..", (), "there is no revision ../../.. in the tree"),
        (OLD, ("onne",), "there is no cluster onne (did you mean one?)"),
    ],
)
def test_what_is_not_there_is_refused_with_the_nearest(
    repo: FleetRepo, revision: str, clusters: tuple[str, ...], why: str
) -> None:
    with pytest.raises(InputError) as caught:
        asked(repo, revision, *clusters)
    assert why in str(caught.value)


def test_after_its_removal_render_gives_the_tree_without_it_and_nothing_else_changes(repo: FleetRepo) -> None:
    before = repo.tree()
    removed = remove_revision(FleetFolder(repo.root, "rendered"), "one", OLD)
    assert sorted(removed) == sorted(path for path in before if f"/{OLD}/" in path)
    repo.meshrev("render", "--cluster", "one")
    after = repo.tree()
    lists = {"rendered/one/kustomization.yaml", "rendered/one/inventory.jsonl"}
    same = before.keys() - removed - lists
    assert {path: after[path] for path in same} == {path: before[path] for path in same}
    assert after.keys() == before.keys() - removed
    for path in lists:
        assert without(OLD, after[path]) == without(OLD, before[path])
        assert len(after[path].splitlines()) == len(before[path].splitlines()) - 1
    repo.meshrev("check")
    repo.commit("retired")
    repo.meshrev("check")


def without(revision: str, text: bytes) -> list[bytes]:
    """The lines but for the revision's, and the digest of the list of folders, which has one line less."""
    lines = text.splitlines()
    return [line for line in lines if revision.encode() not in line and b'"file": "kustomization.yaml"' not in line]


def test_a_cluster_goes_once_no_overlay_describes_it(repo: FleetRepo) -> None:
    repo.cluster("two", specs("v1.24.3", NEW))
    repo.meshrev("render")
    (reason,) = retire_cluster_verdict(open_fleet(repo.root), "two").reasons
    assert "overlays/two still describes cluster two: remove that folder first" in reason
    shutil.rmtree(repo.root / "overlays/two")
    assert retire_cluster_verdict(open_fleet(repo.root), "two") == ClusterVerdict("two", "go")
    (verdict,) = [verdict for verdict in asked(repo, NEW, without=True) if verdict.cluster == "two"]
    assert "its folder goes as a whole (`meshrev retire --cluster two`)" in verdict.reasons[0]
    before = repo.tree()
    repo.meshrev("check", code=1)
    remove_cluster(FleetFolder(repo.root, "rendered"), "two")
    repo.meshrev("check")
    assert repo.tree() == {path: data for path, data in before.items() if not path.startswith("rendered/two/")}


def test_the_last_cluster_may_go_too(repo: FleetRepo) -> None:
    shutil.rmtree(repo.root / "overlays/one")
    assert retire_cluster_verdict(open_fleet(repo.root), "one") == ClusterVerdict("one", "go")


def test_an_overlay_of_another_name_still_describes_its_cluster(repo: FleetRepo) -> None:
    (repo.root / "overlays/one").rename(repo.root / "overlays/uno")
    (reason,) = retire_cluster_verdict(open_fleet(repo.root), "one").reasons
    assert reason.startswith("overlays/uno still describes cluster one")
    repo.write("overlays/uno/kustomization.yaml", "resources: [missing.yaml]\n")
    with pytest.raises(InputError, match=r"missing\.yaml"):
        retire_cluster_verdict(open_fleet(repo.root), "one")


def test_strangers_keep_a_clusters_folder(repo: FleetRepo) -> None:
    shutil.rmtree(repo.root / "overlays/one")
    repo.write("rendered/one/notes.txt", "x")
    (reason,) = retire_cluster_verdict(open_fleet(repo.root), "one").reasons
    assert reason.startswith("rendered/one/notes.txt is in no inventory")
