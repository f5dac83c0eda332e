"""A fleet and the Argo CD that delivers it, as tests walk through what is done with them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.support.builders import node_agent
from tests.support.cluster.api import Api
from tests.support.cluster.argocd import API, ArgoCD, apply_when_defined, argo_cd
from tests.support.cluster.deliverer import tree_objects
from tests.support.cluster.flux import Scheduler, scheduler, seconds_until
from tests.support.cluster.keys import Keys
from tests.support.cluster.pods import take_pods
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
APPLICATION = "mesh-eu"
HEALTHY, BROKEN = 60, 60  # seconds until a commit is applied, and nothing differs from it


@dataclass(frozen=True, slots=True)
class Walk:
    """The fleet, and the Argo CD that delivers its cluster `eu`."""

    repo: FleetRepo
    argo: ArgoCD
    scheduler: Scheduler

    @property
    def api(self) -> Api:
        return self.argo.api

    def deliver(self, *arguments: str, within: float = HEALTHY) -> float:
        """Change the fleet by a command (by rendering and committing what is there without one); fails where the
        Application is not soon Synced at that commit. Returns how long it took."""
        if arguments:
            self.repo.meshrev(*arguments)
        else:
            self.repo.meshrev("render")
            self.repo.commit("a change")
        return self.arrive(within)

    def arrive(self, within: float) -> float:
        self.api.claim(tree_objects(self.repo.root / "rendered/eu"))
        head = self.repo.git("rev-parse", "HEAD").strip()
        since = self.argo.refresh(APPLICATION)
        try:
            return seconds_until(lambda: self.argo.is_synced(APPLICATION, head), since, "it is Synced", within)
        except AssertionError:
            raise AssertionError(f"not Synced: {self.argo.differing(APPLICATION)}") from None

    def break_istiod(self) -> None:
        """Let no istiod get ready any more, and take those away that run."""
        self.scheduler.ready.remove("istiod-")
        for pod in self.api.get("/api/v1/namespaces/istio-system/pods")["items"]:
            if pod["metadata"]["name"].startswith("istiod-"):
                self.api.delete(f"/api/v1/namespaces/istio-system/pods/{pod['metadata']['name']}")

    def prod(self) -> str:
        """Returns the Service that the webhook of the tag prod calls."""
        found = self.api.get(f"{HOOKS}/istio-revision-tag-prod")
        return str(found["webhooks"][0]["clientConfig"]["service"]["name"])


@contextmanager
def argo_walk(root: Path, logs: Path, kubeconfig: Path, keys: Keys, cluster: Api) -> Iterator[Walk]:
    """A fleet in its cluster, Synced from nothing under a project that allows just what its tree holds."""
    repo = fleet_repo(root)
    more = "automated: true, project: mesh, renderProject: true"
    promotable(repo, delivery=f"{{type: argocd, repoURL: 'file://{repo.root}', {more}}}")
    base = repo.root / "base/istio.yaml"
    repo.write("base/istio.yaml", base.read_text() + node_agent("IstioCNI", namespace="istio-system"))
    repo.meshrev("render")
    repo.commit("with a node agent")
    for name in ("istio-system", "cart", "catalog", "etl"):
        take_pods(cluster, name)
    folder = logs / f"argocd-{root.name}"
    folder.mkdir()
    with (
        scheduler(cluster, "istiod-", "istio-cni-") as pods,
        argo_cd(folder, kubeconfig, keys, cluster, "eu") as argo,
    ):
        walk = Walk(repo, argo, pods)
        for file in sorted((repo.root / "rendered/delivery/argocd").glob("app*.yaml")):
            apply_when_defined(cluster, yaml.safe_load(file.read_text()))
        began = time.monotonic()
        seconds_until(lambda: bool(argo.application(APPLICATION)), began, "there is an Application", 60)
        walk.arrive(120)
        yield walk
        for kind in ("applicationsets", "applications", "appprojects"):
            for one in cluster.get(f"{API}/{kind}")["items"]:
                cluster.delete(f"{API}/{kind}/{one['metadata']['name']}")
    cluster.sweep()
