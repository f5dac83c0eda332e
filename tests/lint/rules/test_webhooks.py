"""Rules on webhooks, and on objects that are there twice: each finds what has it, and is silent where nothing has."""

from __future__ import annotations

import pytest

from tests.support.builders import document, istio
from tests.support.lint_view import places, said


def mesh(**spec: str) -> str:
    return istio("v1.26.4", strategy="InPlace", **spec)


def remote(url: str) -> str:
    return mesh(values=f'{{istiodRemote: {{enabled: true, injectionURL: "{url}"}}}}', profile="remote")


def webhook(kind: str, name: str, client: str, entry: str = "rev.namespace.sidecar-injector.istio.io") -> str:
    return f"""
---
apiVersion: admissionregistration.k8s.io/v1
kind: {kind}WebhookConfiguration
metadata: {{name: {name}}}
webhooks:
- name: {entry}
  clientConfig: {client}
  namespaceSelector: {{matchLabels: {{istio.io/rev: elsewhere}}}}
  rules: [{{resources: [pods]}}]
"""


def service(name: str, namespace: str) -> str:
    return document("v1", "Service", name, namespace=namespace)


# MR140

ELSEWHERE = webhook("Mutating", "istio-sidecar-injector-elsewhere", "{service: {name: istiod, namespace: mesh}}")
PLACE = "MutatingWebhookConfiguration/istio-sidecar-injector-elsewhere webhooks[0].clientConfig"


def test_an_injector_whose_service_nobody_makes_is_an_error() -> None:
    (line,) = said("MR140", mesh() + ELSEWHERE)
    assert line.startswith(
        f"error {PLACE}.service: webhook istio-sidecar-injector-elsewhere asks the Service mesh/istiod"
    )


def test_an_injector_whose_service_is_there_is_fine() -> None:
    assert said("MR140", mesh()) == []
    assert said("MR140", mesh() + ELSEWHERE + service("istiod", "mesh")) == []


def test_webhooks_of_others_may_ask_what_services_they_like() -> None:
    other = webhook("Mutating", "vault", "{service: {name: vault, namespace: vault}}", "vault.hashicorp.com")
    assert said("MR140", mesh() + other) == []


# MR141 and MR142

GOOD = "https://istiod.example.com:15017/inject/cluster/eu/net/n1"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://istiod.example.com/inject", "does not begin with https://"),
        ("istiod.example.com", "does not begin with https://"),
        ("https:///inject", "names no host"),
        ("https://me@istiod.example.com/inject", "holds a user"),
        ("https://istiod.example.com/inject?cluster=eu", "holds a user, a query"),
        ("https://istiod.example.com:port/inject", "is no URL"),
        ("https://istiod example.com/", "is no URL: it holds a space"),
        ("https://[::1/inject", "is no URL"),
    ],
)
def test_an_address_that_no_api_server_accepts_is_an_error(url: str, why: str) -> None:
    (line,) = said("MR141", remote(url))
    assert line.startswith(
        "error Istio/default spec.values.istiodRemote.injectionURL: webhook istio-sidecar-injector asks"
    )
    assert why in line


@pytest.mark.parametrize("kind", ["Mutating", "Validating"])
def test_a_webhook_without_any_address_is_an_error(kind: str) -> None:
    name = {"Mutating": "istio-sidecar-injector-elsewhere", "Validating": "istio-validator-elsewhere"}[kind]
    (line,) = said("MR141", mesh() + webhook(kind, name, "{url: null}"))
    place = f"error {kind}WebhookConfiguration/{name} webhooks[0].clientConfig.url"
    assert line == f"{place}: webhook {name} says neither a URL nor a Service"


def test_the_address_of_the_default_validator_counts_too() -> None:
    text = mesh(values='{base: {validationURL: "http://istiod.example.com/validate"}}')
    assert places("MR141", text) == ["error Istio/default spec.values.base.validationURL"]


@pytest.mark.parametrize(
    "url", ["https://10.1.2.3:15017/inject", "https://[2001:db8::1]/inject", "https://999.9.9.9/x"]
)
def test_an_ip_address_is_noted(url: str) -> None:
    assert places("MR142", remote(url)) == ["info Istio/default spec.values.istiodRemote.injectionURL"]


def test_a_host_name_and_a_service_are_fine() -> None:
    for text in (remote(GOOD), mesh(), mesh() + webhook("Mutating", "vault", "{url: 'http://10.0.0.1'}", "vault.io")):
        assert said("MR141", text) == []
        assert said("MR142", text) == []


# MR143


def test_an_object_that_meshrev_makes_too_is_an_error() -> None:
    assert places("MR143", mesh() + service("istiod", "istio-system")) == [
        "error Service/istio-system/istiod metadata.name"
    ]


def test_an_object_of_another_namespace_or_kind_is_fine() -> None:
    account = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istiod, namespace: istio-system}\n"
    assert said("MR143", mesh() + service("istiod", "mesh") + account) == []
