"""Helm, by whichever of two ways it is there: its engine as a library in this process, or the program on PATH.

Both are given the same: a copy of the chart without its schema and definitions (`rendered_files`), values, the name and
namespace of a release, and the cluster's Kubernetes. Neither is given a cluster, a network, plugins or a person's
settings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Protocol

from render.charts.chart import METADATA, Chart, metadata
from render.charts.chart_folder import CRDS
from render.errors import wrong
from render.specs.kinds import HelmKind

SCHEMA = "values.schema.json"
LIBRARY = "helm_python"


@dataclass(frozen=True, slots=True)
class HelmRelease:
    """What Helm is to render: a chart, and what its templates may ask for. `values` are JSON text, `kubernetes` is a
    version such as `v1.34.0`, `api_versions` are those that a cluster has beside Kubernetes' own."""

    chart: Chart
    name: str
    namespace: str
    values: str
    kubernetes: str
    api_versions: tuple[str, ...] = ()


class HelmError(Exception):
    """What Helm says is wrong with a chart or with values."""


class Helm(Protocol):
    """One way to Helm."""

    def render(self, release: HelmRelease) -> Mapping[str, Sequence[str]]:
        """Returns the documents that each template prints, by the template's path in the chart. `HelmError` for what
        Helm refuses."""
        ...


@cache
def helm(kind: HelmKind | None) -> Helm:
    """Returns the library or the program; without a `kind` the library where it is installed. `InputError` where it is
    not there."""
    if kind == "program" or (kind is None and find_spec(LIBRARY) is None):
        from render.manifests.chart.helm_program import HelmProgram

        return HelmProgram()
    if find_spec(LIBRARY) is None:
        message = "the library that renders charts is not installed: pip install 'meshrev[helm]', or `helm: program`"
        raise wrong("MR284", message, field="spec.source.helm")
    from render.manifests.chart.helm_library import HelmLibrary

    return HelmLibrary()


# What stands for a chart's definitions, which clusters share: its templates find one, and print next to nothing.
_DEFINITION = b"kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\nmetadata: {name: left.out}\n"


def rendered_files(chart: Chart) -> dict[str, bytes]:
    """Returns the files of a chart as Helm is given them: without its schema, since Helm from 3.18.5 on refuses the
    schema of several releases of Istio's gateway chart itself (istio/istio 57354), and with one definition in place of
    a megabyte of them, which would be printed for every cluster and left out again. What Chart.yaml asks of Kubernetes
    is left out as well: `kubernetes_range` answers that, for both ways alike."""
    files = {path: data for path, data in chart.files.items() if path.rpartition("/")[2] != SCHEMA}
    about = metadata(files, chart.title)
    if "kubeVersion" in about:
        files[METADATA] = json.dumps({name: value for name, value in about.items() if name != "kubeVersion"}).encode()
    return {path: _DEFINITION if path in CRDS else data for path, data in files.items()}
