"""A cluster's part in a mesh of several, as its Cluster says it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from render.kubernetes import syntax
from render.kustomize.problem import Problem
from render.messages import FieldPath, value_text
from render.yamlio.location import value_at

TOPOLOGY = ("spec", "topology")


@dataclass(frozen=True, slots=True)
class NetworkGateway:
    """The gateway by which other clusters reach this one. `name` and `revision` (a revision or tag, which injects it)
    are None where nobody says them. `services` says whether pods of other networks reach services by it; `values` are
    those of the gateway chart."""

    name: str | None = None
    revision: str | None = None
    services: bool = True
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where others reach an istiod: an address, and the Secret with which the gateway there serves TLS, None where TLS
    passes through. `address` is None where nobody says it."""

    address: str | None = None
    certificate: str | None = None


@dataclass(frozen=True, slots=True)
class ServedCluster:
    """An Istio (or IstioRevision) that is the control plane of another cluster, whose API server has the mesh's
    configuration. `entrance` is its own, None where that of the cluster is."""

    istio: str
    config_cluster: str
    entrance: Entrance | None = None


@dataclass(frozen=True, slots=True)
class Topology:
    """What a Cluster says of its part in a mesh, beside its role, mesh and network.

    `control_plane` names the cluster whose istiod serves a remote. `root_certificate` is a fingerprint, 64 lower-case
    hexadecimal digits.
    """

    control_plane: str | None = None
    is_config_cluster: bool = False
    own_entrance: Entrance = Entrance()
    serves: tuple[ServedCluster, ...] = ()
    gateway: NetworkGateway | None = None
    root_certificate: str | None = None

    @property
    def peers(self) -> frozenset[str]:
        """The names of the clusters that this one needs to know something of."""
        named = {one.config_cluster for one in self.serves}
        return frozenset(named | {self.control_plane} if self.control_plane else named)

    @property
    def address(self) -> str | None:
        """Where others reach this cluster's istiod, unless that has an address of its own."""
        return self.own_entrance.address

    def entrance(self, served: ServedCluster) -> Entrance:
        """Returns where others reach the istiod that serves a cluster."""
        return served.entrance or self.own_entrance

    def entrance_to(self, istio: str) -> Entrance:
        """Returns where others reach the istiod of an Istio."""
        served = self.cluster_of(istio)
        return self.entrance(served) if served else self.own_entrance

    def cluster_of(self, istio: str) -> ServedCluster | None:
        """Returns the cluster that an Istio here serves, None where that is its own."""
        return next((one for one in self.serves if one.istio == istio), None)


# Fields of `spec.topology` that only some roles have.
_OF_ROLES: Mapping[str, tuple[str, ...]] = {
    "controlPlane": ("remote",),
    "configCluster": ("remote",),
    "address": ("primary", "external"),
    "certificate": ("external",),
    "serves": ("external",),
}


def topology_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yields the fields of a Cluster's topology that do not go together, and an address that nobody reaches."""
    topology = value_at(data, *TOPOLOGY) or {}
    role = topology.get("role", "primary")
    for name, roles in _OF_ROLES.items():
        if name in topology and role not in roles:
            yield Problem("MR062", f"is for the role {' or '.join(roles)}, and this is {role}", path=(*TOPOLOGY, name))
    for needed, name in (("controlPlane", "configCluster"), ("address", "certificate")):
        if name in topology and needed not in topology:
            yield Problem("MR062", f"has no effect without spec.topology.{needed}", path=(*TOPOLOGY, name))
    yield from _served_problems(topology)
    if topology.get("controlPlane") == value_at(data, "metadata", "name"):
        message = "is this cluster itself, and one that has its own istiod is a primary"
        yield Problem("MR062", message, path=(*TOPOLOGY, "controlPlane"))
    yield from _address_problem(topology, TOPOLOGY)


def _served_problems(topology: Mapping[str, Any]) -> Iterator[Problem]:
    """Nothing in the TLS of a proxy says which of several istiods behind one address it asks (Istio, XDS by the address
    in `discoveryAddress`), so each has its own."""
    holders: dict[str, str] = {}
    for index, one in enumerate(topology.get("serves", ())):
        path = (*TOPOLOGY, "serves", index)
        address = one.get("address", topology.get("address"))
        if address is None:
            yield Problem("MR062", "has no effect without an address, here or in spec.topology.address", path=path)
        elif holders.setdefault(address, one["istio"]) != one["istio"]:
            message = (
                f"is behind the address of {holders[address]}, {address}, where nothing tells which of the two a proxy "
                "asks: give it an address of its own"
            )
            yield Problem("MR062", message, path=path)
        if "certificate" in one and "address" not in one:
            yield Problem("MR062", "has no effect without an address beside it", path=(*path, "certificate"))
        yield from _address_problem(one, path)
    istios = [one["istio"] for one in topology.get("serves", ())]
    for index, name in enumerate(istios):
        if name in istios[:index]:
            yield Problem("MR062", f"is {name} a second time", path=(*TOPOLOGY, "serves", index, "istio"))


def _address_problem(said: Mapping[str, Any], path: FieldPath) -> Iterator[Problem]:
    if "address" in said and (trouble := address_trouble(said["address"])):
        yield Problem("MR062", f"{value_text(said['address'])} {trouble}", path=(*path, "address"))


def address_trouble(text: str) -> str | None:
    """Returns why other clusters cannot reach a host name or IP address, None where nothing speaks against it.

    A name becomes the `externalName` of a Service, an IP address an endpoint of one (Istio, remote profile), and
    Kubernetes takes no endpoint that every machine has itself.
    """
    if "://" in text:
        return "has a scheme: write the host alone"
    found = syntax.parsed_address(text)
    if found is None:
        host, colon, port = text.rpartition(":")
        if colon and port.isdecimal() and (":" not in host or host.endswith("]")):
            return f"has a port: write {host} (the ports are 15012 and 15017)"
        if text != text.lower():
            return f"has capital letters, which no Service takes: write {text.lower()}"
        if text.rpartition(".")[2].isdecimal():
            return "is no IP address, and no host name ends in a number"
        complaint = syntax.subdomain(text)
        return "is no host name" if complaint else _local_name(text)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        return f"is an IPv4 address in the words of IPv6: write {found.ipv4_mapped}"
    for what, is_so in (
        ("unspecified", found.is_unspecified),
        ("a loopback address", found.is_loopback),
        ("link-local", found.is_link_local),
        ("a multicast address", found.is_multicast),
    ):
        if is_so:
            return f"is {what}, which no other cluster can reach"
    return None


def _local_name(text: str) -> str | None:
    if text == "localhost" or text.endswith(".localhost"):
        return "means the machine that asks"
    return None
