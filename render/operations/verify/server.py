"""An API server, asked through the user's own kubectl: reading, and writing as a dry run alone.

`kubectl proxy` logs in, as kubeconfig says and with whatever plugin that names, so no credential comes here. It listens
on a socket in a folder that nobody else can open. Whatever would write is sent from one function, which says
`dryRun=All` (https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from render.errors import OutsideError, wrong
from render.logs import CLUSTER

TIMEOUT = 60.0  # seconds for an answer, a login in a plugin included
_READY = 15.0  # seconds until kubectl listens
_STOP = 5.0  # seconds between SIGTERM and SIGKILL
_PAGE = 500  # objects in an answer, as kubectl asks
# Beside kubectl's own list of paths that it never passes on; DELETE and PUT are never asked for.
_REJECTED = "^(DELETE|PUT|OPTIONS|HEAD)$"
# The sign that nothing is written, on every request that is not a GET.
_DRY_RUN = {"dryRun": "All", "fieldValidation": "Strict"}
_METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What the server answered: the HTTP status, and the object or the `Status` with the reason."""

    status: int
    data: Mapping[str, Any]

    @property
    def message(self) -> str:
        """Returns the server's own words."""
        return str(self.data.get("message") or f"HTTP {self.status}")


@dataclass(frozen=True, slots=True)
class ApiServer:
    """An API server that can be asked. Several threads may ask at once."""

    context: str
    _client: httpx.Client

    def get(self, path: str, **query: str) -> ServerAnswer:
        """Returns what is at a path: `/api/v1/namespaces/kube-system`. `OutsideError` where no answer comes."""
        return self._send("GET", path, query)

    def metadata(self, path: str, selector: str) -> Iterator[Mapping[str, Any]]:
        """Yields the metadata of each object of a kind that a label selector chooses, and nothing else of it: no data
        of a ConfigMap. `OutsideError` where the server does not list them."""
        query = {"labelSelector": selector, "limit": str(_PAGE)}
        while True:
            answer = self._send("GET", path, query, headers={"Accept": _METADATA})
            if answer.status == 404:
                return  # the server has no such kind
            if answer.status != 200:
                raise OutsideError(f"{self.context}: {answer.message}")
            yield from (item["metadata"] for item in answer.data["items"] or ())
            if not (more := answer.data["metadata"].get("continue")):
                return
            query = {**query, "continue": more}

    def apply(self, path: str, text: str, manager: str, *, force: bool) -> ServerAnswer:
        """Returns what applying an object (JSON) server-side would give, under a manager's name."""
        query = {"fieldManager": manager, "force": str(force).lower(), **_DRY_RUN}
        return self._send("PATCH", path, query, text, {"Content-Type": "application/apply-patch+yaml"})

    def create(self, path: str, text: str) -> ServerAnswer:
        """Returns what creating an object (JSON) in a collection would give."""
        return self._send("POST", path, dict(_DRY_RUN), text, {"Content-Type": "application/json"})

    def _send(
        self, method: str, path: str, query: Mapping[str, str], text: str = "", headers: Mapping[str, str] | None = None
    ) -> ServerAnswer:
        began = time.perf_counter()
        try:
            answer = self._client.request(method, path, params=query, content=text or None, headers=headers)
        except httpx.HTTPError as error:
            raise OutsideError(f"{self.context}: no answer ({error})") from None
        CLUSTER.debug("%s %s: %s", method, path, answer.status_code, extra={"seconds": time.perf_counter() - began})
        try:
            data = answer.json()
        except ValueError:  # kubectl answers in plain text where it reaches nobody
            data = {"message": answer.text.strip()}
        if answer.status_code in (401, 429) or answer.status_code >= 500:
            raise OutsideError(f"{self.context}: {ServerAnswer(answer.status_code, data).message}")
        return ServerAnswer(answer.status_code, data)


@contextmanager
def connect(context: str, called_in: Path, kubectl: str = "kubectl") -> Iterator[ApiServer]:
    """Start kubectl, and give the API server of a context of kubeconfig until the end of the block. `called_in` is the
    folder from which kubectl reads relative paths of KUBECONFIG.

    `InputError` where there is no kubectl or no such context; `OutsideError` where it cannot listen.
    """
    nothing = subprocess.DEVNULL
    with tempfile.TemporaryDirectory(prefix="meshrev-") as folder:
        socket, log = Path(folder, "s"), Path(folder, "log")
        command = [kubectl, "proxy", f"--context={context}", f"--unix-socket={socket}", f"--reject-methods={_REJECTED}"]
        with log.open("wb") as said:
            try:
                proxy = subprocess.Popen(command, cwd=called_in, stdin=nothing, stdout=nothing, stderr=said)
            except OSError:
                raise wrong("MR240", "kubectl is not on PATH, and it is what asks the server") from None
        try:
            _wait(proxy, socket, log)
            CLUSTER.info("%s", " ".join(command))
            transport = httpx.HTTPTransport(uds=str(socket))
            with httpx.Client(transport=transport, base_url="http://localhost", timeout=TIMEOUT) as client:
                yield ApiServer(context, client)
        finally:
            proxy.terminate()
            try:
                proxy.wait(_STOP)
            except subprocess.TimeoutExpired:
                proxy.kill()
                proxy.wait()


def _wait(proxy: subprocess.Popen[bytes], socket: Path, log: Path) -> None:
    """Wait until kubectl listens. It is the first to know whether the context is one."""
    end = time.monotonic() + _READY
    while not os.path.lexists(socket):
        if proxy.poll() is not None:
            said = log.read_text(errors="replace").strip().splitlines()
            raise wrong("MR240", f"kubectl: {said[-1] if said else f'exit code {proxy.returncode}'}")
        if time.monotonic() > end:
            raise OutsideError(f"kubectl does not listen after {_READY:.0f} s")
        time.sleep(0.02)
