"""An OCI registry with charts (https://github.com/opencontainers/distribution-spec, https://helm.sh/docs/topics/registries/).

The tag names a manifest, the manifest names the layers by their digests. So where a layer comes from does not matter,
and registries that send on to a store elsewhere are followed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from render.charts.archive import PACKED
from render.charts.chart import chart_title
from render.errors import wrong
from render.forge.address import is_loopback
from render.operations.chart.download import Download, Downloads, expect, refusal
from render.operations.chart.sources import CODE, FoundChart

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"
_SMALL = 1024 * 1024  # bytes of a manifest or token
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


@dataclass(slots=True)
class OciRegistry:
    """The charts below an address such as `oci://gcr.io/istio-release/charts`."""

    address: str
    base: str
    folder: str
    downloads: Downloads
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    @contextmanager
    def open(cls, address: str) -> Iterator[Self]:
        """Opens the registry at an address."""
        parts = urlsplit(address.rstrip("/"))
        scheme = "http" if is_loopback(parts.hostname) else "https"
        base = f"{scheme}://{parts.netloc}"
        with Downloads(base) as downloads:
            yield cls(address.rstrip("/"), base, parts.path.strip("/"), downloads)

    def find(self, name: str, version: str) -> FoundChart:
        repository = f"{self.folder}/{chart_title(name)}".lstrip("/")
        url = f"{self.base}/v2/{repository}/manifests/{version}"
        answer = self._get(repository, url, _SMALL, {"Accept": MANIFEST})
        text = expect(answer, url)
        said = _DIGEST.fullmatch(answer.headers.get("Docker-Content-Digest", ""))
        if said and hashlib.sha256(text).hexdigest() != said[1]:
            raise wrong(CODE, f"{url} is not what its digest says")
        layers = _layers(text, url)
        chart = layers.get(CHART)
        if chart is None:
            raise wrong(CODE, f"{self.address}/{chart_title(name)}:{version} is no chart: it has no layer of one")
        signed = layers.get(PROVENANCE)
        provenance = self._blob(repository, signed) if signed else None
        place = f"{chart_title(name)}-{version}.tgz"
        return FoundChart(place, self.address, self._blob(repository, chart), chart, provenance)

    def _blob(self, repository: str, digest: str) -> bytes:
        url = f"{self.base}/v2/{repository}/blobs/sha256:{digest}"
        content = expect(self._get(repository, url, PACKED, {}, other_hosts=True), url)
        if hashlib.sha256(content).hexdigest() != digest:
            raise wrong(CODE, f"{url} is not what its digest says")
        return content

    def _get(
        self, repository: str, url: str, most: int, headers: Mapping[str, str], *, other_hosts: bool = False
    ) -> Download:
        token = self._tokens.get(repository)
        known = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.downloads.get(url, most, {**headers, **known}, other_hosts=other_hosts)
        if answer.status == 401 and not token:
            self._tokens[repository] = self._token(answer, repository, url)
            return self._get(repository, url, most, headers, other_hosts=other_hosts)
        return answer

    def _token(self, answer: Download, repository: str, url: str) -> str:
        """Returns the token that a registry gives to anybody (https://distribution.github.io/distribution/spec/auth/token/)."""
        challenge = answer.headers.get("WWW-Authenticate", "")
        said = dict(_CHALLENGE.findall(challenge))
        if not challenge.lower().startswith("bearer ") or "realm" not in said:
            raise refusal(answer, url)
        asked = {name: said[name] for name in ("service",) if name in said}
        where = f"{said['realm']}?{urlencode({**asked, 'scope': f'repository:{repository}:pull'})}"
        data = _json(expect(self.downloads.get(where, _SMALL), where), where)
        token = data.get("token") or data.get("access_token")
        if not isinstance(token, str):
            raise refusal(answer, url)
        return token


def _layers(text: bytes, url: str) -> dict[str, str]:
    """Returns the digests of a manifest's layers by their kind."""
    listed = _json(text, url).get("layers")
    found: dict[str, str] = {}
    for layer in listed if isinstance(listed, list) else ():
        digest = _DIGEST.fullmatch(str(layer.get("digest"))) if isinstance(layer, dict) else None
        if digest:
            found.setdefault(str(layer.get("mediaType")), digest[1])
    return found


def _json(text: bytes, url: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise wrong(CODE, f"{url} does not answer like an OCI registry")
    return data
