"""What a mesh of several clusters has to be told by the namespaces of its control planes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from render.kustomize.problem import Problem
from render.messages import value_text
from render.plan.inventory import RevisionRecord
from render.plan.labels import NETWORK_LABEL
from render.plan.topology.values import CODE, istiod_cluster
from render.specs.kinds import ClusterSpecs
from render.yamlio.location import value_at

# Which network pods are on that do not say it themselves, and which clusters' istiods may write the roots of
# certificates into the namespaces of a cluster that has none (https://istio.io/latest/docs/reference/config/labels/ and
# .../annotations/).
CONTROL_PLANES = "topology.istio.io/controlPlaneClusters"


@dataclass(frozen=True, slots=True)
class SystemNamespace:
    """A namespace of a control plane, and the labels and annotations that its cluster's topology gives it."""

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


class _Metadata(NamedTuple):
    field: str
    key: str
    value: str


def system_namespaces(specs: ClusterSpecs, records: Mapping[str, RevisionRecord]) -> tuple[SystemNamespace, ...]:
    """Returns the namespaces of a cluster's control planes in order of name, but for those with nothing to say.

    A label or annotation that the namespace's own spec has is left out: that one holds.
    """
    own = {one.name: one for one in specs.namespaces}
    found = []
    for name, said in _by_namespace(specs, records).items():
        written = own.get(name)
        labels = {one.key: one.value for one in said if one.field == "labels"}
        annotations = {one.key: one.value for one in said if one.field == "annotations"}
        if written:
            labels = {key: written.labels.get(key, value) for key, value in labels.items()}
            annotations = {key: written.annotations.get(key, value) for key, value in annotations.items()}
        if said:
            found.append(SystemNamespace(name, labels, annotations))
    return tuple(found)


def namespace_contradictions(specs: ClusterSpecs, records: Mapping[str, RevisionRecord]) -> Iterator[Problem]:
    """Yields labels and annotations of the specs' own namespaces that differ from those of the topology."""
    of_namespace = _by_namespace(specs, records)
    for namespace in specs.namespaces:
        for one in of_namespace.get(namespace.name, ()):
            written = value_at(namespace.resource.data, "metadata", one.field, one.key)
            if written not in (None, one.value):
                cluster = specs.cluster.resource
                message = (
                    f"is {value_text(written)}, and the topology of {cluster.title} ({cluster.origin.file}) makes it "
                    f"{one.value}: what is written here holds"
                )
                yield Problem(CODE, message, namespace.resource, ("metadata", one.field, one.key))


def _by_namespace(specs: ClusterSpecs, records: Mapping[str, RevisionRecord]) -> dict[str, tuple[_Metadata, ...]]:
    cluster, topology = specs.cluster, specs.cluster.topology
    if topology is None:
        return {}
    namespaces: dict[str, dict[_Metadata, None]] = {}
    for record in sorted(records.values(), key=lambda one: one.namespace):
        name = record.istio or record.name
        if topology.cluster_of(name):
            continue  # its pods serve another cluster
        said = namespaces.setdefault(record.namespace, {})
        if cluster.network:
            said[_Metadata("labels", NETWORK_LABEL, cluster.network)] = None
        control_plane = specs.peers.get(topology.control_plane or "")
        if control_plane and not topology.is_config_cluster:
            served = control_plane.topology.cluster_of(name) if control_plane.topology else None
            said[_Metadata("annotations", CONTROL_PLANES, istiod_cluster(control_plane, served))] = None
    return {name: tuple(said) for name, said in namespaces.items()}
