"""The conditions of the hazards' data, each with what satisfies it and where."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from render.hazards.conditions import Scope, by_text, condition
from render.hazards.paths import Pattern
from render.kustomize.resource import Resource
from render.messages import FieldPath
from render.yamlio.location import Place

OBJECT = yaml.safe_load("""
kind: Gateway
metadata: {name: public, namespace: infra, labels: {istio.io/rev: prod}}
spec:
  class: istio
  host: shop.bank.svc
  selector: {B: true}
  nobody: {}
  bundle: v1.5.0-rc.1
  wait: 1m30s
  empty: ""
  gone: null
  ports: [80, 443, 8080]
  env: {A: "true", B: true, C: 1}
  rules:
  - {from: [{source: {names: [a.b, c]}}]}
  - {to: []}
""")
GATEWAY_CLASSES = [
    Resource({"kind": "GatewayClass", "metadata": {"name": name}}, Place("x.yaml")) for name in ("istio", "own")
]


class Cluster:
    """A cluster with nothing but GatewayClasses."""

    def objects(self, kinds: tuple[str, ...]) -> list[Resource]:
        return GATEWAY_CLASSES if kinds == ("GatewayClass",) else []

    def having(self, kinds: tuple[str, ...], steps: Pattern) -> dict[str, list[Resource]]:
        return by_text(self.objects(kinds), steps)


def where(data: Any) -> FieldPath | None:
    """Where the condition is true of the object above, without the root."""
    scope = Scope({"object": (OBJECT, ("object",))}, Cluster())
    path = condition(yaml.safe_load(data) if isinstance(data, str) else data, {})(scope)
    return path[1:] if path else path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{path: object.spec.class, equals: istio}", ("spec", "class")),
        ("{path: object.spec.class, equals: nginx}", None),
        ("{path: object.spec.class, in: [nginx, istio]}", ("spec", "class")),
        ("""{path: 'object.metadata.labels["istio.io/rev"]', exists: true}""", ("metadata", "labels", "istio.io/rev")),
        ("{path: object.spec.gone, exists: true}", None),
        ("{path: object.spec.gone, exists: false}", ("spec", "gone")),
        ("{path: object.spec.empty, exists: true}", ("spec", "empty")),
        ("{path: object.spec.empty, equals: ''}", ("spec", "empty")),
        ("{path: object.spec.empty, matches: .}", None),
        ("{path: 'object.spec.ports[1]', equals: 443}", ("spec", "ports", 1)),
        ("{path: 'object.spec.ports[9]', exists: true}", None),
        ("{path: 'object.spec.ports[*]', exists: true, times: 3}", ("spec", "ports", 0)),
        ("{path: 'object.spec.ports[*]', exists: true, times: 4}", None),
        ("{path: 'object.spec.ports[*]', in: [443, 8080], times: 2}", ("spec", "ports", 1)),
        ("{path: 'object.spec.env[*]', equals: true, times: 2}", ("spec", "env", "A")),
        ("{path: 'object.spec.env.C', equals: '1'}", ("spec", "env", "C")),
        ("{path: 'object.spec.**.names[*]', matches: '[.]'}", ("spec", "rules", 0, "from", 0, "source", "names", 0)),
        ("{path: 'object.**.nothing', exists: true}", None),
        ("{path: object.spec.bundle, atLeast: v1.5.0}", ("spec", "bundle")),
        ("{path: object.spec.bundle, below: v1.5.0}", None),
        ("{path: object.spec.bundle, below: '1.6'}", ("spec", "bundle")),
        ("{path: object.spec.class, below: '1.6'}", None),
        ("{path: object.spec.wait, lasts: 90s}", ("spec", "wait")),
        ("{path: object.spec.wait, lasts: 2m}", None),
        ("{path: object.spec.class, longerThan: 4}", ("spec", "class")),
        ("{path: object.spec.class, longerThan: 5}", None),
        ("{path: object.spec.host, firstLabel: shop}", ("spec", "host")),
        ("{path: object.spec.host, firstLabel: sho}", None),
        ("{path: object.spec.host, secondLabel: bank}", ("spec", "host")),
        ("{path: object.spec.class, secondLabel: istio}", None),
        ("{path: object.spec.selector, within: {of: object.spec.env}}", ("spec", "selector")),
        ("{path: object.spec.env, within: {of: object.spec.selector}}", None),
        ("{path: object.spec.nobody, within: {of: object.spec.env}}", None),
        ("{path: object.spec.class, within: {of: object.spec.env}}", None),
        ("{path: other.spec.class, exists: true}", None),
        ("{path: object.kind, equals: {of: 'object.metadata.labels[*]'}}", None),
        ("{path: object.metadata.namespace, equals: {of: object.metadata.namespace}}", ("metadata", "namespace")),
    ],
)
def test_an_operator_says_what_it_finds_and_where(text: str, expected: FieldPath | None) -> None:
    assert where(text) == expected


TRUE, FALSE = "{path: object.spec.class, exists: true}", "{path: object.spec.nothing, exists: true}"


def test_conditions_are_joined() -> None:
    assert where(f"{{all: [{{none: [{FALSE}]}}, {TRUE}]}}") == ("spec", "class")
    assert where(f"{{all: [{TRUE}, {FALSE}]}}") is None
    assert where(f"{{any: [{FALSE}, {TRUE}]}}") == ("spec", "class")
    assert where(f"{{none: [{FALSE}, {TRUE}]}}") is None


def test_an_item_satisfies_a_condition_by_itself() -> None:
    text = "{item: 'object.spec.rules[*]', if: {none: [{path: item.from, exists: true}]}}"
    assert where(text) == ("spec", "rules", 1)
    both = "{item: 'object.spec.rules[*]', if: {all: [{path: item.from, exists: true}, {path: item.to, exists: true}]}}"
    assert where(both) is None


def test_another_object_is_compared_with_this_one() -> None:
    text = "{other: GatewayClass, if: {path: other.metadata.name, equals: {of: object.spec.class}}}"
    assert where(text) == ()
    assert where(text.replace("spec.class", "metadata.name")) is None
    matched = "{other: GatewayClass, if: {path: other.metadata.name, matches: '^o'}}"
    assert where(matched) == ()
    assert where(matched.replace("^o", "^x")) is None


@pytest.mark.parametrize(
    "text",
    [
        "3",
        "{all: 3}",
        "{all: [], more: 1}",
        "{item: 'object.spec.rules[*]'}",
        "{item: 3, if: {all: []}}",
        "{other: 3, if: {all: []}}",
        "{other: [{}], if: {all: []}}",
        "{path: 3, exists: true}",
        "{path: a}",
        "{path: a, is: b}",
        "{path: a, equals: b, times: 0}",
        "{path: a, equals: b, times: two}",
        "{path: a, equals: {}}",
        "{path: a, equals: {of: 3}}",
        "{path: a, matches: 3}",
        "{path: a, matches: (}",
        "{path: a, lasts: {of: b}}",
        "{path: a, below: new}",
    ],
)
def test_what_is_no_condition_is_refused_before_it_is_asked_of_anything(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        where(text)
