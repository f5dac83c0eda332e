"""A fleet of one cluster, `east`, whose Istio is called `one`, and a namespace that comes to it."""

from __future__ import annotations

from tests.support.builders import istio, namespace

MESH = istio(name="one", strategy="InPlace") + namespace("shop", "istio.io/rev: one")
NAMESPACE = namespace("cart", "istio.io/rev: one")
SPECS = "overlays/east/specs.yaml"
CART = "rendered/east/namespaces/cart.yaml"
