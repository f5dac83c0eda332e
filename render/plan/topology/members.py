"""What the clusters of a mesh have to know of each other, as data that is small enough to keep.

A cluster's member is made with its plan; the contradictions between members are in `meshes.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from render.kustomize.resource import Resource
from render.plan.cluster import ClusterPlan
from render.plan.inventory import RevisionRecord
from render.plan.labels import NETWORK_LABEL
from render.plan.revision_facts import is_remote, spec_title
from render.plan.workloads import text_map
from render.specs.kinds import ClusterSpecs, Role
from render.yamlio.location import value_at

TRUST_DOMAIN = "cluster.local"  # of Istio's charts, where the values say none


@dataclass(frozen=True, slots=True)
class MeshRevision:
    """A revision of a cluster as its mesh sees it. `spec` is the title of its spec, `Istio/default`. `cluster` and
    `network` are the names that its istiod, or who asks one, goes by. `trust_domains` are its own and then its aliases;
    none of a remote revision, which has those of its control plane. `serves` names the cluster whose istiod it is,
    where that is another."""

    name: str
    namespace: str
    mesh: str
    cluster: str
    network: str
    trust_domains: tuple[str, ...]
    active: bool
    spec: str
    serves: str = ""

    @property
    def is_remote(self) -> bool:
        return not self.trust_domains


@dataclass(frozen=True, slots=True)
class MeshMember:
    """A cluster in the mesh of its revisions. `folder` is its overlay; `networks` are those that a gateway here leads
    into; `has_topology` says whether its Cluster has one."""

    cluster: str
    folder: str
    role: Role
    has_topology: bool
    control_plane: str
    root: str
    networks: tuple[str, ...]
    revisions: tuple[MeshRevision, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def member_from_json(data: Mapping[str, Any]) -> MeshMember:
    """Returns a member as it was kept. `KeyError` or `TypeError` where that is none."""
    revisions = tuple(
        MeshRevision(**{**one, "trust_domains": tuple(one["trust_domains"])}) for one in data["revisions"]
    )
    return MeshMember(**{**data, "networks": tuple(data["networks"]), "revisions": revisions})


def mesh_member(plan: ClusterPlan) -> MeshMember | None:
    """Returns what a cluster is to others; None where it is in no mesh of several, since it says neither mesh nor
    topology."""
    specs = plan.specs
    cluster, topology = specs.cluster, specs.cluster.topology
    revisions = tuple(_revision(specs, one.record, one.active) for one in plan.revisions)
    if topology is None and not any(one.mesh for one in revisions):
        return None
    return MeshMember(
        cluster=cluster.name,
        folder=specs.folder,
        role=cluster.role,
        has_topology=topology is not None,
        control_plane=(topology.control_plane or "") if topology else "",
        root=(topology.root_certificate or "") if topology else "",
        networks=tuple(sorted(set(_gateway_networks(specs)))),
        revisions=revisions,
    )


def _revision(specs: ClusterSpecs, record: RevisionRecord, active: bool) -> MeshRevision:
    cluster, topology = specs.cluster, specs.cluster.topology

    def said(*path: str) -> str:
        found = value_at(record.values, *path)
        return found if isinstance(found, str) else ""

    domains: tuple[str, ...] = ()
    if not is_remote(record):
        aliases = value_at(record.values, "meshConfig", "trustDomainAliases")
        others = [one for one in aliases if isinstance(one, str)] if isinstance(aliases, list) else []
        domains = (said("meshConfig", "trustDomain") or TRUST_DOMAIN, *others)
    served = topology.cluster_of(record.istio or record.name) if topology else None
    return MeshRevision(
        name=record.name,
        namespace=record.namespace,
        mesh=said("global", "meshID"),
        cluster=said("global", "multiCluster", "clusterName") or cluster.name,
        network=said("global", "network"),
        trust_domains=domains,
        active=active,
        spec=spec_title(record),
        serves=served.config_cluster if served else "",
    )


def _gateway_networks(specs: ClusterSpecs) -> Iterator[str]:
    """Yields the networks that a gateway here leads into: that of the topology, or one that is passed through, which
    says so by a label on its Service or Gateway."""
    cluster, topology = specs.cluster, specs.cluster.topology
    if topology and topology.gateway and topology.gateway.services and cluster.network and cluster.role != "external":
        yield cluster.network
    for gateway in specs.mesh_gateways:
        network = value_at(gateway.values, "networkGateway")
        if isinstance(network, str) and network:
            yield network
    for resource in (*specs.extra, *(one.resource for one in specs.mesh_gateways)):
        if resource.kind in ("Service", "Gateway", "MeshGateway"):
            yield from filter(None, (_network_label(resource),))


def _network_label(resource: Resource) -> str:
    return text_map(value_at(resource.data, "metadata", "labels")).get(NETWORK_LABEL, "")
