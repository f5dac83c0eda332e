"""Istio's own charts, where a person has them: all cases of their releases, by both ways to Helm.

`MESHREV_ISTIO_CHARTS` names a folder with them: archives or unpacked, of any releases, at any depth. None are in
this repository.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from render.charts.archive import unpack
from render.charts.chart import OLDER, USUAL, chart_title, checked_chart, metadata
from render.charts.chart_folder import ChartFolder
from render.errors import InputError
from render.kustomize.reader import WorkingTree
from render.manifests.chart.component import ChartSource
from tests.data.conformance import run as comparison
from tests.support.cases import VERSIONS, chart_cases
from tests.support.charts import needs_library, with_helm

FOLDER = os.environ.get("MESHREV_ISTIO_CHARTS", "")
pytestmark = [needs_library, pytest.mark.skipif(not FOLDER, reason="MESHREV_ISTIO_CHARTS names no folder")]
NAMES = {chart_title(name): name for name in (*USUAL, *OLDER)}


def found() -> Iterator[dict[str, bytes]]:
    """The files of each chart below the folder."""
    for file in sorted(Path(FOLDER).rglob("*.tgz")):
        yield unpack(file.read_bytes(), file.name)
    for file in sorted(Path(FOLDER).rglob("Chart.yaml")):
        root = file.parent
        yield {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@cache
def charts() -> ChartFolder:
    folder = ChartFolder(WorkingTree(Path(FOLDER)))
    for files in found():
        about = metadata(files, FOLDER)
        name, version = NAMES.get(str(about.get("name"))), str(about.get("version"))
        if name:
            folder._charts[name, version] = checked_chart(name, version, files, f"{version}/{name}")
    return folder


def differences(case: dict[str, Any], defaults: dict[Any, Any], source: ChartSource) -> list[str]:
    asked = [case[key] for key in ("component", "version", "release", "namespace")]
    try:
        got = {comparison.key(one): one for one in map(json.loads, source.render_json(*asked, case["values"]))}
    except InputError as error:
        return [] if "error" in case else [str(error)]
    if "error" in case:
        return [f"should have been refused: {case['error']}"]
    want = comparison.wanted(case, defaults)
    if want.keys() != got.keys():
        return [f"other objects: {sorted(want.keys() ^ got.keys())}"]
    return [
        f"{name}{line}"
        for name in want
        for line in comparison.differences(comparison.normal(want[name]), comparison.normal(got[name]))
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_case_of_a_release_is_rendered_by_its_charts(version: str) -> None:
    failed, count = [], 0
    defaults: dict[Any, Any] = {}
    for kind in ("named", "flips"):
        for case in chart_cases(version, kind):
            if (case["component"], version) not in charts()._charts:
                continue
            if case["case"] == "default" and "objects" in case:
                defaults[case["component"], version] = {comparison.key(one): one for one in case["objects"]}
            count += 1
            if lines := differences(case, defaults, ChartSource(charts(), "v1.34.0", helm="library")):
                failed.append(f"{case['component']} {case['case']}: {lines[0]}")
    if not count:
        pytest.skip(f"{FOLDER} has no charts of {version}")
    assert failed == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_program_prints_what_the_library_prints(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some cases: each is a process."""
    with_helm(monkeypatch)
    names = [name for name, of in charts()._charts if of == version]
    if not names:
        pytest.skip(f"{FOLDER} has no charts of {version}")
    for name in names:
        for case in [case for case in chart_cases(version, "named") if case["component"] == name][:8]:
            asked = (name, version, case["release"], case["namespace"], case["values"])
            said = []
            for way in ("library", "program"):
                try:
                    said.append(ChartSource(charts(), "v1.34.0", helm=way).render_json(*asked))
                except InputError:
                    said.append(["refused"])
            assert said[0] == said[1], f"{name} {case['case']}"
