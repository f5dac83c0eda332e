"""Gateways in the plan: who injects them, that this counts as use, and what is wrong where nobody does."""

from __future__ import annotations

import pytest

from render.plan.delivery_order import Deliverable, SyncWave, delivery_order
from render.specs.topology import NetworkGateway, Topology
from tests.support.builders import istio, istio_revision, mesh_gateway, namespace, tag
from tests.support.cluster_plan import fleet, inventory_of, plan

BASE = istio() + istio_revision("other") + tag("prod")
CANARY = "{follows: other, weight: 10}"


def said(text: str) -> list[str]:
    return [f"{one.code} {'.'.join(map(str, one.path))}: {one.message}" for one in plan(text).problems]


def test_a_gateway_uses_the_tag_that_it_follows_and_the_revision_of_its_canary() -> None:
    found = plan(BASE + mesh_gateway("ingress", "prod", canary=CANARY))
    (gateway,) = found.mesh_gateways
    assert (gateway.revision, gateway.canary) == ("default-v1-24-2", "other")
    (of_tag,) = found.tags
    assert of_tag.usage.by == ("MeshGateway/ingress",)
    assert found.revision("other").usage.by == ("MeshGateway/ingress",)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("follows", "canary", "expected"),
    [
        ("prd", None, "MR320 spec.follows: no revision or tag of this cluster is called prd, so nothing would inject "
                      "the gateway (did you mean prod?)"),
        ("prod", "{follows: elsewhere, weight: 10}",
         "MR320 spec.canary.follows: no revision or tag of this cluster is called elsewhere, so nothing would inject "
         "the gateway (served: default-v1-24-2, other, prod)"),
    ],
)  # fmt: skip
def test_a_gateway_that_follows_nothing_is_an_error(follows: str, canary: str | None, expected: str) -> None:
    more = {"canary": canary} if canary else {}
    assert said(BASE + mesh_gateway("ingress", follows, **more)) == [expected]


def test_values_are_checked_by_the_release_that_the_gateway_follows() -> None:
    found = said(BASE + mesh_gateway("ingress", "prod", values="{replicaCout: 2, dnsPolicy: None}"))
    assert found == [
        "MR052 spec.values.replicaCout: not a value of gateway 1.24 (did you mean replicaCount?)",
        "MR054 spec.values.dnsPolicy: not read by gateway 1.24.2 (read since 1.31)",
    ]


def test_a_revision_whose_istio_is_gone_stays_while_a_gateway_follows_it() -> None:
    before = plan(istio() + istio(name="old"))
    after = plan(istio() + mesh_gateway("ingress", "old-v1-24-2"), inventory_of(before))
    assert [(one.code, one.path) for one in after.problems] == [("MR077", ("spec", "follows"))]


def test_a_gateway_comes_after_the_webhooks_that_inject_it_and_after_its_namespace() -> None:
    found = plan(BASE + namespace("istio-ingress") + mesh_gateway("ingress", "prod", canary=CANARY))
    order = delivery_order(found, ["tags/prod", "revisions/other", "namespaces", "gateways/ingress"])
    assert order[Deliverable("gateways/ingress", SyncWave.WORKLOADS)] == {
        Deliverable("tags/prod", SyncWave.TAGS),
        Deliverable("revisions/other", SyncWave.SETTINGS),
        Deliverable("namespaces/istio-ingress", SyncWave.NAMESPACES),
    }


def test_a_gateway_is_not_called_like_the_one_of_the_clusters_topology() -> None:
    text = BASE + tag("default") + mesh_gateway("istio-eastwestgateway", "prod")
    found = plan(text, topology=Topology(gateway=NetworkGateway()))
    assert [(one.code, one.path) for one in found.problems] == [("MR064", ("metadata", "name"))]


@pytest.mark.parametrize("follows", ["asm-managed", "theirs"])
def test_a_gateway_that_follows_a_managed_revision_is_an_error_and_does_not_vanish(follows: str) -> None:
    text = BASE + tag("theirs", "asm-managed", "IstioRevision") + mesh_gateway("ingress", follows)
    url = {"name": "asm-managed", "injectionURL": "https://example.com/inject"}
    found = plan(text, of=fleet(managedRevisions=[url]))
    assert [one.message.partition(",")[0] for one in found.problems if one.code == "MR320"] == [
        f"{follows} is a managed revision"
    ]
