"""Rules on injection templates: each finds what has it, and is silent where nothing has."""

from __future__ import annotations

import pytest

from tests.support.builders import istio
from tests.support.lint_view import said


def injector(settings: str) -> str:
    return f"{{sidecarInjectorWebhook: {settings}}}"


# MR167


def test_a_default_template_that_is_not_there_is_found() -> None:
    (line,) = said("MR167", istio(values=injector("{defaultTemplates: [sidecar, sidcar]}")))
    place, _, message = line.partition(": ")
    assert place == "error Istio/default spec.values.sidecarInjectorWebhook.defaultTemplates[1]"
    assert message.startswith("sidcar is no template of revision default-v1-24-2 (did you mean sidecar?)")


@pytest.mark.parametrize(
    "settings",
    [
        "{defaultTemplates: [gateway, kube-gateway, grpc-agent]}",
        '{defaultTemplates: [sidecar, own], templates: {own: "metadata: {}"}}',
        "{defaultTemplates: []}",
        "{}",
    ],
)
def test_a_default_template_that_is_there_is_fine(settings: str) -> None:
    assert said("MR167", istio(values=injector(settings))) == []


# MR168


def test_a_function_that_came_with_a_later_release_is_found() -> None:
    (line,) = said("MR168", istio(values=injector('{templates: {own: "a: {{ omitNil .Values.global }}"}}')))
    place, _, message = line.partition(": ")
    assert place == "error Istio/default spec.values.sidecarInjectorWebhook.templates.own"
    assert message.startswith("calls omitNil, a function that istiod v1.24.2 (default-v1-24-2) does not have")


@pytest.mark.parametrize(
    "action",
    [
        "{{- /* omitNil */ -}}",
        "{{ print `omitNil` }}",
        "{{ $omitNil := 1e3 }}{{ $omitNil | int64 }}",
        "{{ .omitNil }}{{ with .a.omitNil }}{{ toYaml . | nindent 2 }}{{ end }}",
        "{{ range $k, $v := fromJSON .x }}{{ $k }}{{ else }}{{ break }}{{ end }} omitNil",
    ],
)
def test_what_is_no_call_is_none(action: str) -> None:
    assert said("MR168", istio(values=injector(f"{{templates: {{own: '{action}'}}}}"))) == []
