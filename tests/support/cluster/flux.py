"""Flux' kustomize-controller beside a cluster, with its flags as they are by default, and a source that is played.

source-controller cannot be had from the Go module proxy. What it tells others is a GitRepository's status: where the
archive of a commit is, which one it is, and its digest. A commit reaches the controller when it is published here.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from render.manifests.flux import GROUP
from tests.support.cluster.api import Api, Refused
from tests.support.cluster.control_plane import NODE
from tests.support.cluster.peers import FOLDER, peer
from tests.support.cluster.pods import take_pods
from tests.support.cluster.process import free_port, running, wait_until
from tests.support.loopback import Answer, Asked, serving

HOME = "flux-system"
SOURCE = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories/flux-system"
KUSTOMIZATIONS = f"/apis/{GROUP}/v1/namespaces/{HOME}/kustomizations"
ASKED = "reconcile.fluxcd.io/requestedAt"
# Those that the controller watches, by their plural.
_SOURCES = {
    "gitrepositories": "GitRepository",
    "ocirepositories": "OCIRepository",
    "buckets": "Bucket",
    "externalartifacts": "ExternalArtifact",
}


@dataclass(slots=True)
class Flux:
    """The Flux of a cluster. `address` is that of the server of its archives, by their SHA-256; `process` is the
    controller's."""

    api: Api
    address: str
    archives: dict[str, bytes]
    process: int
    _number: int = 0

    @property
    def revision(self) -> str:
        """Returns what the artifact that was published last is of."""
        # As if it were another commit each time: one of somebody else that changes nothing here.
        return f"main@sha1:{self._number:040x}"

    def publish(self, repo: Path, commit: str = "HEAD") -> float:
        """Let the source have a commit. Returns the time, as `time.monotonic` tells it."""
        command = ["git", "archive", "--format=tar.gz", commit]
        self._store(SOURCE, subprocess.run(command, cwd=repo, capture_output=True, check=True).stdout)
        return time.monotonic()

    def publish_artifact(self, name: str, folder: Path) -> str:
        """Let an ExternalArtifact have the content of a folder. Returns its revision."""
        kind = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "ExternalArtifact"}
        self.api.apply({**kind, "metadata": {"name": name, "namespace": HOME}, "spec": {}})
        archive = subprocess.run(["tar", "-cz", "."], cwd=folder, capture_output=True, check=True).stdout
        self._store(SOURCE.replace("gitrepositories/flux-system", f"externalartifacts/{name}"), archive)
        return self.revision

    def _store(self, source: str, archive: bytes) -> None:
        digest = hashlib.sha256(archive).hexdigest()
        self.archives[digest] = archive
        self._number += 1
        artifact = {
            "path": f"{digest}.tar.gz",
            "url": f"{self.address}/{digest}.tar.gz",
            "revision": self.revision,
            "digest": f"sha256:{digest}",
            "lastUpdateTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "size": len(archive),
        }
        ready = {"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored"}
        ready |= {"lastTransitionTime": artifact["lastUpdateTime"]}
        self.api.merge(source, {"status": {"artifact": artifact, "conditions": [ready]}})

    @contextmanager
    def looking(self, repo: Path) -> Iterator[None]:
        """Let the source look at a repository until the end of the block whenever somebody asks it to, as
        source-controller does."""
        ends = threading.Event()

        def look() -> None:
            seen = None
            while not ends.wait(0.2):
                asked = self.api.get(SOURCE)["metadata"].get("annotations", {}).get(ASKED)
                if asked != seen:
                    seen = asked
                    self.publish(repo)
                    self.api.merge(SOURCE, {"status": {"lastHandledReconcileAt": asked}})

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            ends.set()
            thread.join()

    def follow(self, path: str) -> None:
        """Make the root, which leads to the Kustomizations of a cluster: docs/delivery.md."""
        spec = {
            "interval": "10m",
            "path": f"./{path}",
            "prune": True,
            "deletionPolicy": "Orphan",
            "sourceRef": {"kind": "GitRepository", "name": HOME},
        }
        self.api.apply(
            {
                "apiVersion": f"{GROUP}/v1",
                "kind": "Kustomization",
                "metadata": {"name": "mesh", "namespace": HOME},
                "spec": spec,
            },
            manager="test",
        )

    def condition(self, name: str, what: str) -> str | None:
        """Returns the status of a condition of a Kustomization (`True`, `False`, `Unknown`), None where it has none."""
        found = self.api.get(f"{KUSTOMIZATIONS}/{name}") or {}
        conditions = found.get("status", {}).get("conditions", [])
        return next((one["status"] for one in conditions if one["type"] == what), None)

    def cpu(self) -> float:
        """Returns how many seconds of CPU the controller has had."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop_following(self) -> None:
        """Take the Kustomizations away; what they applied stays."""
        self.api.delete(f"{KUSTOMIZATIONS}/mesh")
        wait_until(lambda: self.api.get(f"{KUSTOMIZATIONS}/mesh") is None, "the root is gone")
        for one in self.api.get(KUSTOMIZATIONS)["items"]:
            self.api.delete(f"{KUSTOMIZATIONS}/{one['metadata']['name']}")
        wait_until(lambda: not self.api.get(KUSTOMIZATIONS)["items"], "the Kustomizations are gone")


@contextmanager
def flux(folder: Path, kubeconfig: Path, api: Api, *flags: str) -> Iterator[Flux]:
    """Run the controller until the end of the block, with these flags. Its log is `flux.log` in the folder."""
    archives: dict[str, bytes] = {}

    def answer(asked: Asked) -> Answer:
        return Answer(200, (), archives[asked.target.removeprefix("/").removesuffix(".tar.gz")])

    for definition in yaml.safe_load_all((FOLDER / "kustomizations.yaml").read_text()):
        api.apply(definition)
    for plural, kind in _SOURCES.items():
        api.apply(_source(plural, kind))
    take_pods(api, HOME)
    health = free_port()
    scratch = folder / "flux-scratch"  # a controller that starts empties it
    scratch.mkdir()
    command = [
        *(peer("kustomize-controller"), f"--metrics-addr=127.0.0.1:{free_port()}"),
        *(f"--health-addr=127.0.0.1:{health}", "--events-addr=", "--log-encoding=json", *flags),
    ]
    environment = {"RUNTIME_NAMESPACE": HOME, "KUBECONFIG": str(kubeconfig), "TMPDIR": str(scratch)}
    with (
        serving(answer, lambda: None) as server,
        running(command, folder / "flux.log", lambda: _is_ready(health), **environment) as controller,
    ):
        wait_until(lambda: _applied_source(api), "the sources are defined")
        found = Flux(api, f"http://127.0.0.1:{server.server_port}", archives, controller.pid)
        try:
            yield found
        finally:
            found.stop_following()


@dataclass(slots=True)
class Scheduler:
    """Binds pods to nodes, on which kwok says that they run: those whose names begin like one of `ready`, but on the
    nodes `away`. A DaemonSet's pod says its node itself."""

    api: Api
    ready: set[str]
    away: set[str] = field(default_factory=set)
    _ends: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Bind until the end."""
        while not self._ends.wait(0.3):
            for pod in self.api.get("/api/v1/pods?fieldSelector=spec.nodeName%3D")["items"]:
                if any(pod["metadata"]["name"].startswith(name) for name in self.ready):
                    self._bind(pod)

    def stop(self) -> None:
        """Let `run` end."""
        self._ends.set()

    def _bind(self, pod: dict[str, Any]) -> None:
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        terms = re.findall("'matchFields': .*?'values': .'([^']+)'", str(pod["spec"].get("affinity")))
        node = terms[0] if terms else NODE
        if node in self.away:
            return
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": name, "namespace": namespace},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        }
        with suppress(Refused):  # it may be gone, or bound
            self.api.post(f"/api/v1/namespaces/{namespace}/pods/{name}/binding", binding)


@contextmanager
def scheduler(api: Api, *ready: str) -> Iterator[Scheduler]:
    """Run a scheduler until the end of the block, for pods whose names begin with these."""
    found = Scheduler(api, set(ready))
    thread = threading.Thread(target=found.run)
    thread.start()
    try:
        yield found
    finally:
        found.stop()
        thread.join()


def seconds_until(holds: Callable[[], bool], since: float, what: str, patience: float) -> float:
    """Returns how long after a time something holds; fails where it is longer than `patience` seconds."""
    wait_until(holds, what, patience=max(0.1, since + patience - time.monotonic()))
    return time.monotonic() - since


def _applied_source(api: Api) -> bool:
    source = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": HOME, "namespace": HOME},
        "spec": {"interval": "1m", "url": "https://git.example.com/platform/mesh.git"},
    }
    try:
        api.apply(source)
    except (Refused, AssertionError):
        return False
    return True


def _source(plural: str, kind: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.source.toolkit.fluxcd.io"},
        "spec": {
            "group": "source.toolkit.fluxcd.io",
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"},
            "versions": [version],
        },
    }


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
