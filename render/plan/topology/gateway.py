"""The gateway by which other clusters reach a cluster: who injects it, its values, and what it exposes.

Sources: the guides of istio.io (samples/multicluster: the east-west gateway, expose-services and expose-istiod; the
external control plane's gateway) and of the Sail Operator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from render.kustomize.problem import Problem
from render.plan.inventory import RevisionRecord
from render.plan.labels import INJECTION_LABEL, REVISION_LABEL
from render.plan.revision_facts import is_remote
from render.plan.topology.values import DEFAULT
from render.plan.usage import Reference, namespace_reference
from render.specs.kinds import ClusterSpecs, Values
from render.specs.topology import TOPOLOGY, NetworkGateway, Topology
from render.specs.values.check import check_values
from render.yamlio.location import merge_maps, value_at

CODE = "MR312"
EAST_WEST, INGRESS = "istio-eastwestgateway", "istio-ingressgateway"
_STATUS, _XDS, _WEBHOOK = ("status-port", 15021), ("tls-istiod", 15012), ("tls-webhook", 15017)
_EXTERNAL_XDS = ("tls-xds", 15012)


@dataclass(frozen=True, slots=True)
class PlannedGateway:
    """A gateway of a cluster's topology. `follows` is the revision or tag in its pods' label, `record` that of the
    revision which this means; `values` are those of the gateway chart."""

    name: str
    follows: str
    record: RevisionRecord
    values: Values

    @property
    def selector(self) -> dict[str, str]:
        """The labels by which Gateways of Istio's API choose its pods."""
        own = value_at(self.values, "labels", "istio")
        return {"istio": str(own) if own else self.name.removeprefix("istio-")}


def gateway_name(specs: ClusterSpecs) -> str:
    """Returns what the gateway of a cluster's topology is called, also where another repository brings it."""
    topology = specs.cluster.topology or Topology()
    own = topology.gateway.name if topology.gateway else None
    return own or (INGRESS if specs.cluster.role == "external" else EAST_WEST)


def plan_gateway(
    specs: ClusterSpecs, records: Mapping[str, RevisionRecord], targets: Mapping[str, str]
) -> PlannedGateway | None:
    """Returns the gateway of a cluster's topology; None where it has none, or nobody here injects it."""
    gateway = specs.cluster.topology.gateway if specs.cluster.topology else None
    if gateway is None:
        return None
    follows = gateway.revision or DEFAULT
    record = records.get(targets.get(follows, follows))
    if record is None:
        return None
    values = merge_maps(_values(specs, gateway, follows), gateway.values)
    return PlannedGateway(gateway_name(specs), follows, record, values)


def gateway_references(specs: ClusterSpecs) -> Iterator[Reference]:
    """Yields the pods of a cluster's gateway as users of the revision or tag that injects them."""
    gateway = specs.cluster.topology.gateway if specs.cluster.topology else None
    if gateway:
        yield Reference(f"Deployment/{gateway_name(specs)}", gateway.revision or DEFAULT)


def gateway_problems(
    specs: ClusterSpecs, records: Mapping[str, RevisionRecord], targets: Mapping[str, str]
) -> Iterator[Problem]:
    """Yields why a cluster's gateway cannot be rendered, and what is wrong with its values."""
    gateway = specs.cluster.topology.gateway if specs.cluster.topology else None
    if gateway is None:
        return
    path = (*TOPOLOGY, "gateway")
    planned = plan_gateway(specs, records, targets)
    if planned is None:
        served = ", ".join(sorted({*records, *targets})) or "none"
        message = (
            f"nobody injects its pods: no revision or tag here is called {gateway.revision or DEFAULT} "
            f"(served: {served}); name one in revision"
        )
        yield Problem(CODE, message, specs.cluster.resource, (*path, "revision") if gateway.revision else path)
        return
    for problem in check_values("gateway", planned.record.version, gateway.values, (*path, "values")):
        yield Problem(problem.code, problem.message, specs.cluster.resource, problem.path, problem.severity)
    if specs.cluster.topology and specs.cluster.topology.cluster_of(planned.record.istio or planned.record.name):
        message = (
            f"{planned.follows} serves another cluster, and injects nothing here: name a revision or tag of a control "
            "plane of this cluster"
        )
        yield Problem(CODE, message, specs.cluster.resource, path)
    for namespace in specs.namespaces:
        if namespace.name == planned.record.namespace:
            asked = namespace_reference(namespace.labels)
            if namespace.labels.get(INJECTION_LABEL, "enabled") != "enabled" or asked not in (None, planned.follows):
                label = INJECTION_LABEL if INJECTION_LABEL in namespace.labels else REVISION_LABEL
                message = (
                    f"decides about the gateway {planned.name} of {specs.cluster.resource.title} "
                    f"({specs.cluster.resource.origin.file}), which is to follow {planned.follows}: take the label away"
                )
                yield Problem(CODE, message, namespace.resource, ("metadata", "labels", label))


def exposes_services(specs: ClusterSpecs) -> bool:
    """Returns whether pods of other networks reach the services of a cluster's mesh by gateways: said once for all of
    its clusters, where the configuration of the mesh is."""
    cluster, topology = specs.cluster, specs.cluster.topology
    if topology is None or topology.gateway is None or not topology.gateway.services or not cluster.network:
        return False
    return cluster.role == "primary" or topology.is_config_cluster


def exposed_istiods(specs: ClusterSpecs, records: Mapping[str, RevisionRecord]) -> tuple[RevisionRecord, ...]:
    """Returns the revisions whose istiod other clusters reach by this one's address, in order of name."""
    cluster, topology = specs.cluster, specs.cluster.topology
    if topology is None:
        return ()
    own = [record for _, record in sorted(records.items()) if not is_remote(record)]
    if cluster.role == "external":
        return tuple(one for one in own if topology.cluster_of(one.istio or one.name))
    return tuple(own) if cluster.role == "primary" and topology.address else ()


def _values(specs: ClusterSpecs, gateway: NetworkGateway, follows: str) -> Values:
    """Returns the values of the gateway chart that the guides give: which ports are open, and for which network."""
    cluster, topology = specs.cluster, specs.cluster.topology
    values: dict[str, Any] = {"name": gateway_name(specs)}
    if follows != DEFAULT:
        values["revision"] = follows
    if cluster.role == "external":
        return {**values, "service": {"ports": _ports(_STATUS, _EXTERNAL_XDS, _WEBHOOK)}}
    if cluster.network and gateway.services:
        return {**values, "networkGateway": cluster.network}
    istiod = (_XDS, _WEBHOOK) if topology and topology.address else ()
    return {**values, "service": {"ports": _ports(_STATUS, *istiod)}}


def _ports(*ports: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"name": name, "port": port, "protocol": "TCP", "targetPort": port} for name, port in ports]
