"""One component of one release, by its chart: the same question as to the builtin templates, and the same answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from render.charts.chart import Chart
from render.charts.chart_folder import ChartFolder
from render.charts.digest import tree_digest
from render.charts.values import computed_values, platforms
from render.charts.volatile import refuse_volatile, refuse_volatile_values
from render.errors import InputError
from render.finding import Finding
from render.manifests.chart.documents import objects
from render.manifests.chart.helm import HelmError, HelmRelease, helm
from render.manifests.chart.schema import check_schema
from render.messages import one_line
from render.plan.labels import TAG_LABEL
from render.specs.kinds import HelmKind

# What else is made from a component's chart.
TAGS = "revisiontags"
_CHART_OF = {TAGS: "istiod"}
_PLACE = re.compile(
    r"(?P<path>[\w.-]+/(?:templates|charts|files)/[^\s:()\"]+|[\w.-]+/(?:values|Chart)\.yaml)(?::(?P<line>\d+)(?::(?P<column>\d+))?)?"
)
_NOISE = re.compile(
    r"^Error: |Use --debug flag to render out invalid YAML|(?:execution|parse) error at \([^)]*\): "
    r"|template: |executing \"[^\"]*\" at |^INSTALLATION FAILED: ",
    re.MULTILINE,
)
_LONGEST = 400  # characters; what a chart says when it fails can be a page
_USED_BY_OTHERS = re.compile(rb"\b(define|set|unset|(must)?[mM]erge\w*)\b")


@dataclass(frozen=True, slots=True)
class ChartSource:
    """The charts of a fleet for a cluster of one Kubernetes, `v1.34.0`, with the API versions that it has beside
    Kubernetes' own."""

    charts: ChartFolder
    kubernetes: str
    api_versions: tuple[str, ...] = ()
    helm: HelmKind | None = None

    def render_json(
        self, component: str, version: str, release: str, namespace: str, values: Mapping[str, Any]
    ) -> list[str]:
        """Returns one compact JSON text an object, without CustomResourceDefinitions.

        `InputError` where the chart is not vendored or not as it was, and for what it refuses.
        """
        chart, folder = self._chart(component, version)
        _refuse_volatile(chart, folder)
        refuse_volatile_values(chart, values)
        asked = HelmRelease(
            _tags_alone(chart) if component == TAGS else chart,
            release,
            namespace,
            json.dumps(values),
            self.kubernetes,
            self.api_versions,
        )
        try:
            printed = helm(self.helm).render(asked)
        except HelmError as error:
            raise _chart_refusal(chart, folder, str(error)) from None
        if component != TAGS:
            return objects(folder, printed)
        named = {path: [text for text in texts if TAG_LABEL in text] for path, texts in printed.items()}
        return [text for text in objects(folder, named) if _is_of_tag(text)]

    def check_values(self, component: str, version: str, values: Mapping[str, Any]) -> None:
        """Raise an `InputError` for values that the chart's own schema refuses. Rendering does not ask it."""
        check_schema(*self._chart(component, version), values)

    def computed_values(self, component: str, version: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Returns what the templates of a component read: `values` over all layers of its chart."""
        return computed_values(self._chart(component, version)[0], values)

    def platforms(self, component: str, version: str) -> tuple[str, ...]:
        """Returns the platforms that a component's chart has values for."""
        return platforms(self._chart(component, version)[0])

    def _chart(self, component: str, version: str) -> tuple[Chart, str]:
        name = _CHART_OF.get(component, component)
        return self.charts.chart(name, version), self.charts.path(name, version)


@lru_cache(maxsize=32)
def _tags_alone(chart: Chart) -> Chart:
    """Returns a chart without the templates that print nothing of tags, and hold nothing that others use: a definition,
    or a change of the values. Whatever they refuse was refused when the revision was rendered, by the same values."""
    left_out = {
        path
        for path, data in chart.files.items()
        if path.startswith("templates/") and TAG_LABEL.encode() not in data and not _USED_BY_OTHERS.search(data)
    }
    files = {path: data for path, data in chart.files.items() if path not in left_out}
    return replace(chart, files=files, digest=tree_digest(files))


@lru_cache(maxsize=64)
def _refuse_volatile(chart: Chart, folder: str) -> None:
    refuse_volatile(chart, folder)


def _is_of_tag(text: str) -> bool:
    return TAG_LABEL in (json.loads(text)["metadata"].get("labels") or {})


def _chart_refusal(chart: Chart, folder: str, said: str) -> InputError:
    """Returns what Helm says of a chart in a folder. The innermost template that it names is the place."""
    places = list(_PLACE.finditer(said))
    places = [one for one in places if one["line"]] or places
    place = places[-1] if places else None
    words = " ".join(_PLACE.sub("", _NOISE.sub("", said)).split()).strip(" :")
    words = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
    file = f"{folder}/{place['path'].partition('/')[2]}" if place else folder
    line = int(place["line"]) if place and place["line"] else None
    column = int(place["column"]) + 1 if place and place["column"] else None  # Go counts from 0
    message = f"the chart {chart.title} refuses this: {one_line(words)}"
    return InputError([Finding("MR282", message, file=file, line=line, column=column)])
