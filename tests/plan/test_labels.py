"""What labels say of the ambient mesh, and which name a webhook configuration serves."""

from __future__ import annotations

import pytest

from render.plan.labels import Labels, joins_ambient, served_name

AMBIENT, NOT = {"istio.io/dataplane-mode": "ambient"}, {"istio.io/dataplane-mode": "none"}


@pytest.mark.parametrize(
    ("namespace", "pod", "joins"),
    [(AMBIENT, {}, True), (AMBIENT, NOT, False), ({}, AMBIENT, True), (NOT, AMBIENT, True), ({}, {}, False)],
)
def test_a_pod_joins_the_ambient_mesh_by_its_own_label_else_by_its_namespaces(
    namespace: Labels, pod: Labels, joins: bool
) -> None:
    assert joins_ambient(namespace, pod) is joins


def test_a_configuration_serves_its_tag_else_its_revision_else_the_default() -> None:
    assert served_name({"istio.io/tag": "prod", "istio.io/rev": "default-v1-24-2"}) == "prod"
    assert served_name({"istio.io/rev": "default-v1-24-2"}) == "default-v1-24-2"
    assert served_name({}) == "default"
