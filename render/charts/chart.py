"""A chart as its files, and what its Chart.yaml says that it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from render.charts.digest import tree_digest
from render.errors import wrong
from render.messages import short
from render.yamlio.documents import parse

METADATA = "Chart.yaml"
# Those that a control plane and its node agents need, and those that pulling brings only where it is asked for more.
USUAL = ("base", "istiod", "cni", "ztunnel", "gateway")
OLDER = ("ingress", "egress")
# How Chart.yaml calls them, where it is not as here.
_NAMES = {"ingress": "istio-ingress", "egress": "istio-egress"}


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """One of Istio's charts in one release (`1.31.0`). `files` are by path in the chart; `digest` is that of all of
    them, as `tree_digest` has it."""

    name: str
    version: str
    files: Mapping[str, bytes] = field(repr=False)
    digest: str

    @property
    def title(self) -> str:
        """The name and release as messages have them: `istiod 1.31.0`."""
        return f"{self.name} {self.version}"


def chart_title(name: str) -> str:
    """Returns what Chart.yaml and archives call one of Istio's charts: `istio-ingress` for `ingress`."""
    return _NAMES.get(name, name)


def checked_chart(name: str, version: str, files: Mapping[str, bytes], place: str) -> Chart:
    """Returns the chart that files are. `InputError` where their Chart.yaml says that they are another; `place` is the
    folder or archive for the message."""
    said = metadata(files, place)
    found = f"{said.get('name')} {said.get('version')}"
    if found != f"{chart_title(name)} {version}":
        raise wrong("MR285", f"is the chart {found}, and {chart_title(name)} {version} was expected", file=place)
    # Helm renders what lies below `charts/` also where Chart.yaml does not name it.
    if said.get("dependencies") or any(path.startswith("charts/") or path == "requirements.yaml" for path in files):
        raise wrong("MR285", "depends on other charts, and none of Istio's does", file=place)
    if (kind := said.get("type", "application")) != "application":
        raise wrong("MR285", f"is a chart of type {short(str(kind))}, of which nothing is rendered", file=place)
    return Chart(name, version, files, tree_digest(files))


def metadata(files: Mapping[str, bytes], place: str) -> Mapping[str, Any]:
    """Returns what Chart.yaml says. `InputError` where there is none, or it holds no map."""
    text = files.get(METADATA)
    documents = parse(text, f"{place}/{METADATA}") if text is not None else []
    if len(documents) != 1 or not isinstance(documents[0].data, dict):
        raise wrong("MR285", f"holds no {METADATA}, and so is no chart", file=place)
    data: Mapping[str, Any] = documents[0].data
    return data
