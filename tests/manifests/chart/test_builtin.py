"""The builtin manifests and Istio's own charts make the same of any values, where a person has the charts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.charts.chart import OLDER, USUAL
from render.errors import InputError
from render.manifests.builtin import render_component
from render.manifests.chart.component import ChartSource
from render.operations.template.run import INSTALLED
from tests.data.conformance import run as comparison
from tests.manifests.chart.random_values import random_values
from tests.manifests.chart.test_istio_charts import FOLDER, charts
from tests.support.cases import VERSIONS
from tests.support.charts import needs_library

pytestmark = [needs_library, pytest.mark.skipif(not FOLDER, reason="MESHREV_ISTIO_CHARTS names no folder")]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("component", [*USUAL, *OLDER])
def test_a_component_is_what_its_chart_makes_of_any_values(component: str, version: str) -> None:
    if (component, version) not in charts()._charts:
        pytest.skip(f"{FOLDER} has no {component} {version}")
    release, usual = INSTALLED[component]

    @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(random_values(component, version), st.sampled_from([usual, "1234"]))
    def agrees(values: dict[str, Any], namespace: str) -> None:
        asked = (component, version, release, namespace, values)
        assert builtin(*asked) == by_chart(*asked)

    agrees()


def builtin(*asked: Any) -> dict[str, Any] | None:
    """The objects by identity, None where the values are refused, or make a name that is no text."""
    try:
        made = render_component(*asked)
        return by_identity(made) if all(isinstance(one["metadata"]["name"], str) for one in made) else None
    except InputError:
        return None


def by_chart(*asked: Any) -> dict[str, Any] | None:
    try:
        return by_identity([json.loads(text) for text in ChartSource(charts(), "v1.34.0").render_json(*asked)])
    except InputError:
        return None


def by_identity(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """As the cases compare them: embedded documents as data, without the bodies of injection templates."""
    found = (comparison.normal(one) for one in objects)
    return {f"{one['kind']}/{one['metadata'].get('namespace')}/{one['metadata']['name']}": one for one in found}
