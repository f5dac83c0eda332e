"""A fleet and the Flux that delivers it, as tests walk through what is done with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.builders import node_agent
from tests.support.cluster.api import Api
from tests.support.cluster.deliverer import tree_objects
from tests.support.cluster.flux import Flux, Scheduler, flux, scheduler, seconds_until
from tests.support.cluster.pods import take_pods
from tests.support.fleet_repo import FleetRepo, fleet_repo
from tests.support.fleets.promotable import promotable

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
HOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
NODES = [f"node-{number}" for number in range(9)]  # beside the one that every test has


@dataclass(frozen=True, slots=True)
class Walk:
    """The fleet, and the Flux of its cluster `eu`."""

    repo: FleetRepo
    flux: Flux
    scheduler: Scheduler
    logs: Path

    @property
    def api(self) -> Api:
        return self.flux.api

    def publish(self) -> float:
        """Let Flux have what is committed, and the next sweep remove it. Returns the time."""
        self.api.claim(tree_objects(self.repo.root / "rendered/eu"))
        return self.flux.publish(self.repo.root)

    def committed(self) -> float:
        """Render, commit and publish. Returns the time."""
        self.repo.meshrev("render")
        self.repo.commit("a change")
        return self.publish()

    def prod(self) -> str | None:
        """Returns the Service that the webhook of the tag prod calls, None where there is no such tag."""
        found = self.api.get(f"{HOOKS}/istio-revision-tag-prod")
        return found["webhooks"][0]["clientConfig"]["service"]["name"] if found else None

    def cart(self) -> str | None:
        """Returns what the namespace cart follows."""
        found = self.api.get("/api/v1/namespaces/cart")
        label: str | None = found["metadata"].get("labels", {}).get("istio.io/rev")
        return label

    def owner(self, path: str) -> str:
        """Returns the Kustomization that applied an object last."""
        return str(self.api.get(path)["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"])

    def break_istiod(self) -> None:
        """Let no istiod get ready any more, and take those away that run."""
        self.scheduler.ready.remove("istiod-")
        for pod in self.api.get("/api/v1/namespaces/istio-system/pods")["items"]:
            if pod["metadata"]["name"].startswith("istiod-"):
                self.api.delete(f"/api/v1/namespaces/istio-system/pods/{pod['metadata']['name']}")

    def moves(self, *arguments: str, to: str, within: float) -> None:
        """Change the fleet by a command; fails where the tag prod is not at a revision soon."""
        self.repo.meshrev(*arguments)
        since = self.publish()
        seconds_until(lambda: self.prod() == f"istiod-{to}", since, f"prod is at {to}", within)

    @contextmanager
    def commits_of_others(self, each: float) -> Iterator[None]:
        """Let somebody else commit so many seconds after another, until the end of the block."""
        ends = threading.Event()

        def commit() -> None:
            while not ends.wait(each):
                self.flux.publish(self.repo.root)

        thread = threading.Thread(target=commit)
        thread.start()
        try:
            yield
        finally:
            ends.set()
            thread.join()

    def written(self, verb: str, path: str) -> list[str]:
        """Returns when the controller wrote an object, as the API server's audit log has it, but for dry runs."""
        lines = map(json.loads, (self.logs / "audit.log").read_text().splitlines())
        mine = (one for one in lines if "kustomize-controller" in one.get("userAgent", "") and one["verb"] == verb)
        return [
            one["requestReceivedTimestamp"]
            for one in mine
            if one["requestURI"].partition("?")[0] == path and "dryRun" not in one["requestURI"]
        ]


@contextmanager
def flux_walk(root: Path, logs: Path, kubeconfig: Path, cluster: Api) -> Iterator[Walk]:
    """A fleet in its cluster, healthy but for one node of ten, from nothing within 90 seconds."""
    repo = fleet_repo(root)
    promotable(repo, delivery="{type: flux}")
    base = repo.root / "base/istio.yaml"
    repo.write("base/istio.yaml", base.read_text() + node_agent("IstioCNI", namespace="istio-system"))
    for name in NODES:
        cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
    for name in ("istio-system", "cart", "catalog", "etl"):
        take_pods(cluster, name)
    folder = logs / f"flux-{root.name}"
    folder.mkdir()
    with flux(folder, kubeconfig, cluster) as found, scheduler(cluster, "istiod-", "istio-cni-") as pods:
        pods.away.add(NODES[0])
        walk = Walk(repo, found, pods, logs)
        since = walk.committed()
        found.follow("rendered/eu/flux")
        seconds_until(lambda: walk.cart() == "prod", since, "cart follows prod", 90)
        yield walk
    cluster.sweep()
