"""Argo CD beside a cluster: its repo server, API server, controllers and command line, as installed.

The Go module proxy has it (`github.com/argoproj/argo-cd/v3/cmd`), but building it takes longer than all other peers
together, so it is where the environment says: ARGOCD names the program, REDIS a redis-server that is not on PATH. git
is read from the disk. Argo CD looks at it when it is told to here, instead of every three minutes.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cluster.api import Api, Refused
from tests.support.cluster.keys import Keys
from tests.support.cluster.pods import take_pods
from tests.support.cluster.process import free_port, running, wait_until
from tests.support.crd_schemas import APP_PROJECT, APPLICATION, APPLICATION_SET, FOLDER
from tests.support.programs import kustomize

PROGRAM = os.environ.get("ARGOCD")
REDIS = os.environ.get("REDIS") or shutil.which("redis-server")
HOME = "argocd"
API = f"/apis/argoproj.io/v1alpha1/namespaces/{HOME}"

needs_argo_cd = pytest.mark.skipif(
    not (PROGRAM and REDIS and FOLDER.is_dir()), reason="ARGOCD names no program, or there is no redis-server"
)


@dataclass(frozen=True, slots=True)
class ArgoCD:
    """The Argo CD of a cluster, `folder` is where its logs are. `controller` runs while it holds something; `flags` and
    `environment` are those of each part, `person` is the environment of somebody at a prompt."""

    api: Api
    folder: Path
    flags: tuple[str, ...]
    environment: Mapping[str, str]
    person: Mapping[str, str]
    controller: ExitStack

    def run(self, command: str, *, code: int = 0) -> str:
        """Run a line of the command line, `argocd app get NAME`; fails where it exits with another code. Returns what
        it printed, errors too."""
        done = subprocess.run(
            ["sh", "-c", command],
            env=dict(self.person),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, f"{command}\nexit {done.returncode}, not {code}:\n{done.stdout}"
        return done.stdout

    def start_controller(self, *flags: str) -> None:
        """Start the application controller, in the place of the one that runs."""
        self.controller.close()
        metrics = ("--metrics-port", str(free_port()))
        self.controller.enter_context(self.part("argocd-application-controller", *self.flags, *metrics, *flags))

    def part(self, name: str, *flags: str, port: int = 0) -> AbstractContextManager[object]:
        """Run a part until the end of the block, which begins when it listens on a port, where it has one."""
        environment = {**self.environment, "ARGOCD_BINARY_NAME": name}
        return running(
            [str(PROGRAM), *flags], self.folder / f"{name}.log", lambda: not port or _listens(port), **environment
        )

    def application(self, name: str) -> dict[str, Any]:
        """Returns an Application, empty where there is none."""
        return self.api.get(f"{API}/applications/{name}") or {}

    def refresh(self, name: str, how: str = "normal") -> float:
        """Let it look at git again, `hard` also at what it has cached. Returns the time."""
        self.api.merge(f"{API}/applications/{name}", {"metadata": {"annotations": {"argocd.argoproj.io/refresh": how}}})
        return time.monotonic()

    def refresh_sets(self) -> None:
        """Let the ApplicationSets look at git again."""
        for one in self.api.get(f"{API}/applicationsets")["items"]:
            annotations = {"argocd.argoproj.io/application-set-refresh": "true"}
            self.api.merge(
                f"{API}/applicationsets/{one['metadata']['name']}", {"metadata": {"annotations": annotations}}
            )

    def is_synced(self, name: str, commit: str) -> bool:
        """Returns whether a commit is applied, and nothing differs from it."""
        status = self.application(name).get("status", {})
        sync, operation = status.get("sync", {}), status.get("operationState", {})
        if self._looks(name):
            return False
        return (sync.get("status"), sync.get("revision"), operation.get("phase")) == ("Synced", commit, "Succeeded")

    def differing(self, name: str) -> list[str]:
        """Returns the objects that are not Synced, and what the Application says of itself."""
        status = self.application(name).get("status", {})
        objects = [f"{one['kind']}/{one['name']}" for one in status.get("resources", []) if one["status"] != "Synced"]
        said = [f"{one['type']}: {one['message']}" for one in status.get("conditions", [])]
        return [*objects, *said]

    def wait_for_refresh(self, name: str) -> None:
        """Wait until it has looked."""
        wait_until(lambda: not self._looks(name), f"{name} is refreshed")

    def _looks(self, name: str) -> bool:
        annotations = self.application(name)["metadata"].get("annotations", {})
        return "argocd.argoproj.io/refresh" in annotations


@contextmanager
def argo_cd(folder: Path, kubeconfig: Path, keys: Keys, api: Api, cluster: str) -> Iterator[ArgoCD]:
    """Run Argo CD until the end of the block, for the cluster itself under the name `cluster`. Its logs are in the
    folder, `argocd-repo-server.log` and the others."""
    for file in (APPLICATION, APP_PROJECT, APPLICATION_SET):
        api.apply(yaml.load((FOLDER / file).read_bytes(), Loader=yaml.CSafeLoader))
    take_pods(api, HOME)
    for item in _settings(kubeconfig, keys, cluster):
        api.apply(item)
    redis, repo_server, server = free_port(), free_port(), free_port()
    environment = _environment(folder, kubeconfig)
    person = {"PATH": environment["PATH"], "HOME": str(folder), "NO_COLOR": "1"}
    person |= {"ARGOCD_SERVER": f"127.0.0.1:{server}", "ARGOCD_OPTS": "--plaintext"}
    of_redis = ("--redis", f"127.0.0.1:{redis}")
    of_repo_server = ("--namespace", HOME, "--repo-server-plaintext")
    flags = (*of_repo_server, "--repo-server", f"127.0.0.1:{repo_server}", *of_redis)
    with ExitStack() as stack:
        command = [str(REDIS), "--port", str(redis), "--bind", "127.0.0.1", "--save", ""]
        stack.enter_context(running(command, folder / "redis.log", lambda: _listens(redis)))
        controller = stack.enter_context(ExitStack())
        argo = ArgoCD(api, folder, flags, environment, person, controller)
        at = ("--address", "127.0.0.1", "--metrics-address", "127.0.0.1", "--metrics-port")
        plain = ("--disable-tls", "--client-ca-path=", *at, str(free_port()), "--port", str(repo_server))
        stack.enter_context(argo.part("argocd-repo-server", *of_redis, *plain, port=repo_server))
        open_to_all = ("--insecure", "--disable-auth", *at, str(free_port()), "--port", str(server))
        stack.enter_context(argo.part("argocd-server", *flags, *open_to_all, port=server))
        sets = (*of_repo_server, "--argocd-repo-server", f"127.0.0.1:{repo_server}", "--enable-progressive-syncs")
        for name in ("metrics", "probe", "webhook"):
            sets += (f"--{name}-addr", f"127.0.0.1:{free_port()}")
        stack.enter_context(argo.part("argocd-applicationset-controller", *sets))
        argo.start_controller()
        yield argo


def apply_when_defined(api: Api, item: Mapping[str, Any]) -> None:
    """Apply an object of a kind that may just be being defined."""
    wait_until(lambda: _applied(api, item), f"{item['kind']} is defined")


def _applied(api: Api, item: Mapping[str, Any]) -> bool:
    try:
        api.apply(item, manager="kubectl")
    except Refused as error:
        if error.status != 404:
            raise
        return False
    except AssertionError:  # the kind is not known yet
        return False
    return True


def _settings(kubeconfig: Path, keys: Keys, cluster: str) -> Iterator[dict[str, Any]]:
    """Yields what Argo CD reads of its own namespace, and the Secret of the cluster."""
    part_of = {"app.kubernetes.io/part-of": "argocd"}
    # Not looked at by itself: the tests tell it when.
    config = {"timeout.reconciliation": "1h", "timeout.reconciliation.jitter": "0s"}
    for name in ("argocd-cm", "argocd-cmd-params-cm", "argocd-rbac-cm", "argocd-ssh-known-hosts-cm"):
        data = config if name == "argocd-cm" else {}
        yield {**_head("ConfigMap", name, part_of), "data": data}
    for name in ("argocd-tls-certs-cm", "argocd-gpg-keys-cm"):
        yield {**_head("ConfigMap", name, part_of), "data": {}}
    yield {**_head("Secret", "argocd-secret", part_of), "stringData": {"server.secretkey": "x" * 32}}
    (one,) = json.loads(kubeconfig.read_text())["clusters"]
    (user,) = json.loads(kubeconfig.read_text())["users"]
    authority = base64.b64encode(keys.authority.read_bytes()).decode()
    access = {"bearerToken": user["user"]["token"], "tlsClientConfig": {"caData": authority}}
    data = {"name": cluster, "server": one["cluster"]["server"], "config": json.dumps(access)}
    yield {
        **_head("Secret", f"cluster-{cluster}", {"argocd.argoproj.io/secret-type": "cluster"}),
        "stringData": data,
    }


def _head(kind: str, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": HOME, "labels": dict(labels)}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


def _environment(folder: Path, kubeconfig: Path) -> dict[str, str]:
    """Returns an environment in which Argo CD finds kustomize, nothing of the person's, and no folders of an image."""
    programs = folder / "argocd-programs"
    programs.mkdir()
    found = kustomize.program()
    assert found is not None
    (programs / "kustomize").symlink_to(found)
    (programs / "argocd").symlink_to(str(PROGRAM))
    verify = programs / "git-verify-wrapper.sh"  # of the image; no commit is signed here
    verify.write_text("#!/bin/sh\nexit 0\n")
    verify.chmod(0o755)
    folders = {}
    for name in ("ARGOCD_TLS_DATA_PATH", "ARGOCD_SSH_DATA_PATH", "ARGOCD_GNUPGHOME", "ARGOCD_PLUGINSOCKFILEPATH"):
        (folder / name.lower()).mkdir()
        folders[name] = str(folder / name.lower())
    (folder / "argocd_ssh_data_path/ssh_known_hosts").write_text("")
    return {
        **folders,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "KUBECONFIG": str(kubeconfig),
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_GPG_ENABLED": "false",
    }


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
