"""What is said of a cluster's pods, held to its own pods, which istiod injected."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.conftest import ADDRESS
from tests.support.builders import fleet_file, istio, namespace, tag
from tests.support.cluster.api import Api
from tests.support.cluster.deliverer import Deliverer, tree_objects
from tests.support.cluster.istiod import istiods
from tests.support.cluster.keys import Keys
from tests.support.cluster.peers import kubectl
from tests.support.cluster.pods import deployment, take_pods
from tests.support.cluster.process import wait_until
from tests.support.fleet_repo import FleetRepo, fleet_repo

OLD, NEW = "default-v1-30-2", "default-v1-30-3"
SPACES = {"cart": ["istio.io/rev: prod"], "catalog": ["istio-injection: enabled"], "etl": []}
REPLICAS = 3
OBSERVED = "ns,pods,deploy,sts,ds,jobs,cj,mutatingwebhookconfigurations"  # as docs/observe.md says


@dataclass(frozen=True, slots=True)
class Mesh:
    """A cluster with two revisions, the istiods of both, and a Deployment in each namespace."""

    repo: FleetRepo
    api: Api
    deliverer: Deliverer

    @property
    def tree(self) -> Path:
        return self.repo.root / "rendered/one"

    def sync(self) -> None:
        for _ in self.deliverer.sync(self.tree):
            pass

    def pods(self, namespace: str) -> list[dict[str, Any]]:
        """Returns the pods of a namespace that are not on their way out."""
        found = self.api.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
        return [item for item in found if "deletionTimestamp" not in item["metadata"]]

    def revisions(self, namespace: str) -> Counter[str | None]:
        """Returns how many pods of a namespace each revision injected, as istiod wrote it into them."""
        status = "sidecar.istio.io/status"
        notes = [item["metadata"].get("annotations", {}) for item in self.pods(namespace)]
        return Counter(json.loads(note[status])["revision"] if status in note else None for note in notes)

    def restart(self, namespace: str) -> None:
        """Delete the pods of a namespace, and wait until as many others are there."""
        old = {item["metadata"]["uid"] for item in self.pods(namespace)}
        for item in self.pods(namespace):
            self.api.delete(self.api.path({"apiVersion": "v1", "kind": "Pod", "metadata": item["metadata"]}))

        def is_done() -> bool:
            uids = {item["metadata"]["uid"] for item in self.api.get(f"/api/v1/namespaces/{namespace}/pods")["items"]}
            return len(uids) == REPLICAS and not uids & old

        wait_until(is_done, f"the pods of {namespace} are others")

    def observe(self, *options: str) -> dict[str, Any]:
        """Observe the cluster as the documentation says; returns the file."""
        command = [kubectl(), "--kubeconfig", str(self.api.kubeconfig), "get", OBSERVED, "-A", "-o", "json"]
        printed = subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout
        self.repo.meshrev("observe", "--cluster", "one", stdin=printed)
        return dict(json.loads((self.repo.root / "observed/one.json").read_text()))


@pytest.fixture
def mesh(cluster: Api, node: str, keys: Keys, logs: Path, tmp_path: Path) -> Iterator[Mesh]:
    repo = fleet_repo(tmp_path)
    for setting in ("user.name=Ada", "user.email=ada@example.com", "commit.gpgsign=false"):
        repo.git("config", *setting.split("="))
    repo.write("meshrev.yaml", fleet_file(delivery="{type: argocd}"))
    for version in ("v1.30.2", "v1.30.3"):
        repo.cluster("one", specs(version))
        repo.meshrev("render")
        repo.commit(version)
    for name in ("istio-system", *SPACES):
        take_pods(cluster, name)
    with istiods(logs, keys, cluster.kubeconfig, ADDRESS) as programs:
        made = Mesh(repo, cluster, Deliverer(cluster, programs.redirected))
        made.sync()
        for item in tree_objects(made.tree):
            if item["kind"] == "Deployment":
                programs.start(item)
        for name in SPACES:
            cluster.create(deployment(name, "app", node, REPLICAS))
        wait_until(lambda: all(len(made.pods(name)) == REPLICAS for name in SPACES), "there are pods")
        yield made


def specs(version: str) -> str:
    strategy = "{type: RevisionBased, inactiveRevisionDeletionGracePeriodSeconds: 0}"
    tags = [tag(name, OLD, "IstioRevision") for name in ("default", "prod")]
    spaces = [namespace(name, *labels) for name, labels in SPACES.items()]
    return "".join([istio(version, namespace="istio-system", updateStrategy=strategy), *tags, *spaces])


def test_a_revision_is_in_use_until_the_last_pod_that_istiod_gave_its_proxy_is_gone(mesh: Mesh) -> None:
    # What istiod wrote into the pods is what `explain` says of their namespaces.
    for name, revision in {"cart": OLD, "catalog": OLD, "etl": None}.items():
        answer = mesh.repo.meshrev("explain", "--cluster", "one", "-n", name, "--output", "json").json
        assert answer["injected"] == (revision is not None)
        assert (answer["revision"] or {}).get("name") == revision
        assert mesh.revisions(name) == {revision: REPLICAS}
    # What `observe` counts is what is there.
    seen = mesh.observe()["namespaces"]
    assert {name: seen[name].get("revisions", {}) for name in SPACES} == {
        "cart": {OLD: REPLICAS},
        "catalog": {OLD: REPLICAS},
        "etl": {},
    }
    assert seen["cart"]["proxies"] == {OLD: {"1.30.2": REPLICAS}}
    # The tags move; pods keep what they have, until they are others.
    for name in ("prod", "default"):
        mesh.repo.meshrev("promote", "--tag", name, "--to", NEW)
        mesh.sync()
        assert "pods" in mesh.repo.meshrev("retire", OLD, code=2).err
    assert (mesh.revisions("cart"), mesh.revisions("catalog")) == ({OLD: REPLICAS}, {OLD: REPLICAS})
    mesh.restart("cart")
    assert (mesh.revisions("cart"), mesh.revisions("catalog")) == ({NEW: REPLICAS}, {OLD: REPLICAS})
    mesh.observe()
    refused = mesh.repo.meshrev("retire", OLD, code=2).err
    assert f"{REPLICAS} pods" in refused
    proxies = status(mesh)["proxies"]
    assert {(one["revision"], one["version"], one["pods"]) for one in proxies} == {
        (OLD, "1.30.2", REPLICAS),
        (NEW, "1.30.3", REPLICAS),
    }
    mesh.restart("catalog")
    mesh.observe()
    mesh.repo.meshrev("retire", OLD)
    mesh.sync()
    # The cluster without the old revision gives every new pod a proxy still.
    for name, revision in {"cart": NEW, "catalog": NEW, "etl": None}.items():
        mesh.restart(name)
        assert mesh.revisions(name) == {revision: REPLICAS}


def test_a_label_goes_only_where_the_deliverer_alone_owns_it_as_the_observation_says(mesh: Mesh) -> None:
    path = "/api/v1/namespaces/catalog"
    assert owners(mesh) == [("argocd-controller", "Apply")]
    # A person labels the namespace, and then it is delivered: both own the label.
    for value in (None, "enabled"):
        mesh.api.merge(path, {"metadata": {"labels": {"istio-injection": value}}})
    mesh.api.apply(next(item for item in tree_objects(mesh.tree) if item["metadata"]["name"] == "catalog"))
    assert owners(mesh) == [("argocd-controller", "Apply"), ("test", "Update")]
    refused = mesh.repo.meshrev("promote", "-n", "catalog", "--to", NEW, code=2).err
    assert "Namespace/catalog" in refused
    assert "nothing moves" in refused
    # And so it is: the label survives the applying of a namespace without it.
    bare = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "catalog", "labels": {"istio.io/rev": NEW}}}
    mesh.api.apply(bare)
    assert mesh.api.get(path)["metadata"]["labels"]["istio-injection"] == "enabled"
    # `cart` nobody else has touched.
    mesh.repo.meshrev("promote", "-n", "cart", "--to", NEW)
    mesh.sync()
    mesh.restart("cart")
    assert mesh.revisions("cart") == {NEW: REPLICAS}


def owners(mesh: Mesh) -> list[tuple[str, str]]:
    """Returns who owns the label of `catalog`, manager and operation, as an observation with managed fields has it."""
    seen = mesh.observe("--show-managed-fields")["namespaces"]["catalog"]["owners"]["istio-injection"]
    return [(owner["manager"], owner["operation"]) for owner in seen]


def status(mesh: Mesh) -> dict[str, Any]:
    (only,) = mesh.repo.meshrev("status", "--output", "json").json["clusters"]
    return dict(only)
