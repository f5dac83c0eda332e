"""Retiring from the outside: what keeps a revision, and that exactly its files go."""

from __future__ import annotations

import shutil

import pytest

from tests.support.builders import fleet_file, istio
from tests.support.cluster_objects import kubectl, namespace, pod
from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.promotable import changed

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
WAY = "kubectl get ns,pods,deploy,sts,ds,jobs,cj,mutatingwebhookconfigurations -A -o json"


@pytest.fixture(scope="module")
def template(template: FleetRepo, tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """All clusters have moved to a new revision."""
    fleet = FleetRepo(shutil.copytree(template.root, tmp_path_factory.mktemp("fleet") / "fleet"))
    fleet.meshrev("promote", "--istio", "default", "--version", "v1.24.3")
    fleet.meshrev("promote", "--tag", "prod", "--to", NEW)
    fleet.git("tag", "half")
    fleet.meshrev("promote", "--tag", "default", "--to", NEW)
    return fleet


def observe(fleet: FleetRepo, revision: str, *clusters: str) -> None:
    labels = {"cart": {"istio.io/rev": "prod"}, "catalog": {"istio-injection": "enabled"}}
    rows = [namespace(name, found) for name, found in labels.items()]
    rows.append(pod("cart", annotations={"istio.io/rev": revision}))
    for number, cluster in enumerate(clusters):
        system = namespace("kube-system", uid=f"uid-{number}")
        fleet.meshrev("observe", "--cluster", cluster, stdin=kubectl(*rows, system))


def test_it_is_refused_while_it_is_used_or_active_or_nobody_looked(fleet: FleetRepo) -> None:
    head = fleet.git("rev-parse", "HEAD")
    done = fleet.meshrev("retire", OLD, code=2)
    assert done.err.count("\n") == 3
    assert f"`{WAY} | meshrev observe --cluster eu`" in done.err
    assert "is the active revision of Istio/default" in fleet.meshrev("retire", NEW, code=2).err
    observe(fleet, OLD, "eu")
    done = fleet.meshrev("retire", OLD, "--without-observation", code=2)
    assert done.err.startswith(f"eu: IstioRevision/{OLD}: {OLD} was in use when the cluster was observed")
    assert fleet.git("rev-parse", "HEAD") == head
    fleet.git("reset", "-q", "--hard", "half")
    done = fleet.meshrev("retire", OLD, "--without-observation", "--cluster", "us", code=2)
    assert f"{OLD} is in use by IstioRevisionTag/default" in done.err


def test_failed_pods_do_not_keep_a_revision_and_are_told_of(fleet: FleetRepo) -> None:
    rows = [namespace("cart", {"istio.io/rev": "prod"}), namespace("jobs"), pod("cart", NEW)]
    failed = pod("jobs", OLD, labels={"istio.io/rev": OLD}, phase="Failed")
    fleet.meshrev("observe", "--cluster", "eu", stdin=kubectl(*rows, failed, namespace("kube-system", uid="1")))
    done = fleet.meshrev("retire", OLD, "--cluster", "eu")
    assert "eu: 1 failed pod was seen in jobs, and runs nothing any more" in done.out


def test_a_cronjob_between_its_runs_keeps_the_revision_that_its_pods_ask_for(fleet: FleetRepo) -> None:
    template = {"spec": {"template": {"metadata": {"labels": {"istio.io/rev": OLD}}}}}
    job = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "etl", "namespace": "etl"}}
    rows = [namespace("etl"), namespace("cart", {"istio.io/rev": "prod"}), pod("cart", NEW)]
    fleet.meshrev("observe", "--cluster", "eu", stdin=kubectl(*rows, {**job, "spec": {"jobTemplate": template}}))
    done = fleet.meshrev("retire", OLD, "--cluster", "eu", code=2)
    assert f"{OLD} was in use when the cluster was observed (1 workload of Namespace/etl" in done.err


@pytest.mark.parametrize("committed", [True, False])
def test_after_a_look_at_every_cluster_exactly_its_files_go(fleet: FleetRepo, committed: bool) -> None:
    observe(fleet, NEW, "eu", "us", "lab")
    if committed:
        fleet.commit("observed")
    before = fleet.tree()
    fleet.meshrev("retire", OLD)
    assert fleet.git("status", "--porcelain") == ("" if committed else "?? observed/\n")
    after = fleet.tree()
    gone = {path for path in before if f"/revisions/{OLD}/" in path}
    assert before.keys() - after.keys() == gone
    assert {path for path in after if after[path] != before[path]} == {
        f"rendered/{cluster}/{name}"
        for cluster in ("eu", "us", "lab")
        for name in ("inventory.jsonl", "kustomization.yaml")
    }
    assert set(changed(fleet)) == gone | {path for path in after if after[path] != before[path]}
    assert "3 clusters are as the specs say" in fleet.meshrev("check").out
    done = fleet.meshrev("retire", OLD, code=2)
    assert done.err == f"no cluster has a revision {OLD} (did you mean {NEW}?)\n"


