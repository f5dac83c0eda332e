"""Helm's engine in this process: the only module that knows the library (`helm-python-sdk`).

A process that has loaded it must not be forked, since the threads of its Go runtime are not copied: workers are
spawned, and it is loaded when the first chart is rendered, not where this module is imported.
The version of Kubernetes is an option of the library that its Python functions leave out, so its own call is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from render.charts.archive import pack
from render.charts.chart import Chart
from render.manifests.chart.documents import split
from render.manifests.chart.helm import HelmError, HelmRelease, rendered_files


class HelmLibrary:
    """The library, with each chart loaded once a process."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def render(self, release: HelmRelease) -> Mapping[str, Sequence[str]]:
        from helm_python import _native as native
        from helm_python import errors

        options = {
            "name": release.name,
            "namespace": release.namespace,
            "kube_version": release.kubernetes,
            "api_versions": list(release.api_versions),
        }
        try:
            chart = self._chart(release.chart)
            printed = native.call_string("helm_render", chart._raw(), release.values, json.dumps(options))
        except errors.HelmError as error:
            raise HelmError(str(error)) from None
        texts: dict[str, str] = json.loads(printed)
        return {path.partition("/")[2]: split(text) for path, text in texts.items()}

    def _chart(self, chart: Chart) -> Any:
        from helm_python import Chart as LoadedChart

        if chart.digest not in self._loaded:
            self._loaded[chart.digest] = LoadedChart.load_archive(pack(rendered_files(chart), chart.name))
        return self._loaded[chart.digest]
