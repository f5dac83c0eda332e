"""Where charts come from: a Helm repository, an OCI registry or a folder, each asked for one chart at a time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from render.charts.archive import PACKED
from render.charts.chart import METADATA, chart_title, metadata
from render.errors import InputError, wrong

CODE = "MR285"
OFFICIAL = "https://istio-release.storage.googleapis.com/charts"
_DEEP = 6  # folders below the one that is named, as deep as charts lie in Istio's own archive


@dataclass(frozen=True, slots=True)
class FoundChart:
    """A chart as its source gives it: an archive with the digest that the source says (None: none) and its provenance
    file (None: there is none), or the files of a folder. `place` is its name in messages, `source` goes into the
    lock."""

    place: str
    source: str
    archive: bytes | None = None
    digest: str | None = None
    provenance: bytes | None = None
    files: Mapping[str, bytes] | None = None


class ChartArchives(Protocol):
    """A source of charts."""

    def find(self, name: str, version: str) -> FoundChart:
        """Returns a chart of a release. `InputError` where there is none, `OutsideError` where it cannot be asked."""
        ...


@contextmanager
def open_archives(address: str, standing: Path) -> Iterator[ChartArchives]:
    """Opens the source of an address: `https://...`, `oci://...` or a folder, by its path from where the command is
    called."""
    if address.startswith("oci://"):
        from render.operations.chart.registry import OciRegistry

        with OciRegistry.open(address) as registry:
            yield registry
    elif re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", address):
        from render.operations.chart.repository import HelmRepository

        with HelmRepository.open(address) as repository:
            yield repository
    else:
        yield FolderArchives(standing / address)


@dataclass(frozen=True, slots=True)
class FolderArchives:
    """A folder with archives (`istiod-1.32.0.tgz`) or charts that are unpacked, also some levels down."""

    root: Path

    def find(self, name: str, version: str) -> FoundChart:
        if not self.root.is_dir():
            raise wrong(CODE, "is no folder", file=str(self.root))
        archive = f"{chart_title(name)}-{version}.tgz"
        for folder in self._folders():
            file = folder / archive
            if file.is_file():
                provenance = file.with_name(f"{archive}.prov")
                signed = _read(provenance) if provenance.is_file() else None
                return FoundChart(archive, f"folder {self.root.name}", _read(file), provenance=signed)
        for folder in self._folders():
            if self._is(folder, name, version):
                return FoundChart(folder.name, f"folder {self.root.name}", files=dict(_files(folder)))
        raise wrong(CODE, f"holds neither {archive} nor that chart unpacked", file=str(self.root))

    def _folders(self) -> Iterator[Path]:
        for place, names, _ in os.walk(self.root):
            names.sort()
            folder = Path(place)
            if len(folder.relative_to(self.root).parts) >= _DEEP:
                names.clear()
            yield folder

    def _is(self, folder: Path, name: str, version: str) -> bool:
        file = folder / METADATA
        if not file.is_file():
            return False
        try:
            said = metadata({METADATA: _read(file)}, str(folder))
        except InputError:  # a chart of somebody else's, which is not asked for
            return False
        return (said.get("name"), said.get("version")) == (chart_title(name), version)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for place, names, files in os.walk(folder):
        for one in (*names, *files):
            path = Path(place, one)
            if path.is_symlink():
                raise wrong(CODE, "is a symbolic link: a chart has plain files only", file=str(path))
        for one in files:
            path = Path(place, one)
            yield path.relative_to(folder).as_posix(), _read(path)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(PACKED + 1)
    except OSError as error:
        raise wrong(CODE, f"cannot be read: {error.strerror}", file=str(path)) from None
    if len(data) > PACKED:
        raise wrong(CODE, f"has more than {PACKED} bytes", file=str(path))
    return data
