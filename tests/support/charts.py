"""Charts in the shape of Istio's, for any release: as folders, archives, and vendored in a fleet.

They are this project's own (`tests/support/istio_charts`); Istio's are not in the repository.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from render.charts.archive import pack
from render.charts.chart import USUAL
from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo, fleet_repo

SOURCES = Path(__file__).parent / "istio_charts"
PROGRAM = ROOT / ".tools" / "node_modules" / ".bin"

needs_library = pytest.mark.skipif(find_spec("helm_python") is None, reason="helm-python-sdk is not installed")


def chart_files(name: str, version: str, changed: Mapping[str, str | None] = {}) -> dict[str, bytes]:
    """The files of a chart in a release, by path in it; some `changed`, or taken out."""
    folder = SOURCES / name
    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    texts = {path: text.replace("VERSION", version) for path, text in texts.items()}
    return {path: text.encode() for path, text in {**texts, **changed}.items() if text is not None}


def write_charts(folder: Path, version: str, changed: Mapping[str, Mapping[str, str | None]] = {}) -> Path:
    """Writes the charts of a release below a folder, unpacked; `changed` are files by chart and path."""
    for name in USUAL:
        for path, data in chart_files(name, version, changed.get(name, {})).items():
            file = folder / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
    return folder


def archives(version: str, changed: Mapping[str, Mapping[str, str | None]] = {}) -> dict[str, bytes]:
    """The archives of a release's charts by file name."""
    return {f"{name}-{version}.tgz": pack(chart_files(name, version, changed.get(name, {})), name) for name in USUAL}


def index(files: Mapping[str, bytes], digests: Mapping[str, str] = {}) -> bytes:
    """The index of a Helm repository of archives; of some the digest that it says is another."""
    lines = ["apiVersion: v1", "entries:"]
    for file, data in files.items():
        name, _, version = file.removesuffix(".tgz").rpartition("-")
        digest = digests.get(file, hashlib.sha256(data).hexdigest())
        lines += [f"  {name}:", f"  - {{name: {name}, version: {version}, urls: [{file}], digest: '{digest}'}}"]
    return "\n".join([*lines, ""]).encode()


def chart_fleet(root: Path, *versions: str, **spec: str) -> FleetRepo:
    """A fleet whose source is charts, with those of some releases vendored."""
    root.mkdir(parents=True, exist_ok=True)
    repo = fleet_repo(root, **({"source": "{type: chart}"} | spec))
    for version in versions:
        pull(repo, version)
    return repo


def pull(repo: FleetRepo, version: str, changed: Mapping[str, Mapping[str, str | None]] = {}) -> None:
    """Vendors the charts of a release."""
    folder = write_charts(repo.root.parent / f"charts-{repo.root.name}-{version}", version, changed)
    repo.meshrev("chart", "pull", version, "--from", str(folder))


def with_helm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the program `helm` on PATH, or skips the test where it was not fetched."""
    if not (PROGRAM / "helm").exists():
        pytest.skip("helm is not in .tools (make tools)")
    monkeypatch.setenv("PATH", f"{PROGRAM}:{os.environ['PATH']}")
