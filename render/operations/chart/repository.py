"""A Helm repository: an `index.yaml` that names the archives and their digests (https://helm.sh/docs/topics/chart_repository/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from render.charts.archive import PACKED
from render.charts.chart import chart_title
from render.errors import InputError, wrong
from render.messages import few, short
from render.operations.chart.download import Downloads, expect
from render.operations.chart.sources import CODE, FoundChart
from render.yamlio.documents import parse

_INDEX = 16 * 1024 * 1024  # bytes; Istio's has 1 MB
_SIGNATURE = 64 * 1024  # bytes


@dataclass(slots=True)
class HelmRepository:
    """A repository whose index has been read."""

    address: str
    downloads: Downloads
    index: Mapping[str, Any] = field(repr=False)

    @classmethod
    @contextmanager
    def open(cls, address: str) -> Iterator[Self]:
        """Opens the repository at an address. `InputError` where its index is none."""
        address = address.rstrip("/")
        with Downloads(address) as downloads:
            url = f"{address}/index.yaml"
            documents = parse(expect(downloads.get(url, _INDEX), url), url)
            data = documents[0].data if documents else None
            entries = data.get("entries") if isinstance(data, dict) else None
            if not isinstance(entries, dict):
                raise wrong(CODE, f"{url} is no index of a Helm repository: it has no map `entries`")
            yield cls(address, downloads, entries)

    def find(self, name: str, version: str) -> FoundChart:
        entry = self._entry(name, version)
        urls = entry.get("urls")
        if not (isinstance(urls, list) and urls and isinstance(urls[0], str)):
            raise self._broken(name, version, "names no address of its archive")
        url = urljoin(f"{self.address}/", urls[0])
        if urlsplit(url)[:2] != urlsplit(self.address)[:2]:
            where = urlsplit(url).netloc.rpartition("@")[2] or short(url)
            raise self._broken(name, version, f"leads to another host, {where}: name that one with --from to trust it")
        digest = entry.get("digest")
        if not isinstance(digest, str):
            raise self._broken(name, version, "has no digest, so nothing says which archive is the right one")
        archive = expect(self.downloads.get(url, PACKED), url)
        signed = self.downloads.get(f"{url}.prov", _SIGNATURE)
        provenance = signed.content if signed.status == 200 else None
        place = url.rpartition("/")[2]
        return FoundChart(place, self.address, archive, digest.removeprefix("sha256:").lower(), provenance)

    def _entry(self, name: str, version: str) -> Mapping[str, Any]:
        listed = self.index.get(chart_title(name))
        entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        for entry in entries:
            if entry.get("version") == version:
                return entry
        has = [str(entry.get("version")) for entry in entries]
        known = f"it has {few(has, 5)}" if has else "it has none of that chart"
        raise wrong(CODE, f"{self.address} has no {chart_title(name)} {version}: {known}")

    def _broken(self, name: str, version: str, message: str) -> InputError:
        return wrong(CODE, f"{self.address}/index.yaml: the entry of {chart_title(name)} {version} {message}")
