"""The API of a cluster over HTTP, and what a test made there, which goes again."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.cluster.peers import kubectl
from tests.support.cluster.process import end_with_us, wait_until

Object = Mapping[str, Any]
# Argo CD's name for its own fields: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#server-side-apply
DELIVERER = "argocd-controller"


class Refused(AssertionError):
    """What an API server answered in the place of doing it: HTTP status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclass(slots=True)
class Api:
    """A cluster. What is applied or created here and was not there before is noted, for `sweep` to remove."""

    client: httpx.Client
    kubeconfig: Path
    _paths: dict[tuple[str, str], tuple[str, bool]] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)

    def apply(self, item: Object, manager: str = DELIVERER, *, force: bool = True, dry_run: bool = False) -> Any:
        """Apply an object server-side and strictly: an unknown or doubled field is refused. Returns the object."""
        query = {"fieldManager": manager, "fieldValidation": "Strict", "force": str(force).lower()}
        query |= {"dryRun": "All"} if dry_run else {}
        headers = {"Content-Type": "application/apply-patch+yaml"}
        answer = self._request("PATCH", self.path(item), json.dumps(item), params=query, headers=headers)
        return self._note(answer, self.path(item), dry_run)

    def create(self, item: Object, *, dry_run: bool = False) -> Any:
        """Create an object, with `generateName` too. Returns the object."""
        collection = self.path({**item, "metadata": {**item["metadata"], "name": ""}}).rstrip("/")
        query = {"fieldValidation": "Strict"} | ({"dryRun": "All"} if dry_run else {})
        answer = self._request("POST", collection, json.dumps(item), params=query)
        return self._note(answer, f"{collection}/{answer.json()['metadata']['name']}", dry_run)

    def get(self, path: str) -> Any:
        """Returns what is at a path, `/api/v1/pods`; None where nothing is."""
        answer = self._send("GET", path)
        return None if answer.status_code == 404 else _checked(answer).json()

    def merge(self, path: str, patch: Object) -> Any:
        """Patch what is at a path (JSON merge patch) under the name `test`. Returns the object."""
        headers = {"Content-Type": "application/merge-patch+json"}
        return self._request("PATCH", path, json.dumps(patch), params={"fieldManager": "test"}, headers=headers).json()

    def post(self, path: str, data: Object) -> Any:
        """Post to a path such as that of a pod's binding. Returns the answer."""
        return self._request("POST", path, json.dumps(data)).json()

    def delete(self, path: str) -> None:
        """Delete what is at a path, and what it owns."""
        answer = self._send("DELETE", path, params={"propagationPolicy": "Background"})
        if answer.status_code != 404:
            _checked(answer)

    def path(self, item: Object) -> str:
        """Returns the path of an object; fails where the cluster does not know its kind."""
        version, kind = item["apiVersion"], item["kind"]
        if (version, kind) not in self._paths:
            self._discover(version)
        assert (version, kind) in self._paths, f"the cluster knows no {version} {kind}"
        plural, namespaced = self._paths[version, kind]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        name = item["metadata"]["name"]
        if not namespaced:
            return f"{root}/{plural}/{name}"
        return f"{root}/namespaces/{item['metadata']['namespace']}/{plural}/{name}"

    def claim(self, items: Iterable[Object]) -> None:
        """Let the next `sweep` remove objects that something else made."""
        self._made += [self.path(item) for item in items]

    def sweep(self) -> None:
        """Remove what was made since the last time, webhooks first, and wait until namespaces are gone."""
        made, self._made = self._made, []
        made.sort(key=lambda path: ("/admissionregistration" not in path, "/namespaces/" in path + "/"))
        for path in made:
            self.delete(path)
        namespaces = [path for path in made if re.fullmatch("/api/v1/namespaces/[^/]+", path)]
        wait_until(lambda: all(self.get(path) is None for path in namespaces), f"{namespaces} are gone")

    def _discover(self, version: str) -> None:
        answer = self._send("GET", f"/apis/{version}" if "/" in version else f"/api/{version}")
        for known in answer.json()["resources"] if answer.status_code == 200 else []:
            if "/" not in known["name"]:
                self._paths[version, known["kind"]] = known["name"], known["namespaced"]

    def _request(self, method: str, path: str, content: str, **how: Any) -> httpx.Response:
        return _checked(self._send(method, path, content=content, **how))

    def _send(self, method: str, path: str, **how: Any) -> httpx.Response:
        """Returns the answer; asks again where the server is not ready for it, as of a kind that is just defined."""
        while (answer := self.client.request(method, path, **how)).status_code == 429:
            time.sleep(float(answer.headers.get("Retry-After", 1)))
        return answer

    def _note(self, answer: httpx.Response, path: str, dry_run: bool) -> Any:
        if answer.status_code == 201 and not dry_run:
            self._made.append(path)
        return answer.json()


def _checked(answer: httpx.Response) -> httpx.Response:
    if answer.status_code >= 300:
        message = answer.json()["message"] if "json" in answer.headers["Content-Type"] else answer.text
        raise Refused(answer.status_code, message)
    return answer


@contextmanager
def api(kubeconfig: Path, log: Path) -> Iterator[Api]:
    """The API of the cluster that a kubeconfig leads to, by `kubectl proxy`, which knows every way to log in."""
    command = [kubectl(), "--kubeconfig", str(kubeconfig), "proxy", "--port=0"]
    with log.open("w") as errors:
        proxy = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True)
    with end_with_us(proxy):
        assert proxy.stdout is not None
        line = proxy.stdout.readline()
        assert line.startswith("Starting to serve on "), log.read_text()
        with httpx.Client(base_url=f"http://{line.split()[-1]}", timeout=60, trust_env=False) as client:
            yield Api(client, kubeconfig)
