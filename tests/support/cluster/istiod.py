"""istiod for the revisions of a tree, on this machine and not in a pod, as their Deployments would run it.

One program of a later release serves them all (tests/cluster/peers/istio/go.mod); its mesh configuration and its
injection templates are those of the revision, which it reads from the ConfigMaps in the cluster.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.cluster.api import Object
from tests.support.cluster.keys import Keys
from tests.support.cluster.peers import peer
from tests.support.cluster.process import free_port, running


@dataclass(slots=True)
class Istiods:
    """Where each istiod takes reviews; they are started by `start`, after what they read is in the cluster."""

    folder: Path
    keys: Keys
    kubeconfig: Path
    host: str
    _programs: ExitStack
    _ports: dict[str, int] = field(default_factory=dict)

    def redirected(self, configuration: Object) -> dict[str, Any]:
        """Returns a webhook configuration whose webhooks call the istiod on this machine of the Service they name."""
        hooks = [
            {**hook, "clientConfig": self._client(hook["clientConfig"]["service"])}
            for hook in configuration["webhooks"]
        ]
        return {**configuration, "webhooks": hooks}

    def start(self, deployment: Object) -> None:
        """Run the istiod of a Deployment, with its environment and arguments, until the end of the block."""
        name, namespace = deployment["metadata"]["name"], deployment["metadata"]["namespace"]
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        known = {"metadata.name": name, "metadata.namespace": namespace, "spec.serviceAccountName": name}
        environment = {one["name"]: one["value"] for one in container["env"] if "value" in one}
        environment |= {
            one["name"]: known[one["valueFrom"]["fieldRef"]["fieldPath"]]
            for one in container["env"]
            if "fieldRef" in one.get("valueFrom", {})
        }
        ready = free_port(self.host)
        command = [
            *(peer("pilot-discovery"), *container["args"]),
            f"--kubeconfig={self.kubeconfig}",
            f"--httpAddr={self.host}:{ready}",
            f"--httpsAddr={self.host}:{self._port(name)}",
            *(
                f"--{what}={self.host}:{free_port(self.host)}"
                for what in ("grpcAddr", "secureGRPCAddr", "monitoringAddr")
            ),
            f"--ctrlz_port={free_port()}",
            f"--tlsCertFile={self.keys.certificate}",
            f"--tlsKeyFile={self.keys.key}",
            f"--caCertFile={self.keys.authority}",
        ]
        log = self.folder / f"{name}.log"
        self._programs.enter_context(
            running(command, log, lambda: _is_ready(f"http://{self.host}:{ready}"), **environment)
        )

    def _client(self, service: Object) -> dict[str, str]:
        authority = base64.b64encode(self.keys.authority.read_bytes()).decode()
        return {"url": f"https://{self.host}:{self._port(service['name'])}{service['path']}", "caBundle": authority}

    def _port(self, service: str) -> int:
        return self._ports.setdefault(service, free_port(self.host))


@contextmanager
def istiods(folder: Path, keys: Keys, kubeconfig: Path, host: str) -> Iterator[Istiods]:
    """Gives istiods whose webhooks are reached at an address of this machine, and ends them."""
    with ExitStack() as programs:
        yield Istiods(folder, keys, kubeconfig, host, programs)


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
