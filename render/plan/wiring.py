"""The wiring of a cluster, read from its objects as they will stand there: which ztunnel asks which istiod, by which
Service, under which account, cluster name and network, and which accounts an istiod trusts.

Each end is found or missing: an address without a Service, a Service without an istiod.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from render.plan.revision_facts import is_true
from render.yamlio.location import value_at

Data = Mapping[str, Any]

# What istiod and ztunnel call their cluster where nothing says its name (Istio, constants.DefaultClusterName).
DEFAULT_CLUSTER = "Kubernetes"


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """An istiod. `revision` is the one that it serves, `cluster` its own name for its cluster, None where that is not
    said in the object. `trusted` are the accounts (`namespace/name`) that may ask certificates for the pods of their
    node, None where the object does not say them. `data` is its Deployment."""

    namespace: str
    revision: str
    cluster: str | None
    trusted: frozenset[str] | None
    is_ambient: bool
    data: Data


@dataclass(frozen=True, slots=True)
class Request:
    """An address that a ztunnel asks, by the variable that says it. `service` is the namespace and the name of the
    Service that it leads to, None where it leads out of the cluster. `found` says whether that Service is there, and
    `control_planes` are those behind it."""

    variable: str
    address: str
    service: tuple[str, str] | None
    found: bool
    control_planes: tuple[ControlPlane, ...]


@dataclass(frozen=True, slots=True)
class NodeProxy:
    """A ztunnel. `account` is its service account (`namespace/name`); `cluster` and `network` are None where the object
    does not say them. `data` is its DaemonSet."""

    namespace: str
    account: str
    cluster: str | None
    network: str | None
    requests: tuple[Request, ...]
    data: Data

    def control_planes(self, *variables: str) -> list[ControlPlane]:
        """Returns the control planes behind the addresses that these variables say, behind all without one."""
        found: list[ControlPlane] = []
        for request in self.requests:
            if not variables or request.variable in variables:
                found += [one for one in request.control_planes if one not in found]
        return found


@dataclass(frozen=True, slots=True)
class Wiring:
    """The control planes and the ztunnels of one cluster."""

    control_planes: tuple[ControlPlane, ...] = ()
    node_proxies: tuple[NodeProxy, ...] = ()


CA_ADDRESS, XDS_ADDRESS = "CA_ADDRESS", "XDS_ADDRESS"


def cluster_wiring(objects: Iterable[Data]) -> Wiring:
    """Returns the wiring of a cluster from its objects: Deployments, DaemonSets and Services. Others are passed over,
    and so are objects that say what no API server takes."""
    kinds: dict[str, list[Data]] = {"Deployment": [], "DaemonSet": [], "Service": []}
    for data in objects:
        if data.get("kind") in kinds:
            kinds[data["kind"]].append(data)
    planes = tuple(found for data in kinds["Deployment"] for found in _control_plane(data))
    services = {(_namespace(one), str(value_at(one, "metadata", "name"))): one for one in kinds["Service"]}
    return Wiring(planes, tuple(found for data in kinds["DaemonSet"] for found in _node_proxy(data, services, planes)))


def _control_plane(data: Data) -> Iterator[ControlPlane]:
    container = _container(data, "discovery")
    if container is None:
        return
    says = _environment(container)
    accounts = says.get("CA_TRUSTED_NODE_ACCOUNTS", "")
    # Not stripped, as istiod does not (istio, pilot/pkg/features/security.go).
    trusted = None if accounts is None else frozenset(accounts.split(",")) - {""}
    yield ControlPlane(
        namespace=_namespace(data),
        revision=says.get("REVISION") or "default",
        # With aliases it knows other names too (pilot-discovery, --clusterAliases).
        cluster=None if "--clusterAliases" in str(container.get("args")) else says.get("CLUSTER_ID", DEFAULT_CLUSTER),
        trusted=trusted,
        is_ambient=is_true(says.get("PILOT_ENABLE_AMBIENT")),
        data=data,
    )


def _node_proxy(
    data: Data, services: Mapping[tuple[str, str], Data], planes: tuple[ControlPlane, ...]
) -> Iterator[NodeProxy]:
    container = _container(data, "ztunnel")
    if container is None:
        return
    says = _environment(container)
    namespace = _namespace(data)
    account = value_at(data, "spec", "template", "spec", "serviceAccountName") or "default"
    yield NodeProxy(
        namespace=namespace,
        account=f"{namespace}/{account}",
        cluster=says.get("ISTIO_META_CLUSTER_ID", DEFAULT_CLUSTER),
        network=says.get("NETWORK", ""),
        requests=tuple(
            _request(variable, address, services, planes)
            for variable in (CA_ADDRESS, XDS_ADDRESS)
            if (address := says.get(variable))
        ),
        data=data,
    )


def _request(
    variable: str, address: str, services: Mapping[tuple[str, str], Data], planes: tuple[ControlPlane, ...]
) -> Request:
    service = _service_name(address)
    selector = value_at(services.get(service, {}) if service else {}, "spec", "selector")
    behind = tuple(one for one in planes if service and one.namespace == service[0] and _selects(selector, one.data))
    return Request(variable, address, service, service in services, behind)


def _service_name(address: str) -> tuple[str, str] | None:
    """Returns the namespace and the name in an address such as `https://istiod.istio-system.svc:15012` (Kubernetes, DNS
    for Services)."""
    host = address.rpartition("://")[2].partition("/")[0].partition(":")[0]
    parts = host.split(".")
    return (parts[1], parts[0]) if parts[2:3] == ["svc"] else None


def _selects(selector: Any, deployment: Data) -> bool:
    """Returns whether a Service's selector matches the pods of a Deployment; without one it has no pods of its own."""
    labels = value_at(deployment, "spec", "template", "metadata", "labels")
    if not isinstance(selector, Mapping) or not isinstance(labels, Mapping) or not selector:
        return False
    return all(labels.get(key) == value for key, value in selector.items())


def _container(data: Data, argument: str) -> Data | None:
    """Returns the container that runs the program of this name (`discovery`, `ztunnel`), by its arguments."""
    containers = value_at(data, "spec", "template", "spec", "containers")
    for one in containers if isinstance(containers, list) else ():
        arguments = value_at(one, "args")
        if isinstance(arguments, list) and argument in arguments[:2]:
            return one if isinstance(one, Mapping) else None
    return None


def _environment(container: Data) -> dict[str, str | None]:
    """Returns the variables of a container, None for one whose value is not in the object. Of several with one name the
    last counts, as for Kubernetes."""
    entries = container.get("env")
    found: dict[str, str | None] = {}
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping):
            value = entry.get("value", "")
            known = "valueFrom" not in entry and isinstance(value, str) and "$(" not in value
            found[str(entry.get("name"))] = value if known else None
    return found


def _namespace(data: Data) -> str:
    return str(value_at(data, "metadata", "namespace") or "")
