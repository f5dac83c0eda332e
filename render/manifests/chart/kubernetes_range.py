"""Whether a chart is for the Kubernetes of a cluster: `kubeVersion` of its Chart.yaml is a range of versions.

Helm asks that before it installs a chart (https://helm.sh/docs/topics/charts/#the-kubeversion-field), and the library
does not. So the range is taken out of what is rendered, and Helm is asked for its own answer: `semverCompare`. Like
Helm 4 it is asked without what a vendor adds (`-gke.100`), which would be a pre-release, and so in no range.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache

from render.areas import CNI, ZTUNNEL
from render.charts.chart import METADATA, Chart, metadata
from render.charts.digest import tree_digest
from render.errors import InputError
from render.kustomize.problem import Problem
from render.manifests.chart.helm import HelmError, HelmRelease, helm
from render.manifests.sources import KUBERNETES
from render.messages import few, short
from render.plan.cluster import ClusterPlan
from render.specs.kinds import HelmKind

_TEMPLATE = "templates/answer.yaml"
_ASKING = {METADATA: b"apiVersion: v2\nname: kubernetes\nversion: 1.0.0\n"}
_ASKING[_TEMPLATE] = b"answer: {{ semverCompare .Values.range .Values.version }}\n"


def kubernetes_problems(plan: ClusterPlan) -> Iterator[Problem]:
    """Yields what to say of charts that are not for the Kubernetes that the Cluster names, a problem a release."""
    specs = plan.specs
    if specs.charts is None:
        return
    said, helm_kind = specs.cluster.kubernetes, specs.settings.source.helm
    version = said.version if said else KUBERNETES
    refusing: dict[tuple[str, str], list[str]] = {}
    for name, release in sorted(_rendered_charts(plan)):
        try:
            chart = specs.charts.chart(name, release)
        except InputError:  # it is told where the chart is rendered
            continue
        if (asked := kubernetes_range(chart)) and not is_inside(asked, version, helm_kind):
            refusing.setdefault((release, asked), []).append(name)
    for (release, asked), names in refusing.items():
        which = f"charts {few(names, 5)} of {release} are" if len(names) > 1 else f"chart {names[0]} {release} is"
        message, path = f"the {which} for Kubernetes {short(asked)}, and ", ("spec", "kubernetes", "version")
        if said:
            message += f"this is {version}: take a release that is for it, or update the cluster first"
        else:
            message += f"{version} is taken where no Cluster says what it has: say it, as spec.kubernetes.version"
        yield Problem("MR128", message, specs.cluster.resource, path if said else ("spec",))


def _rendered_charts(plan: ClusterPlan) -> set[tuple[str, str]]:
    """Returns the charts, each with its release (`1.31.0`), that are rendered anew."""
    releases = {one.record.version for one in plan.revisions if one.record.source == "chart" and not one.frozen}
    agents = [(CNI, plan.cni), (ZTUNNEL, plan.ztunnel)]
    found = {(name, one.version) for name, one in agents if one and one.source == "chart"}
    found |= {(name, release) for release in releases for name in ("base", "istiod")}
    return {(name, release.removeprefix("v")) for name, release in found}


def kubernetes_range(chart: Chart) -> str | None:
    """Returns the range of Kubernetes versions that a chart is for, None where it says none."""
    asked = metadata(chart.files, chart.title).get("kubeVersion")
    return str(asked) if asked else None


@lru_cache(maxsize=256)
def is_inside(asked: str, version: str, kind: HelmKind | None) -> bool:
    """Returns Helm's own answer; a range that is none has no version in it, as in Helm."""
    values = json.dumps({"range": asked, "version": version.partition("-")[0].partition("+")[0]})
    chart = Chart("kubernetes", "1.0.0", _ASKING, tree_digest(_ASKING))
    try:
        printed = helm(kind).render(HelmRelease(chart, "kubernetes", "default", values, KUBERNETES))
    except HelmError:
        return False
    return any("true" in text for text in printed[_TEMPLATE])
