"""Kubernetes' control plane on loopback: etcd, API server, controller manager, and kwok in the place of nodes.

No scheduler: a pod that is to run names the node. kwok says of pods on it that they run and are ready.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.support.cluster.keys import Keys
from tests.support.cluster.peers import peer
from tests.support.cluster.process import free_port, running

HOST = "127.0.0.1"
TOKEN = "admin"  # who it belongs to is in `tokens.csv`, and nobody but this machine reaches the server
NODE = "node"
# Who wrote what and when, and which webhooks changed it; kept beside the other logs.
AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "verbs": ["create", "update", "patch", "delete", "deletecollection"]}],
}
# What kwok says, of what, once: https://kwok.sigs.k8s.io/docs/user/stages-configuration/
IS_READY = 'conditions: [{type: Ready, status: "True", lastTransitionTime: {{ Now | Quote }}}]'
LEAVES = {"key": ".metadata.deletionTimestamp"}
STAGES = {
    "node-is-ready": (
        "Node",
        [{"key": ".status.conditions", "operator": "DoesNotExist"}],
        {"statusTemplate": IS_READY},
    ),
    "pod-runs": (
        "Pod",
        [{**LEAVES, "operator": "DoesNotExist"}, {"key": ".status.phase", "operator": "In", "values": ["Pending"]}],
        {"statusTemplate": f"phase: Running\n{IS_READY}"},
    ),
    "pod-is-gone": ("Pod", [{**LEAVES, "operator": "Exists"}], {"delete": True}),
}


@contextmanager
def control_plane(folder: Path, keys: Keys) -> Iterator[Path]:
    """Run a control plane until the end of the block; gives the kubeconfig.

    Logs stay in the folder: `etcd.log`, `apiserver.log`, `audit.log`, `controllers.log`, `kwok.log`.
    """
    with ExitStack() as stack:
        etcd = stack.enter_context(_etcd(folder))
        server = stack.enter_context(_api_server(folder, keys, etcd))
        config = folder / "kubeconfig"
        config.write_text(json.dumps(_kubeconfig(server, keys.authority)))
        stack.enter_context(_controllers(folder, keys, config))
        stack.enter_context(_kwok(folder, config))
        yield config


@contextmanager
def _etcd(folder: Path) -> Iterator[str]:
    client, member = (f"http://{HOST}:{free_port()}" for _ in range(2))
    command = [
        peer("etcd"),
        *("--data-dir", str(folder / "etcd"), "--unsafe-no-fsync", "--initial-cluster", f"default={member}"),
        *("--listen-client-urls", client, "--advertise-client-urls", client),
        *("--listen-peer-urls", member, "--initial-advertise-peer-urls", member),
    ]
    with running(command, folder / "etcd.log", lambda: _answers(f"{client}/health")):
        yield client


@contextmanager
def _api_server(folder: Path, keys: Keys, etcd: str) -> Iterator[str]:
    port = free_port()
    (folder / "tokens.csv").write_text(f"{TOKEN},admin,admin,system:masters\n")
    (folder / "audit.json").write_text(json.dumps(AUDIT))
    command = [
        peer("kube-apiserver"),
        f"--etcd-servers={etcd}",
        f"--secure-port={port}",
        f"--bind-address={HOST}",
        f"--advertise-address={HOST}",
        "--endpoint-reconciler-type=none",
        "--service-cluster-ip-range=10.0.0.0/16",
        f"--cert-dir={folder}",
        f"--tls-cert-file={keys.certificate}",
        f"--tls-private-key-file={keys.key}",
        f"--client-ca-file={keys.authority}",
        f"--service-account-key-file={keys.tokens_public}",
        f"--service-account-signing-key-file={keys.tokens_private}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        f"--audit-policy-file={folder / 'audit.json'}",
        f"--audit-log-path={folder / 'audit.log'}",
    ]
    server = f"https://{HOST}:{port}"
    with running(command, folder / "apiserver.log", lambda: _answers(f"{server}/readyz", keys.authority)):
        yield server


@contextmanager
def _controllers(folder: Path, keys: Keys, config: Path) -> Iterator[None]:
    port = free_port()
    command = [
        peer("kube-controller-manager"),
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        f"--service-account-private-key-file={keys.tokens_private}",
        f"--root-ca-file={keys.authority}",
        "--leader-elect=false",
        f"--bind-address={HOST}",
        f"--secure-port={port}",
        f"--cert-dir={folder}",
        "--controllers=*,-nodeipam,-nodelifecycle,-cloud-node-lifecycle",
    ]
    with running(command, folder / "controllers.log", lambda: _answers(f"https://{HOST}:{port}/healthz", None)):
        yield


@contextmanager
def _kwok(folder: Path, config: Path) -> Iterator[None]:
    port = free_port()
    stages = [
        {
            "apiVersion": "kwok.x-k8s.io/v1alpha1",
            "kind": "Stage",
            "metadata": {"name": name},
            "spec": {
                "resourceRef": {"apiGroup": "v1", "kind": kind},
                "selector": {"matchExpressions": expressions},
                "next": result,
            },
        }
        for name, (kind, expressions, result) in STAGES.items()
    ]
    (folder / "stages.yaml").write_text("\n---\n".join(map(json.dumps, stages)))
    command = [
        peer("kwok"),
        f"--kubeconfig={config}",
        f"--config={folder / 'stages.yaml'}",
        "--manage-all-nodes=true",
        f"--server-address={HOST}:{port}",
    ]
    with running(command, folder / "kwok.log", lambda: _answers(f"http://{HOST}:{port}/healthz")):
        yield


def _answers(url: str, authority: Path | None = None) -> bool:
    """Says whether a server answers 200; without an authority its certificate is not looked at."""
    try:
        verify = ssl.create_default_context(cafile=authority) if authority else False
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.get(url, verify=verify, headers=headers, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _kubeconfig(server: str, authority: Path) -> dict[str, object]:
    """Returns a kubeconfig that leads to an API server as its administrator."""
    cluster = {"server": server, "certificate-authority": str(authority)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "here", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": TOKEN}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "admin"}}],
    }
