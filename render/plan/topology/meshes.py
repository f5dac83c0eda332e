"""Contradictions between the clusters of a mesh, each with the two places that do not agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from render.messages import FieldPath, did_you_mean
from render.plan.topology.members import MeshMember, MeshRevision
from render.specs.topology import TOPOLOGY

NO_REVISION, ONE_NAME, NO_GATEWAY, NO_TRUST = "MR313", "MR314", "MR315", "MR316"
_VALUES = ("spec", "values")
_CLUSTER_NAME = (*_VALUES, "global", "multiCluster", "clusterName")
_NETWORK = (*_VALUES, "global", "network")
_TRUST_DOMAIN = (*_VALUES, "meshConfig", "trustDomain")


@dataclass(frozen=True, slots=True)
class MeshPlace:
    """A place in the specs of a cluster, whose overlay is `folder`: of the spec of a title (`Istio/default`), or with
    an empty one of the Cluster. Where the spec has no such field, `instead` is a path in the Cluster."""

    cluster: str
    folder: str
    path: FieldPath
    spec: str = ""
    instead: FieldPath = ("metadata", "name")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What two clusters say that cannot both be. `message` has `{there}` where the other place is named."""

    code: str
    message: str
    here: MeshPlace
    there: MeshPlace


class _Revision(NamedTuple):
    member: MeshMember
    revision: MeshRevision

    def spot(self, path: FieldPath, instead: FieldPath = ("metadata", "name")) -> MeshPlace:
        return MeshPlace(self.member.cluster, self.member.folder, path, self.revision.spec, instead)


def contradictions_between(members: Iterable[MeshMember]) -> Iterator[Contradiction]:
    """Yields what the clusters of a fleet say of themselves and their meshes that does not go together."""
    members = sorted(members, key=lambda one: one.cluster)
    by_name = {one.cluster: one for one in members}
    for member in members:
        yield from _without_revision(member, by_name)
    active = [_Revision(member, one) for member in members for one in member.revisions if one.active]
    for mesh, found in groupby(sorted(active, key=_mesh), key=_mesh):
        if mesh:
            revisions = list(found)
            yield from _same_names(mesh, revisions)
            yield from _networks_without_gateway(mesh, revisions, by_name)
            yield from _trust_domains(mesh, revisions)
            yield from _roots(mesh, revisions)


def _of_cluster(member: MeshMember, path: FieldPath) -> MeshPlace:
    return MeshPlace(member.cluster, member.folder, path)


def _mesh(one: _Revision) -> str:
    return one.revision.mesh


def _without_revision(member: MeshMember, by_name: Mapping[str, MeshMember]) -> Iterator[Contradiction]:
    """A remote's revision asks the istiod of one of the same name and namespace, whose Service is called so."""
    control_plane = by_name.get(member.control_plane)
    if control_plane is None:
        return
    there = {(one.name, one.namespace) for one in control_plane.revisions if not one.is_remote}
    for one in member.revisions:
        if one.active and one.is_remote and (one.name, one.namespace) not in there:
            has = ", ".join(sorted({name for name, _ in there})) or "none"
            guess = did_you_mean(one.name, {name for name, _ in there})
            message = (
                f"revision {one.name} in {one.namespace} asks an istiod of that name in {control_plane.cluster} "
                f"({{there}}), which has none there{guess} (it has {has})"
            )
            here = _Revision(member, one).spot(("spec", "version"))
            yield Contradiction(NO_REVISION, message, here, _of_cluster(control_plane, ("metadata", "name")))


def _same_names(mesh: str, revisions: Iterable[_Revision]) -> Iterator[Contradiction]:
    """Endpoints are told apart by the name of their cluster, and of two with one name istiod keeps one."""
    holders: dict[str, _Revision] = {}
    told: set[tuple[str, str]] = set()
    for one in revisions:
        name = one.revision.cluster
        if one.revision.serves:
            continue
        other = holders.setdefault(name, one)
        pair = (one.member.cluster, other.member.cluster)
        if one.member is not other.member and pair not in told:
            told.add(pair)
            message = f"is called {name} in mesh {mesh}, and so is cluster {other.member.cluster} ({{there}})"
            yield Contradiction(ONE_NAME, message, one.spot(_CLUSTER_NAME), other.spot(_CLUSTER_NAME))


def _networks_without_gateway(
    mesh: str, revisions: Iterable[_Revision], by_name: Mapping[str, MeshMember]
) -> Iterator[Contradiction]:
    """Pods of another network are reached by a gateway of theirs alone; a mesh in which no Cluster has a topology may
    have them elsewhere."""
    networks: dict[str, list[_Revision]] = {}
    for one in revisions:
        if one.revision.network and not one.revision.serves:
            networks.setdefault(one.revision.network, []).append(one)
    members = {one.member.cluster for found in networks.values() for one in found}
    if len(networks) < 2 or not any(by_name[name].has_topology for name in members):
        return
    with_gateway = {network for name in members for network in by_name[name].networks}
    for network, (first, *_) in sorted(networks.items()):
        if network not in with_gateway:
            other = next(found[0] for name, found in sorted(networks.items()) if name != network)
            message = (
                f"no gateway leads into network {network} of mesh {mesh}, so pods of cluster {other.member.cluster} on "
                f"network {other.revision.network} ({{there}}) do not reach its own: spec.topology.gateway makes one"
            )
            instead = ("spec", "network")
            yield Contradiction(NO_GATEWAY, message, first.spot(_NETWORK, instead), other.spot(_NETWORK, instead))


def _trust_domains(mesh: str, revisions: Iterable[_Revision]) -> Iterator[Contradiction]:
    """A proxy takes certificates of its own trust domain and of the aliases that its istiod has."""
    istiods = [one for one in revisions if not one.revision.is_remote]
    told: set[str] = set()
    for first in istiods[:1]:
        for one in istiods[1:]:
            mine, theirs = one.revision.trust_domains, first.revision.trust_domains
            if one.member is first.member or one.member.cluster in told:
                continue
            if mine[0] not in theirs or theirs[0] not in mine:
                told.add(one.member.cluster)
                message = (
                    f"has the trust domain {mine[0]}, and cluster {first.member.cluster} of the same mesh {mesh} has "
                    f"{theirs[0]} ({{there}}), without an alias for the other in both: mTLS between them is refused"
                )
                yield Contradiction(NO_TRUST, message, one.spot(_TRUST_DOMAIN), first.spot(_TRUST_DOMAIN))


def _roots(mesh: str, revisions: Iterable[_Revision]) -> Iterator[Contradiction]:
    members = {one.member.cluster: one.member for one in revisions if one.member.root and not one.revision.serves}
    for first in list(members.values())[:1]:
        for one in members.values():
            if one.root != first.root:
                message = (
                    f"is not the root of cluster {first.cluster} of the same mesh {mesh} ({{there}}): mTLS between "
                    "them is refused unless both trust both"
                )
                path = (*TOPOLOGY, "rootCertificate")
                yield Contradiction(NO_TRUST, message, _of_cluster(one, path), _of_cluster(first, path))
