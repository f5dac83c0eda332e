"""Custom resources by the definition of their kind, as an API server of 1.34 was seen to judge them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from render.kubernetes.custom_resource import Definitions
from tests.support.crd_schemas import FOLDER, needs_crds

DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        required: [spec]
        properties:
          spec:
            type: object
            required: [size, colour]
            properties:
              size: {type: integer, maximum: 9}
              colour: {type: string, default: red, enum: [red, blue]}
              port: {x-kubernetes-int-or-string: true}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              labels: {type: object, additionalProperties: {type: string}}
              parts: {type: array, items: {type: object, properties: {name: {type: string}}}}
              gone: {type: string, nullable: true}
            oneOf:
            - not: {anyOf: [{required: [left]}, {required: [right]}]}
            - {required: [left]}
            - {required: [right]}
  - {name: v1beta1, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
"""
KNOWN = Definitions([yaml.safe_load(DEFINITION)])


def said(spec: dict[str, Any], version: str = "v1", kind: str = "Widget") -> list[str]:
    obj = {"apiVersion": f"example.com/{version}", "kind": kind, "metadata": {"name": "w"}, "spec": spec}
    return [f"{'.'.join(map(str, one.path))} {one.message}" for one in KNOWN.complaints(obj)]


@pytest.mark.parametrize(
    "spec",
    [
        {"size": 1},
        {"size": 1, "port": "http"},
        {"size": 1, "port": 80},
        {"size": 1, "free": {"a": [1]}},
        {"size": 1, "gone": None},
    ],
)
def test_what_the_definition_has_is_taken(spec: dict[str, Any]) -> None:
    assert said(spec) == []


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, "spec.size is required"),
        ({"size": "1"}, "spec.size is 1: expected a whole number"),
        ({"size": 10}, "spec.size is the number 10: expected maximum the number 9"),
        ({"size": 1, "colour": "rad"}, "spec.colour is rad: expected one of red, blue (did you mean red?)"),
        ({"size": 1, "colr": "red"}, "spec.colr is not a field there (did you mean colour?)"),
        ({"size": 1, "labels": {"a": 1}}, "spec.labels.a is the number 1: expected a text"),
        ({"size": 1, "parts": [{"nam": "x"}]}, "spec.parts.0.nam is not a field there (did you mean name?)"),
        ({"size": 1, "port": []}, "spec.port is a list: expected a whole number or a text"),
    ],
)
def test_what_it_does_not_have_is_refused_at_its_field(spec: dict[str, Any], message: str) -> None:
    assert said(spec) == [message]


def test_alternatives_name_their_fields() -> None:
    assert "spec has not exactly one of left, right" in said({"size": 1, "left": 1, "right": 1})


def test_a_version_that_is_not_served_and_a_kind_that_is_not_there_are_refused() -> None:
    assert said({}, "v1beta1") == ["apiVersion is of v1beta1, and Widget is served as v1"]
    assert said({}, kind="Wigdet") == [
        "kind is Wigdet, which is no kind of example.com there (did you mean Widget?)",
    ]


def test_a_definition_that_a_server_refuses_is_not_asked() -> None:
    broken = yaml.safe_load(DEFINITION) | {"spec": {"group": "example.com"}}
    assert not Definitions([broken]).knows_group("example.com")


@needs_crds
def test_an_object_of_istio_is_held_to_the_definitions_of_its_release() -> None:
    text = (FOLDER / "istio-1.30.3-crds.yaml").read_bytes()
    known = Definitions(one for one in yaml.load_all(text, yaml.CSafeLoader) if one)
    server = {"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}
    gateway = {"apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": {"name": "g"}}
    assert list(known.complaints(gateway | {"spec": {"servers": [server]}})) == []
    (found,) = known.complaints(gateway | {"spec": {"servers": [server | {"tls": {"mode": "SIMPEL"}}]}})
    assert found.path == ("spec", "servers", 0, "tls", "mode")
    assert found.message.endswith("(did you mean SIMPLE?)")
