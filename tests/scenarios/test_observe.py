"""Observing a cluster: what pods still carry is in use until they are gone."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import istio, tag
from tests.support.builders import namespace as sample
from tests.support.cluster_objects import kubectl, namespace, pod
from tests.support.fleet_repo import FleetRepo, fleet_repo


def specs(version: str) -> str:
    return istio(version) + tag("default") + sample("sample", "istio-injection: enabled")


OLD, NEW = "default-v1-24-2", "default-v1-24-3"
SAMPLE = namespace("sample", {"istio-injection": "enabled", "team": "shop"})


def proxied(revision: str) -> dict[str, Any]:
    version = revision.removeprefix("default-v").replace("-", ".")
    return pod("sample", revision, f"docker.io/istio/proxyv2:{version}")


def observe(repo: FleetRepo, *objects: dict[str, Any], at: datetime | None = None, code: int = 0) -> str:
    when = ("--at", at.isoformat()) if at else ()
    return repo.meshrev("observe", "--cluster", "one", *when, stdin=kubectl(*objects), code=code).err


def cluster(repo: FleetRepo, *arguments: str) -> dict[str, Any]:
    (only,) = repo.meshrev("status", "--output", "json", *arguments).json["clusters"]
    return dict(only)


def in_use(repo: FleetRepo, *arguments: str) -> dict[str, bool]:
    return {revision["name"]: revision["inUse"] for revision in cluster(repo, *arguments)["revisions"]}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    """A cluster in which the tag default has moved to a new revision, yesterday."""
    repo = fleet_repo(tmp_path_factory.mktemp("fleet"))
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    for version in ("v1.24.2", "v1.24.3"):
        repo.cluster("one", specs(version))
        repo.meshrev("render")
        repo.git("add", "-A")
        repo.git("commit", "-qm", version, "--date", yesterday)
    repo.git("rebase", "-q", "--root", "--committer-date-is-author-date")
    return repo


@pytest.fixture
def upgraded(template: FleetRepo, tmp_path: Path) -> FleetRepo:
    return FleetRepo(shutil.copytree(template.root, tmp_path / "fleet"))


def test_the_old_revision_is_in_use_until_the_last_pod_that_carries_it_is_gone(upgraded: FleetRepo) -> None:
    assert in_use(upgraded) == {OLD: False, NEW: True}
    observe(upgraded, SAMPLE, proxied(OLD), proxied(OLD))
    assert in_use(upgraded) == {OLD: True, NEW: True}
    assert cluster(upgraded)["istios"][0]["revisions"] == {"total": 2, "inUse": 2}
    observe(upgraded, SAMPLE, proxied(OLD), proxied(NEW))
    assert in_use(upgraded) == {OLD: True, NEW: True}
    observe(upgraded, SAMPLE, proxied(NEW), proxied(NEW))
    assert in_use(upgraded) == {OLD: False, NEW: True}


def test_status_says_how_old_the_observation_is_and_which_proxies_run(upgraded: FleetRepo) -> None:
    at = datetime.now(UTC) - timedelta(hours=3)
    observe(upgraded, SAMPLE, proxied(OLD), proxied(NEW), at=at)
    seen = cluster(upgraded)
    assert (seen["basis"], seen["stale"]) == ("observed", None)
    assert seen["observedAt"] == f"{at:%Y-%m-%dT%H:%M:%SZ}"
    assert 3 * 3600 <= seen["age"] < 3 * 3600 + 60
    assert seen["proxies"] == [
        {"revision": OLD, "version": "1.24.2", "pods": 1},
        {"revision": NEW, "version": "1.24.3", "pods": 1},
    ]
    assert upgraded.meshrev("status", "--output", "json").json["basis"] == "files"
    shown = [line.split() for line in upgraded.meshrev("status").out.splitlines()]
    assert ["one", "observation", "3h", "old"] in shown
    assert ["one", NEW, "1.24.3", "1"] in shown


def test_an_observation_older_than_the_fleet_allows_is_said_to_be_too_old(upgraded: FleetRepo) -> None:
    observe(upgraded, SAMPLE, proxied(OLD), at=datetime.now(UTC) - timedelta(hours=3))
    fleet = (upgraded.root / "meshrev.yaml").read_text()
    upgraded.write("meshrev.yaml", fleet.replace("spec: {", "spec: {observation: {maxAge: 2h}, "))
    assert cluster(upgraded)["stale"] == "too-old"
    assert "observation 3h old (too old: more than 2h)" in upgraded.meshrev("status").out
    assert in_use(upgraded)[OLD]  # old evidence of use is still evidence


def test_an_observation_from_before_the_last_move_is_said_to_be_too_old(upgraded: FleetRepo) -> None:
    observe(upgraded, SAMPLE, proxied(OLD), at=datetime.now(UTC) - timedelta(hours=3))
    upgraded.commit("observed")
    assert cluster(upgraded)["stale"] is None
    upgraded.cluster("one", specs("v1.24.3").replace("enabled", "disabled"))
    upgraded.meshrev("render")
    upgraded.commit("sample leaves the mesh")
    assert cluster(upgraded)["stale"] == "before-the-last-move"
    observe(upgraded, SAMPLE, proxied(OLD))
    assert cluster(upgraded)["stale"] is None


def test_a_shallow_clone_is_told_to_fetch_the_history(upgraded: FleetRepo) -> None:
    observe(upgraded, SAMPLE, proxied(OLD))
    upgraded.commit("observed")
    upgraded.git("clone", "-q", "--depth", "1", f"file://{upgraded.root}", "clone")
    assert cluster(FleetRepo(upgraded.root / "clone"))["stale"] == "last-move-unknown"
    assert "fetch-depth: 0" in FleetRepo(upgraded.root / "clone").meshrev("status").out


def test_a_summary_holds_counts_and_labels_and_nothing_else(upgraded: FleetRepo) -> None:
    at = datetime(2026, 8, 22, 10, 30, tzinfo=UTC)
    rows = [pod("jobs", labels={"istio.io/rev": "canary"}), pod("jobs", phase="Failed"), pod("jobs", phase="Succeeded")]
    observe(upgraded, SAMPLE, namespace("jobs"), namespace("kube-system", uid="77"), proxied(OLD), *rows, at=at)
    text = (upgraded.root / "observed/one.json").read_text()
    assert json.loads(text) == {
        "apiVersion": "meshrev.io/v1alpha1",
        "kind": "Observation",
        "cluster": "one",
        "clusterUID": "77",
        "observedAt": "2026-08-22T10:30:00Z",
        "namespaces": {
            "jobs": {"pods": 2, "failed": 1, "references": {"canary": 1}},
            "kube-system": {},
            "sample": {
                "labels": {"istio-injection": "enabled"},
                "pods": 1,
                "revisions": {OLD: 1},
                "proxies": {OLD: {"1.24.2": 1}},
            },
        },
    }
    for private in ("hunter2", "cart-5d4f8", "node-17", "PASSWORD", "shop"):
        assert private not in text
    observe(
        upgraded, proxied(OLD), *reversed(rows), namespace("kube-system", uid="77"), namespace("jobs"), SAMPLE, at=at
    )
    assert (upgraded.root / "observed/one.json").read_text() == text


def test_managed_fields_prove_who_owns_a_label(upgraded: FleetRepo) -> None:
    labels = {"f:metadata": {"f:labels": {"f:istio-injection": {}}}}
    fields = [{"manager": "kubectl-label", "operation": "Update", "fieldsV1": labels}]
    observe(upgraded, namespace("sample", {"istio-injection": "enabled"}, managedFields=fields), proxied(OLD))
    seen = json.loads((upgraded.root / "observed/one.json").read_text())
    owners = {"istio-injection": [{"manager": "kubectl-label", "operation": "Update"}]}
    assert seen["namespaces"]["sample"]["owners"] == owners


def test_observations_can_be_kept_outside_the_repository(
    upgraded: FleetRepo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = str(tmp_path_factory.mktemp("state") / "seen")
    upgraded.meshrev("status", "--observed", elsewhere, code=2)
    upgraded.meshrev("observe", "--cluster", "one", "--observed", elsewhere, stdin=kubectl(SAMPLE, proxied(OLD)))
    assert not (upgraded.root / "observed").exists()
    assert in_use(upgraded) == {OLD: False, NEW: True}
    assert in_use(upgraded, "--observed", elsewhere) == {OLD: True, NEW: True}


def test_rendering_does_not_look_at_observations(upgraded: FleetRepo) -> None:
    before = upgraded.tree()
    observe(upgraded, SAMPLE, proxied(OLD))
    upgraded.write("observed/one.json", "broken")
    assert "1 cluster unchanged" in upgraded.meshrev("render").out
    upgraded.meshrev("check")
    assert upgraded.tree() == before


GOOD = kubectl(SAMPLE, proxied(OLD))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "standard input: is empty: did kubectl fail?"),
        ("NAMESPACE NAME READY\n", "standard input: is not JSON (line 1)"),
        (GOOD[:-100], "standard input: ends too early"),
        (GOOD.replace('"List"', '"PodList"'), "standard input: is not a List but a PodList"),
        (kubectl(proxied(OLD)), "standard input: holds no namespaces"),
        (kubectl(SAMPLE, {"kind": "Pod", "spec": {}}), "object 2 is not as an API server gives it"),
        (kubectl(namespace("billing"), pod("billing")), "holds none of the namespaces of cluster one (sample)"),
        (GOOD.replace("2026-08-20", "2126-08-20"), "holds something of 2126-08-20T10:00:00Z"),
    ],
)
def test_bad_input_is_one_clear_line_and_changes_nothing(upgraded: FleetRepo, text: str, why: str) -> None:
    before = {"observed/one.json": upgraded.write("observed/one.json", "{}").read_bytes()}
    wrong = upgraded.meshrev("observe", "--cluster", "one", stdin=text, code=2).err
    assert why in wrong
    assert wrong.count("\n") == 1
    assert upgraded.tree("observed") == before


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--cluster", "onne"), "there is no cluster onne (did you mean one?)"),
        (("--cluster", "one", "--at", "yesterday"), "yesterday is not a time with its zone"),
        (("--cluster", "one", "--at", "2026-08-22T10:00:00"), "is not a time with its zone"),
        (("--cluster", "one", "--at", "2126-08-22T10:00:00Z"), "is in the future"),
        (("--cluster", "one", "--at", "2026-08-19T00:00:00Z"), "--at is too early"),
        (("--cluster", "one", "--observed", "meshrev.yaml"), "meshrev.yaml: file exists: nothing was changed"),
    ],
)
def test_bad_arguments_are_one_clear_line(upgraded: FleetRepo, arguments: tuple[str, ...], why: str) -> None:
    wrong = upgraded.meshrev("observe", *arguments, stdin=GOOD, code=2).err
    assert why in wrong
    assert wrong.count("\n") == 1
    assert not (upgraded.root / "observed").exists()


def test_a_broken_observation_is_told_with_its_field_and_written_anew(upgraded: FleetRepo) -> None:
    observe(upgraded, SAMPLE, proxied(OLD))
    text = (upgraded.root / "observed/one.json").read_text()
    for broken, why in [
        ("<<<<<<< HEAD\n" + text, "observed/one.json:1:1: is not JSON"),
        (text.replace('"pods": 1', '"pods": "1"'), "observed/one.json: namespaces.sample.pods: a count expected"),
        (text.replace('"one"', '"two"'), "observed/one.json: is of cluster two: was the file renamed?"),
    ]:
        upgraded.write("observed/one.json", broken)
        wrong = upgraded.meshrev("status", code=2).err
        assert why in wrong
        assert "run `meshrev observe` again" in wrong
    observe(upgraded, SAMPLE, proxied(OLD))
    assert (upgraded.root / "observed/one.json").exists()
    upgraded.meshrev("status")


def test_another_clusters_input_is_known_by_its_system_namespace(upgraded: FleetRepo) -> None:
    upgraded.cluster("two", specs("v1.24.3"))
    mine, theirs = (namespace("kube-system", uid=uid) for uid in ("0a", "0b"))
    observe(upgraded, SAMPLE, mine, proxied(OLD))
    observe(upgraded, SAMPLE, mine, proxied(OLD))
    wrong = observe(upgraded, SAMPLE, theirs, proxied(OLD), code=2)
    assert "is not of the cluster that was observed as one before" in wrong
    wrong = upgraded.meshrev("observe", "--cluster", "two", stdin=kubectl(SAMPLE, mine), code=2).err
    assert "is of the cluster that was observed as one before" in wrong


def test_another_clusters_input_is_known_by_what_its_proxies_call_it(upgraded: FleetRepo) -> None:
    upgraded.cluster("two", specs("v1.24.3"))
    strange = json.loads(json.dumps(proxied(OLD)).replace("Kubernetes", "two"))
    wrong = observe(upgraded, SAMPLE, strange, code=2)
    assert "is of cluster two, its proxies say, and not of one" in wrong


def test_input_that_seems_to_hold_too_little_is_warned_of(upgraded: FleetRepo) -> None:
    assert "holds no pod that runs" in observe(upgraded, SAMPLE, namespace("kube-system"))
    assert "was -A left out?" in observe(upgraded, SAMPLE, namespace("kube-system"), proxied(OLD))
    assert observe(upgraded, SAMPLE, namespace("kube-system"), proxied(OLD), pod("kube-system")) == ""
