"""A real OCI registry: Debian's `docker-registry`, with its files in a folder, and charts put into it as Helm does."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from render.operations.chart.registry import CHART, MANIFEST, PROVENANCE
from tests.support.cluster.process import free_port, running

PROGRAM = shutil.which("docker-registry")
needs_registry = pytest.mark.skipif(
    PROGRAM is None, reason="docker-registry is not installed (apt-get install docker-registry)"
)
_CONFIG = "application/vnd.cncf.helm.config.v1+json"


@dataclass(frozen=True, slots=True)
class DockerRegistry:
    """A registry that runs; `root` has its files."""

    root: Path
    address: str
    client: httpx.Client

    @property
    def oci(self) -> str:
        """The address of its charts as `--from` takes it."""
        return f"oci://{urlsplit(self.address).netloc}/istio/charts"

    def push(self, chart: str, tag: str, archive: bytes, provenance: bytes | None = None) -> str:
        """Puts a chart there under a tag, and returns the digest of its manifest."""
        layers = [self._layer(chart, CHART, archive)]
        layers += [self._layer(chart, PROVENANCE, provenance)] if provenance is not None else []
        config = self._layer(chart, _CONFIG, json.dumps({"name": chart, "version": tag}).encode())
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}
        url = f"{self.address}/v2/istio/charts/{chart}/manifests/{tag}"
        sent = self.client.put(url, content=json.dumps(manifest).encode(), headers={"Content-Type": MANIFEST})
        assert sent.status_code == 201, sent.text
        return sent.headers["Docker-Content-Digest"]

    def blob(self, data: bytes) -> Path:
        """The file in which the registry keeps a layer."""
        return self.root / blob_path(hashlib.sha256(data).hexdigest())

    def _layer(self, chart: str, kind: str, data: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        begun = self.client.post(f"{self.address}/v2/istio/charts/{chart}/blobs/uploads/")
        sent = self.client.put(httpx.URL(begun.headers["Location"]).copy_merge_params({"digest": digest}), content=data)
        assert sent.status_code == 201, sent.text
        return {"mediaType": kind, "digest": digest, "size": len(data)}


def blob_path(digest: str) -> str:
    """Returns where a registry's folder has the layer of a digest, in hex."""
    return f"docker/registry/v2/blobs/sha256/{digest[:2]}/{digest}/data"


@contextmanager
def docker_registry(folder: Path, more: Mapping[str, Any] | None = None) -> Iterator[DockerRegistry]:
    """A registry whose files lie in a folder; `more` are settings beside those that it needs. A second one in the same
    folder has what the first one was given."""
    assert PROGRAM is not None
    root, address = folder / "registry", f"127.0.0.1:{free_port()}"
    config: dict[str, Any] = {"version": "0.1", "storage": {"filesystem": {"rootdirectory": str(root)}}}
    folder.mkdir(exist_ok=True)
    file = folder / "config.yml"
    file.write_text(json.dumps({**config, "http": {"addr": address}, "log": {"level": "warn"}, **(more or {})}))
    with (
        httpx.Client(base_url=f"http://{address}", trust_env=False, verify=False) as client,
        running([PROGRAM, "serve", str(file)], folder / "log", lambda: _answers(client)),
    ):
        yield DockerRegistry(root, f"http://{address}", client)


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/v2/").status_code in (200, 401)
    except httpx.TransportError:
        return False
