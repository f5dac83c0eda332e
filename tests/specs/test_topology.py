"""A cluster's part in a mesh: its fields, and the addresses at which other clusters reach it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from render.kustomize.resource import Resource
from render.specs.check import check
from render.specs.kinds import Kubernetes
from render.specs.topology import Entrance, NetworkGateway, ServedCluster, Topology, address_trouble
from render.yamlio.location import Place
from tests.support.builders import cluster_file, istio, istio_revision
from tests.support.fleets.mesh import member, mesh_plans


def problems(topology: str) -> list[str]:
    data = yaml.safe_load(cluster_file("c", topology=topology))
    return [one.message for one in check(Resource(data, Place("cluster.yaml"))).problems]


@pytest.mark.parametrize(
    "address", ["istiod.example.com", "203.0.113.7", "2001:db8::7", "10.1.2.3", "a", "xn--bcher-kva.example"]
)
def test_a_host_name_and_an_ip_address_are_addresses(address: str) -> None:
    assert address_trouble(address) is None


@pytest.mark.parametrize(
    ("address", "trouble"),
    [
        ("istiod.example.com:15012", "has a port: write istiod.example.com (the ports are 15012 and 15017)"),
        ("203.0.113.7:15012", "has a port: write 203.0.113.7 (the ports are 15012 and 15017)"),
        ("[2001:db8::7]:15012", "has a port: write [2001:db8::7] (the ports are 15012 and 15017)"),
        ("https://istiod.example.com", "has a scheme: write the host alone"),
        ("Istiod.example.com", "has capital letters, which no Service takes: write istiod.example.com"),
        ("10.1.2", "is no IP address, and no host name ends in a number"),
        ("256.1.1.1", "is no IP address, and no host name ends in a number"),
        ("127.0.0.1", "is a loopback address, which no other cluster can reach"),
        ("127.8.0.1", "is a loopback address, which no other cluster can reach"),
        ("::1", "is a loopback address, which no other cluster can reach"),
        ("0.0.0.0", "is unspecified, which no other cluster can reach"),
        ("169.254.10.1", "is link-local, which no other cluster can reach"),
        ("fe80::1", "is link-local, which no other cluster can reach"),
        ("224.0.0.5", "is a multicast address, which no other cluster can reach"),
        ("::ffff:10.1.2.3", "is an IPv4 address in the words of IPv6: write 10.1.2.3"),
        ("localhost", "means the machine that asks"),
        ("istiod_example.com", "is no host name"),
        ("istiod.example.com.", "is no host name"),
        ("", "is no host name"),
    ],
)
def test_an_address_that_nobody_reaches_says_why(address: str, trouble: str) -> None:
    assert address_trouble(address) == trouble


@pytest.mark.parametrize(
    ("topology", "said"),
    [
        ("{role: primary, controlPlane: a}", ["is for the role remote, and this is primary"]),
        ("{role: remote, address: a.example}", ["is for the role primary or external, and this is remote"]),
        ("{serves: [{istio: a, configCluster: b}], address: a.b}", ["is for the role external, and this is primary"]),
        ("{role: external, certificate: a}", ["has no effect without spec.topology.address"]),
        ("{role: remote, configCluster: true}", ["has no effect without spec.topology.controlPlane"]),
        (
            "{role: remote, controlPlane: c}",
            ["is this cluster itself, and one that has its own istiod is a primary"],
        ),
        ("{role: primary, address: 10.1.2}", ["10.1.2 is no IP address, and no host name ends in a number"]),
        (
            "{role: external, serves: [{istio: a, configCluster: b}]}",
            ["has no effect without an address, here or in spec.topology.address"],
        ),
        (
            "{role: external, address: a.b, serves: [{istio: a, configCluster: b}, {istio: c, configCluster: d}]}",
            [
                "is behind the address of a, a.b, where nothing tells which of the two a proxy asks: give it an "
                "address of its own"
            ],
        ),
        (
            "{role: external, serves: [{istio: a, configCluster: b, address: a.b}, {istio: a, configCluster: b, "
            "address: 'b:1'}]}",
            ["b:1 has a port: write b (the ports are 15012 and 15017)", "is a a second time"],
        ),
        ("{role: remote}", []),
        ("{role: external}", []),
    ],
)
def test_fields_that_do_not_go_together_are_refused(topology: str, said: list[str]) -> None:
    assert problems(topology) == said


def test_a_topology_with_every_field_keeps_them(tmp_path: Path) -> None:
    fields = (
        "{role: external, address: a.example, certificate: tls, serves: [{istio: i, configCluster: r}],"
        " gateway: {name: g, revision: prod, services: false, values: {kind: Deployment}},"
        f" rootCertificate: '{':'.join(['AB'] * 32)}'}}"
    )
    assert problems(fields) == []
    plans = mesh_plans(tmp_path, c=member(topology=fields))
    gateway = NetworkGateway("g", "prod", False, {"kind": "Deployment"})
    assert plans["c"].specs.cluster.topology == Topology(
        own_entrance=Entrance("a.example", "tls"),
        serves=(ServedCluster("i", "r"),),
        gateway=gateway,
        root_certificate="ab" * 32,
    )


def test_a_cluster_knows_the_clusters_that_its_topology_names(tmp_path: Path) -> None:
    plans = mesh_plans(
        tmp_path,
        one=member(topology="{role: primary, address: 203.0.113.7}"),
        two=member(topology="{role: remote, controlPlane: one}"),
        three=member(),
    )
    assert {name: [*plan.specs.peers] for name, plan in plans.items()} == {"one": [], "two": ["one"], "three": []}
    assert plans["two"].specs.peers["one"] == plans["one"].specs.cluster


def test_kubernetes_is_said_once_in_either_place(tmp_path: Path) -> None:
    plans = mesh_plans(
        tmp_path, one=member(kubernetesVersion="v1.33.5-gke.1"), two=member(kubernetes="{version: v1.33}")
    )
    found = {name: plan.specs.cluster.kubernetes for name, plan in plans.items()}
    assert found == {"one": Kubernetes("v1.33.5-gke.1"), "two": Kubernetes("v1.33.0")}
    both = yaml.safe_load(cluster_file("c", kubernetesVersion="v1.33.1", kubernetes="{version: v1.33.1}"))
    (problem,) = check(Resource(both, Place("cluster.yaml"))).problems
    assert (problem.path, problem.message) == (
        ("spec", "kubernetesVersion"),
        "is said by spec.kubernetes.version too: keep one",
    )


@pytest.mark.parametrize(
    ("address", "trouble"),
    [
        ("istiod.example.com:15012", "has a port: write istiod.example.com"),
        ("Istiod.example.com", "has capital letters, which no Service takes"),
        ("127.0.0.1", "is a loopback address"),
        ("10.1.2", "is no IP address, and no host name ends in a number"),
        ("localhost", "means the machine that asks"),
        ("istiod.example.com.", None),
        ("10.1.2.3", None),
        ("2001:db8::7", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("kind", ["Istio", "IstioRevision"])
def test_an_address_among_the_values_is_one_that_somebody_can_answer_at(
    kind: str, address: str, trouble: str | None
) -> None:
    values = f"global: {{istioNamespace: istio-system, remotePilotAddress: '{address}'}}"
    text = istio(values=f"{{{values}}}") if kind == "Istio" else istio_revision("a", "v1.30.3", "istio-system", values)
    data = next(iter(yaml.safe_load_all(text)))
    found = [one for one in check(Resource(data, Place("specs.yaml"))).problems if one.code == "MR141"]
    assert [one.path[-1] for one in found] == (["remotePilotAddress"] if trouble else [])
    assert trouble is None or trouble in found[0].message
