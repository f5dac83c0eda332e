"""What a cluster's topology names and the fleet does not have: control planes, config clusters, Istios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from render.kustomize.problem import Problem
from render.messages import FieldPath, did_you_mean
from render.plan.inventory import RevisionRecord
from render.specs.kinds import ClusterSpecs, Istio, IstioRevision
from render.specs.topology import TOPOLOGY, Topology
from render.yamlio.location import value_at

CODE = "MR311"
# Values that say where a remote's control plane is, in place of its Cluster.
_ADDRESSES = (("global", "remotePilotAddress"), ("istiodRemote", "injectionURL"))


def dangling_references(specs: ClusterSpecs, records: Mapping[str, RevisionRecord]) -> Iterator[Problem]:
    """Yields what the topology of a cluster names and is not there, or is not what it is named as."""
    topology = specs.cluster.topology
    if topology is None:
        return
    if topology.control_plane:
        yield from _control_plane(specs, records, topology.control_plane)
    istios = {one.name for one in specs.istios} | {one.name for one in specs.revisions}
    for index, served in enumerate(topology.serves):
        path = (*TOPOLOGY, "serves", index)
        if served.istio not in istios:
            message = f"this cluster has no Istio {served.istio}{did_you_mean(served.istio, istios)}"
            yield _problem(specs, message, (*path, "istio"))
        config = specs.peers.get(served.config_cluster)
        if config is None:
            yield _problem(specs, _unknown(served.config_cluster), (*path, "configCluster"))
        elif config.role != "remote" or config.topology is None or not config.topology.is_config_cluster:
            message = (
                f"{served.config_cluster} ({config.resource.origin.file}) is not a remote with "
                "spec.topology.configCluster, so nothing there lets this istiod read its configuration"
            )
            yield _problem(specs, message, (*path, "configCluster"))


def _control_plane(specs: ClusterSpecs, records: Mapping[str, RevisionRecord], name: str) -> Iterator[Problem]:
    path = (*TOPOLOGY, "controlPlane")
    there = specs.peers.get(name)
    if there is None:
        yield _problem(specs, _unknown(name), path)
        return
    at = f"{name} ({there.resource.origin.file})"
    topology = there.topology or Topology()
    if there.role == "remote":
        yield _problem(specs, f"{at} is a remote itself: name the cluster whose istiod serves both", path)
        return
    if there.role == "external":
        yield from _external(specs, topology, at)
    elif specs.cluster.topology and specs.cluster.topology.is_config_cluster:
        message = f"{at} is a primary, which has the configuration of the mesh itself"
        yield _problem(specs, message, (*TOPOLOGY, "configCluster"))
    for record in records.values():
        entrance = topology.entrance_to(record.istio or record.name)
        if entrance.address is None and not any(value_at(record.values, *one) for one in _ADDRESSES):
            message = (
                f"{at} says no spec.topology.address, and revision {record.name} has neither "
                "global.remotePilotAddress nor istiodRemote.injectionURL: nothing here reaches a control plane"
            )
            yield _problem(specs, message, path)


def _external(specs: ClusterSpecs, topology: Topology, at: str) -> Iterator[Problem]:
    own = specs.cluster.name
    is_config_cluster = bool(specs.cluster.topology and specs.cluster.topology.is_config_cluster)
    specified: list[Istio | IstioRevision] = [*specs.istios, *specs.revisions]
    for spec in specified:
        served = topology.cluster_of(spec.name)
        if served is None:
            known = ", ".join(one.istio for one in topology.serves) or "none"
            message = (
                f"{at} has no Istio {spec.name} that serves another cluster (spec.topology.serves has {known}), and "
                f"{spec.resource.title} here asks for one of its own name"
            )
            yield _problem(specs, message, (*TOPOLOGY, "controlPlane"))
        elif is_config_cluster is not (served.config_cluster == own):
            message = (
                f"{at} says that {served.config_cluster} is the config cluster of {spec.name}, and this Cluster says "
                f"that {own if is_config_cluster else 'it'} {'is one' if is_config_cluster else 'is none'}"
            )
            yield _problem(specs, message, (*TOPOLOGY, "configCluster"))


def _unknown(name: str) -> str:
    return f"there is no cluster {name} in this fleet whose Cluster can be read"


def _problem(specs: ClusterSpecs, message: str, path: FieldPath) -> Problem:
    return Problem(CODE, message, specs.cluster.resource, path)
