"""What a rendering is made of: JSON texts, refusals, tags apart from their control plane."""

from __future__ import annotations

import json
from typing import Any

import pytest

from render.errors import InputError
from render.manifests.builtin import render_component, render_json
from render.manifests.builtin.templates import _compact

REVISION = {"revision": "1-24-3"}


def istiod(values: dict[str, Any], version: str = "1.24.3", component: str = "istiod") -> dict[str, dict[str, Any]]:
    made = render_component(component, version, "istiod", "istio-system", values)
    objects = {f"{each['kind']}/{each['metadata']['name']}": each for each in made}
    assert len(objects) == len(made), "an object is rendered twice"
    return objects


def test_each_text_is_one_compact_json_document() -> None:
    for text in render_json("istiod", "1.30.3", "istiod", "istio-system", REVISION | {"revisionTags": ["a", "b"]}):
        assert "\n" not in text
        assert json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False) == text


def test_rendering_twice_gives_the_same_text() -> None:
    values = {"revision": "a", "profile": "ambient", "pilot": {"env": {"A": "b"}}}
    assert render_json("istiod", "1.28.0", "r", "n", values) == render_json("istiod", "1.28.0", "r", "n", values)
    assert values == {"revision": "a", "profile": "ambient", "pilot": {"env": {"A": "b"}}}


@pytest.mark.parametrize("version", ["1.23.5", "1.24.3", "1.28.0", "1.30.3"])
@pytest.mark.parametrize("tags", [[], ["prod"], ["default", "prod"]])
def test_tags_alone_are_the_tag_objects_of_the_control_plane(version: str, tags: list[str]) -> None:
    values = {"revision": "a", "revisionTags": tags}
    whole = istiod(values, version)
    alone = istiod(values, version, component="revisiontags")
    assert alone == {name: made for name, made in whole.items() if "-revision-tag-" in name}
    assert len(alone) == len(tags) * (2 if version >= "1.28" else 1)


def test_no_value_breaks_out_of_its_place() -> None:
    nasty = '"}}, {{ 7 * 7 }} \\ </script>\n---\n'
    values = REVISION | {"meshConfig": {"note": nasty}, "podAnnotations": {nasty: nasty}}
    objects = istiod(values)
    assert objects["Deployment/istiod-1-24-3"]["spec"]["template"]["metadata"]["annotations"][nasty] == nasty
    assert objects.keys() == istiod(REVISION).keys()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"global": {"proxy": None}}, "there is nothing to take tracer from"),
        ({"global": {"proxy": "x"}}, "cannot be taken from 'x', which is not a map"),
        ({"revision": 7}, "'7' stands where a text is expected"),
        ({"global": "x"}, "global must be a map"),
        ({"tolerations": "x"}, "'x' stands where a list is expected"),
        ({"podAnnotations": ["x"]}, "'[x]' stands where a map is expected"),
        ({"serviceAnnotations": {"a": 1}}, "the annotation a must be a text, not 1"),
        ({"rollingMaxSurge": "{"}, "'{' is not a value in YAML"),
        ({"telemetry": {"v2": {"prometheus": {"configOverride": {}}}}}, "configOverride is no longer a value"),
        ({"initContainers": [{"name": "{{ .Release.Name }}"}]}, "is a Helm template within a value"),
    ],
)
def test_what_the_chart_cannot_render_is_refused_in_one_line(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        istiod(values)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_values_that_the_chart_ignores_are_ignored() -> None:
    assert istiod(REVISION | {"nosuch": {"value": 1}}) == istiod(REVISION)


@pytest.mark.parametrize(
    ("data", "compact"),
    [
        ('{\n  "a": 1,\n  "b": [\n    2\n  ]\n}\n', '{"a":1,"b":[2]}'),
        ('{"a b": "c : d,  e \\" }"}', '{"a b":"c : d,  e \\" }"}'),
        ("{}\n---\n{}\n", "{}\n{}"),
    ],
)
def test_a_template_is_indented_for_people_and_its_output_is_not(data: str, compact: str) -> None:
    assert _compact(data) == compact


@pytest.mark.parametrize("version", ["1.28.10", "1.29.6", "1.30.3", "1.31.0"])
@pytest.mark.parametrize("component", ["istiod", "cni", "ztunnel", "gateway", "ingress", "egress"])
def test_a_revision_of_digits_stays_a_text_in_the_labels_of_a_network_policy(component: str, version: str) -> None:
    values = {"revision": "1", "global": {"networkPolicy": {"enabled": True}}}
    made = render_component(component, version, "r", "istio-system", values)
    policies = [one for one in made if one["kind"] == "NetworkPolicy"]
    assert {one["metadata"]["labels"]["istio.io/rev"] for one in policies} <= {"1"}
    assert policies or (component, version) in {("cni", "1.28.10"), ("ztunnel", "1.28.10")}
