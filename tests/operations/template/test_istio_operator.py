"""`meshrev template -f` with IstioOperators: what a person gets who compares with istioctl."""

from __future__ import annotations

import json
from typing import Any

import pytest

from render.errors import InputError
from render.operations.template.istio_operator import template_operator

HEAD = b"apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n"


def objects(spec: str, *sets: str, version: str | None = "1.30.3") -> list[dict[str, Any]]:
    result = template_operator([("a.yaml", HEAD + spec.encode())], version, sets)
    return [json.loads(text) for text in result.objects]


def names(made: list[dict[str, Any]], kind: str) -> list[str]:
    return [obj["metadata"]["name"] for obj in made if obj["kind"] == kind]


def refusal(spec: str, *sets: str, version: str | None = "1.30.3") -> list[str]:
    with pytest.raises(InputError) as caught:
        objects(spec, *sets, version=version)
    return [finding.text() for finding in caught.value.findings]


def test_the_default_profile_has_istiod_and_one_ingress_gateway() -> None:
    assert names(objects("spec: {}\n"), "Deployment") == ["istiod", "istio-ingressgateway"]


def test_no_file_is_the_default_profile() -> None:
    result = template_operator([], "1.30.3")
    assert names([json.loads(text) for text in result.objects], "Deployment") == ["istiod", "istio-ingressgateway"]


def test_a_later_file_lies_over_an_earlier_one_and_set_over_both() -> None:
    files = [("a.yaml", HEAD + b"spec: {profile: ambient, revision: a}\n"), ("b.yaml", HEAD + b"spec: {revision: b}\n")]
    for sets, revision in (((), "b"), (("revision=c",), "c")):
        made = [json.loads(text) for text in template_operator(files, "1.30.3", sets).objects]
        assert names(made, "Deployment") == [f"istiod-{revision}"]
        assert names(made, "DaemonSet") == ["istio-cni-node", "ztunnel"]


def test_the_release_is_that_of_the_tag_where_none_is_asked_for() -> None:
    (istiod,) = [
        obj
        for obj in objects("spec: {profile: minimal, tag: 1.29.1-distroless}\n", version=None)
        if obj["kind"] == "Deployment"
    ]
    assert istiod["spec"]["template"]["spec"]["containers"][0]["image"].endswith("/pilot:1.29.1-distroless")
    assert istiod["metadata"]["labels"]["helm.sh/chart"] == "istiod-1.29.1"
    assert refusal("spec: {}\n", version=None) == [
        "--version: is needed, as spec.tag names no release: istioctl has one release, this program has many"
    ]


def test_before_1_24_there_is_none() -> None:
    assert refusal("spec: {}\n", version="1.23.5") == [
        "--version: v1.23.5 is too old: IstioOperator begins with v1.24.0"
    ]


def test_replicas_and_the_budget_follow_the_autoscaler_from_the_release_that_has_it() -> None:
    spec = "spec: {profile: minimal, components: {pilot: {k8s: {hpaSpec: {minReplicas: 2, maxReplicas: 4}}}}}\n"
    assert names(objects(spec, version="1.28.7"), "PodDisruptionBudget") == []
    assert names(objects(spec, version="1.28.8"), "PodDisruptionBudget") == ["istiod"]
    assert names(objects(spec, version="1.30.3"), "PodDisruptionBudget") == []


def test_each_mistake_has_its_place() -> None:
    spec = """\
spec:
  profle: demo
  components:
    pilot:
      enabled: "yes"
      k8s: {podAnnotations: {a: true}}
"""
    assert refusal(spec) == [
        "a.yaml:4:3: spec.profle: unknown field (did you mean profile?)",
        "a.yaml:7:7: spec.components.pilot.enabled: expected true or false, found the text yes",
        "a.yaml:8:30: spec.components.pilot.k8s.podAnnotations.a: expected text, found true (put it in quotes)",
    ]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ("{revision: '1.31'}", "spec.revision"),
        ("{revision: Canary}", "spec.revision"),
        ("{revision: 'nan'}", "spec.revision"),
        ("{tag: a b}", "spec.tag"),
        ("{hub: 'a b'}", "spec.hub"),
        ("{installPackagePath: /charts}", "spec.installPackagePath"),
        ("{values: {pilott: {}}}", "spec.values.pilott"),
        ("{values: {pilot: {autoscaleMin: two}}}", "spec.values.pilot.autoscaleMin"),
        ("{values: {global: {proxy: {includeIPRanges: 10.0.0.0}}}}", "spec.values.global.proxy.includeIPRanges"),
        ("{values: {global: {proxy: {excludeInboundPorts: '80,x'}}}}", "spec.values.global.proxy.excludeInboundPorts"),
        ("{values: {pilot: {tolerations: [{keyy: a}]}}}", "spec.values.pilot.tolerations[0].keyy"),
        ("{components: {pilot: {k8s: {env: [{name: A, value: 1}]}}}}", "spec.components.pilot.k8s.env[0].value"),
        ("{components: {pilot: {k8s: {affinity: {podAfinity: {}}}}}}", "spec.components.pilot.k8s.affinity.podAfinity"),
        ("{components: {pilot: {k8s: {replicaCount: -1}}}}", "spec.components.pilot.k8s.replicaCount"),
        ("{components: {galley: {}}}", "spec.components.galley"),
        (
            "{components: {ingressGateways: [{name: a, k8s: {service: {ports: [{port: 80}]}}}]}}",
            "spec.components.ingressGateways[0].k8s.service.ports[0]",
        ),
        ("{components: {egressGateways: [{name: A_b}]}}", "spec.components.egressGateways[0].name"),
    ],
)
def test_what_istioctl_refuses_is_refused_at_its_line(spec: str, path: str) -> None:
    (line,) = refusal(f"spec: {spec}\n")
    assert line.startswith("a.yaml:3:")
    assert f": {path}: " in line


def test_an_unknown_profile_names_those_that_there_are() -> None:
    (line,) = refusal("spec: {profile: ambint}\n")
    assert "unknown profile ambint (did you mean ambient?): istioctl has default, ambient" in line


def test_a_mistake_of_an_option_is_told_with_the_option() -> None:
    assert refusal("spec: {}\n", "revision=A")[0].startswith(
        "--set revision=A: spec.revision: A is not a revision's name"
    )


def test_two_operators_in_one_file_are_refused() -> None:
    assert refusal("spec: {}\n---\nspec: {}\n") == [
        "a.yaml:5: is a second document, and istioctl takes one IstioOperator a file: give it as a file of its own"
    ]


def test_an_overlay_that_changes_nothing_is_told() -> None:
    spec = "spec: {components: {pilot: {k8s: {overlays: [{kind: Deployment, name: nope}]}}}}\n"
    result = template_operator([("a.yaml", HEAD + spec.encode())], "1.30.3")
    (warning,) = result.warnings
    assert warning.text() == (
        "a.yaml:3:46: spec.components.pilot.k8s.overlays[0]: "
        "changes nothing: the component has no Deployment named nope"
    )


def test_an_old_kind_is_read_as_istioctl_reads_it_and_told() -> None:
    result = template_operator(
        [("a.yaml", b"apiVersion: install.istio.io/v1alpha2\nkind: IstioControlPlane\n")], "1.30.3"
    )
    assert [warning.text().split(": ", 1)[1] for warning in result.warnings] == [
        "apiVersion: is read as an IstioOperator of v1alpha1, as by istioctl",
        "kind: is read as an IstioOperator of v1alpha1, as by istioctl",
    ]
