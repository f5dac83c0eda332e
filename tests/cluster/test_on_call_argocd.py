"""What the page for incidents says of Argo CD, word for word on a running one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import cluster_file
from tests.support.cases import ROOT
from tests.support.cluster.api import Api
from tests.support.cluster.argocd import needs_argo_cd
from tests.support.cluster.argocd_walk import APPLICATION, HOOKS, NEW, OLD, Walk, argo_walk
from tests.support.cluster.documented import documented_commands
from tests.support.cluster.flux import seconds_until
from tests.support.cluster.keys import Keys
from tests.support.cluster.policies import allow_deployments, refuse_deployments
from tests.support.cluster.process import wait_until

pytestmark = needs_argo_cd

PAGE = ROOT / "docs/on-call.md"
TERMINATE = "argocd app terminate-op mesh-prod-eu"
SYNC = "argocd app sync mesh-prod-eu"
SYNC_OF_A_TAG = f"{SYNC} --resource 'admissionregistration.k8s.io:MutatingWebhookConfiguration:istio-revision-tag-prod'"
REFRESH = "argocd app get mesh-prod-eu --refresh"
HARD_REFRESH = "argocd app get mesh-prod-eu --hard-refresh"
HISTORY = "argocd app rollback mesh-prod-eu 0"
SET = "argocd app set mesh-prod-eu --sync-policy none"
REFUSED = 20  # the exit code of Argo CD's command line
TAG = f"{HOOKS}/istio-revision-tag-prod"
CLUSTER = "overlays/eu/cluster.yaml"
WAITS = "waiting for healthy state of apps/Deployment/istiod-"
SPECS = ("base/namespaces.yaml", "base/istio.yaml")


@pytest.fixture(scope="module")
def walk(
    tmp_path_factory: pytest.TempPathFactory, logs: Path, kubeconfig: Path, keys: Keys, whole_cluster: Api, node: str
) -> Iterator[Walk]:
    """The fleet in its cluster, with a newer revision to which nothing has moved."""
    with argo_walk(tmp_path_factory.mktemp("fleet"), logs, kubeconfig, keys, whole_cluster) as found:
        found.deliver("promote", "--istio", "default", "--version", "v1.24.3", within=120)
        yield found


@pytest.fixture
def waiting(walk: Walk) -> Iterator[Walk]:
    """The fleet while a sync removes a tag, and waits for an istiod that does not get ready."""
    walk.break_istiod()
    before = {file: (walk.repo.root / file).read_text() for file in SPECS}
    namespaces, istio = before.values()
    walk.repo.write(SPECS[0], namespaces.replace("istio.io/rev: prod", f"istio.io/rev: {OLD}"))
    walk.repo.write(SPECS[1], "---\n".join(one for one in istio.split("---\n") if "prod" not in one))
    commit(walk)
    run(walk, REFRESH)
    wait_until(lambda: re.match(WAITS, operation(walk)["message"]), "it waits")
    yield walk
    for file, text in before.items():
        walk.repo.write(file, text)
    walk.scheduler.ready.add("istiod-")
    if walk.repo.git("status", "--porcelain"):
        commit(walk)
    run(walk, SYNC)


def run(walk: Walk, command: str, code: int = 0) -> str:
    """Run a command of the page; the cluster that it names is the one that is there. Returns what it printed."""
    return walk.argo.run(command.replace("mesh-prod-eu", APPLICATION), code=code)


def commit(walk: Walk) -> str:
    walk.repo.meshrev("render")
    return walk.repo.commit("a change")


def operation(walk: Walk) -> dict[str, Any]:
    """Returns the state of the Application's last operation: `phase`, `message`, `syncResult`."""
    found: dict[str, Any] = {
        "message": "",
        "syncResult": {"revision": ""},
        **walk.argo.application(APPLICATION)["status"]["operationState"],
    }
    return found


def synced(walk: Walk) -> str:
    """Returns the commit of the last operation."""
    return str(operation(walk)["syncResult"]["revision"])


def test_every_command_of_the_page_is_walked() -> None:
    known = {TERMINATE, SYNC, SYNC_OF_A_TAG, REFRESH, HARD_REFRESH, HISTORY, SET}
    assert {*documented_commands("argocd", [PAGE])} == known


def test_a_refresh_makes_an_automated_application_take_what_was_pushed(walk: Walk) -> None:
    for change, revision in (("promote", "--tag", "prod", "--to", NEW), NEW), (("rollback",), OLD):
        walk.repo.meshrev(*change)
        run(walk, REFRESH)
        wait_until(lambda revision=revision: walk.prod() == f"istiod-{revision}", "it is applied")
    run(walk, HARD_REFRESH)
    assert walk.argo.differing(APPLICATION) == []