def test_without_an_observation_the_commit_says_what_was_not_proved(fleet: FleetRepo) -> None:
    fleet.meshrev("retire", OLD, "--without-observation")
    said = " ".join(fleet.git("show", "-s", "--format=%b").split())
    assert f"- not proved without an observation: that no pod still runs with the proxy of {OLD}, that no tag's" in said
    fleet.git("reset", "-q", "--hard", "HEAD~1")
    observe(fleet, NEW, "eu", "us", "lab")
    fleet.meshrev("retire", OLD)
    assert "not proved" not in fleet.git("show", "-s", "--format=%b")


def test_under_flux_it_says_that_nothing_in_the_cluster_is_waited_for(fleet: FleetRepo) -> None:
    fleet.write("meshrev.yaml", fleet_file(delivery="{type: flux}"))
    fleet.meshrev("render")
    fleet.commit("delivered by flux")
    at_once = "Flux takes it from the cluster at once, and waits for no tag or namespace that is still to move"
    done = fleet.meshrev("retire", OLD, "--cluster", "eu", code=2)
    assert f"(or --without-observation, where you know it; {at_once})" in done.err
    done = fleet.meshrev("retire", OLD, "--without-observation")
    assert f"- in eu, lab, us: {at_once}" in " ".join(fleet.git("show", "-s", "--format=%b").split())


def test_the_grace_period_of_its_istio_has_to_pass(fleet: FleetRepo) -> None:
    base = fleet.root / "base/istio.yaml"
    base.write_text(base.read_text().replace("GracePeriodSeconds: 0", "GracePeriodSeconds: 3600"))
    fleet.meshrev("render")
    fleet.commit("wait an hour")
    done = fleet.meshrev("retire", OLD, "--without-observation", "--cluster", "eu", code=2)
    assert "and its grace period of " in done.err
    assert "try again then" in done.err


def test_one_to_go_back_to_is_kept_where_the_fleet_says_so(fleet: FleetRepo) -> None:
    fleet.write("meshrev.yaml", fleet_file(keepPrevious="true"))
    fleet.commit("keep one")
    done = fleet.meshrev("retire", OLD, "--without-observation", code=2)
    assert f"eu: {OLD} is the revision of Istio/default to go back to, and stays" in done.err
    assert done.err.count("\n") == 1


def test_a_cluster_that_was_given_up_goes_as_a_whole(fleet: FleetRepo) -> None:
    done = fleet.meshrev("retire", "--cluster", "eu", code=2)
    assert "overlays/eu still describes cluster eu" in done.err
    shutil.rmtree(fleet.root / "overlays/eu")
    fleet.commit("eu is no more")
    before = fleet.tree()
    fleet.meshrev("retire", "--cluster", "eu")
    assert fleet.tree() == {path: text for path, text in before.items() if not path.startswith("rendered/eu/")}
    assert "2 clusters are as the specs say" in fleet.meshrev("check").out
    done = fleet.meshrev("retire", "--cluster", "eu", code=2)
    assert "there is no cluster eu in the tree" in done.err
    assert done.err.count("\n") == 1


STRATEGY = "{type: RevisionBased, inactiveRevisionDeletionGracePeriodSeconds: 0}"
PRIMARY = istio(updateStrategy=STRATEGY)
REMOTE = istio(
    updateStrategy=STRATEGY,
    profile="remote",
    values="{global: {remotePilotAddress: 10.0.0.1}, istiodRemote: {injectionPath: /inject/cluster/far/net/far}}",
)


def test_a_primary_keeps_what_a_remote_of_its_mesh_still_has(repo: FleetRepo) -> None:
    for name, specs, mesh in (("main", PRIMARY, "one"), ("far", REMOTE, "one"), ("alone", PRIMARY, "two")):
        repo.cluster(name, specs, meshID=mesh)
    repo.git("config", "user.name", "Ada")
    repo.git("config", "user.email", "ada@example.com")
    repo.meshrev("render")
    repo.commit("the fleet")
    retire = ("retire", OLD, "--without-observation")
    bring_in = ("promote", "--istio", "default", "--version", "v1.24.3")
    repo.meshrev(*bring_in, "--cluster", "main", "--cluster", "alone")
    head = repo.git("rev-parse", "HEAD")
    said = repo.meshrev(*retire, "--cluster", "main", code=2).err
    assert said.startswith(f"main: IstioRevision/{OLD}: far is a remote of the same mesh and still has {OLD}")
    assert (said.count("\n"), repo.git("rev-parse", "HEAD")) == (1, head)
    repo.meshrev(*retire, "--cluster", "alone")
    repo.meshrev(*bring_in)
    repo.meshrev(*retire)
    assert not list(repo.root.glob(f"rendered/*/revisions/{OLD}"))