def test_historys_rollback_is_refused_and_the_application_set_sets_the_application_back(walk: Walk) -> None:
    assert "rollback cannot be initiated when auto-sync is enabled" in run(walk, HISTORY, REFUSED)
    run(walk, SET)
    seconds_until(lambda: automated(walk), time.monotonic(), "it is set back", 10)
    walk.repo.write(CLUSTER, cluster_file("eu", "env: prod", delivery="{automated: false}"))
    commit(walk)
    walk.argo.refresh_sets()
    wait_until(lambda: not automated(walk), "it is not automated")
    walk.repo.meshrev("promote", "--tag", "prod", "--to", NEW)
    run(walk, SYNC)
    assert walk.prod() == f"istiod-{NEW}"
    walk.repo.meshrev("rollback")
    run(walk, SYNC)
    assert walk.prod() == f"istiod-{OLD}"
    walk.repo.write(CLUSTER, cluster_file("eu", "env: prod"))
    commit(walk)
    walk.argo.refresh_sets()
    wait_until(lambda: automated(walk), "it is automated again")


def automated(walk: Walk) -> bool:
    return bool(walk.argo.application(APPLICATION)["spec"]["syncPolicy"].get("automated"))


def test_an_operation_that_waits_takes_no_newer_commit_until_it_is_terminated_and_synced(waiting: Walk) -> None:
    before = synced(waiting)
    for command in (SYNC, SYNC_OF_A_TAG):
        assert "another operation is already in progress" in run(waiting, command, REFUSED)
    for file in SPECS:
        waiting.repo.git("checkout", "-q", "HEAD~1", "--", file)
    head = commit(waiting)
    run(waiting, REFRESH)
    assert (operation(waiting)["phase"], synced(waiting)) == ("Running", before)
    run(waiting, TERMINATE)
    wait_until(lambda: operation(waiting)["message"] == "Operation terminated", "it is terminated")
    run(waiting, REFRESH)
    time.sleep(5)  # nothing happens
    assert (operation(waiting)["phase"], synced(waiting)) == ("Failed", before)
    run(waiting, SYNC_OF_A_TAG)
    assert waiting.prod() == f"istiod-{OLD}"
    run(waiting, SYNC)
    assert synced(waiting) == head


def test_a_new_object_that_is_refused_holds_up_no_tag_and_each_try_is_of_the_newest_commit(walk: Walk) -> None:
    refuse_deployments(walk.api, "CREATE")
    walk.repo.meshrev("promote", "--istio", "default", "--version", "v1.24.4")
    walk.repo.meshrev("promote", "--tag", "prod", "--to", NEW)
    run(walk, REFRESH)
    wait_until(lambda: "Retrying attempt #1" in operation(walk)["message"], "it is tried again")
    assert walk.prod() == f"istiod-{NEW}"
    walk.repo.meshrev("rollback")
    head = walk.repo.git("rev-parse", "HEAD").strip()
    wait_until(lambda: walk.prod() == f"istiod-{OLD}", "the tag is back")
    allow_deployments(walk.api)
    wait_until(lambda: (operation(walk)["phase"], synced(walk)) == ("Succeeded", head), "all is applied")


def test_a_change_that_is_refused_stops_all_but_what_is_synced_alone(walk: Walk) -> None:
    def status() -> str:
        return str(walk.argo.application(APPLICATION)["status"]["sync"]["status"])

    walk.repo.meshrev("promote", "--tag", "prod", "--to", NEW)
    run(walk, SYNC)
    refuse_deployments(walk.api, "UPDATE")
    walk.repo.meshrev("rollback")
    run(walk, REFRESH)
    wait_until(lambda: status() == "Unknown", "it compares nothing")
    assert any(one.startswith("ComparisonError: ") for one in walk.argo.differing(APPLICATION))
    assert walk.prod() == f"istiod-{NEW}"
    run(walk, SYNC_OF_A_TAG)
    assert walk.prod() == f"istiod-{OLD}"
    allow_deployments(walk.api)
    run(walk, HARD_REFRESH)
    wait_until(lambda: status() == "Synced", "it compares again")


def test_a_timeout_of_the_controller_ends_an_operation_that_waits(waiting: Walk) -> None:
    waiting.argo.start_controller("--sync-timeout", "60")  # the last test here: it keeps this to the end
    for file in SPECS:
        waiting.repo.git("checkout", "-q", "HEAD~1", "--", file)
    head = commit(waiting)
    run(waiting, REFRESH)
    ended = "Operation terminated, triggered by controller sync timeout"
    wait_until(lambda: operation(waiting)["message"] == ended, "it is ended")
    run(waiting, SYNC)
    assert synced(waiting) == head
