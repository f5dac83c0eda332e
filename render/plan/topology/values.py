"""The values that Istio's guides to several clusters have people type, from what the Clusters say of themselves.

Sources: the guides of istio.io (Install Multicluster; Install Istio with an External Control Plane) and of the Sail
Operator (docs/deployment-models/multicluster.adoc). A value that a person wrote wins over all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from render.kubernetes.syntax import parsed_address
from render.kustomize.problem import Problem
from render.messages import FieldPath, value_text
from render.plan.helm_values import cluster_facts, spec_profile
from render.plan.revision_names import revision_label
from render.specs.kinds import Cluster, ClusterSpecs, Istio, IstioRevision, Values
from render.specs.topology import Entrance, ServedCluster, Topology
from render.yamlio.location import merge_maps, value_at

CODE = "MR310"
DEFAULT = "default"
_XDS, _WEBHOOK = 15012, 15017
_UNSAID = object()
# Where the injected proxies find the roots of public authorities.
_PUBLIC_ROOTS = "/etc/ssl/certs/ca-certificates.crt"


def spec_values(spec: Istio | IstioRevision, revision: str, specs: ClusterSpecs) -> Values:
    """Returns the values of a control plane's spec over those of its cluster's topology.

    Without a topology these are the Cluster's mesh and network, as ever.
    """
    given = computed_values(spec, revision, specs)
    if isinstance(spec, Istio) and spec.profile:
        given = {name: value for name, value in given.items() if name != "profile"}
    return merge_maps(given, spec.values)


def computed_values(spec: Istio | IstioRevision, revision: str, specs: ClusterSpecs) -> Values:
    """Returns what a Cluster gives a control plane of the name `revision`, before anybody wrote a value."""
    cluster, topology = specs.cluster, specs.cluster.topology
    if topology is None:
        return cluster_facts(cluster)
    served = topology.cluster_of(spec.name)
    if cluster.role == "external" and served and topology.entrance(served).address:
        config = specs.peers.get(served.config_cluster)
        return _external(spec, revision, config or cluster, cluster, topology.entrance(served))
    if cluster.role == "remote" and topology.control_plane:
        return _remote(spec, specs, topology)
    if cluster.role == "primary" and topology.address:
        return merge_maps(_facts(cluster), {"global": {"externalIstiod": True}})
    return cluster_facts(cluster)


def contradictions(spec: Istio | IstioRevision, revision: str, specs: ClusterSpecs) -> Iterator[Problem]:
    """Yields the values of a spec that differ from those of its cluster's topology. They hold, and may be meant."""
    if specs.cluster.topology is None:
        return
    by = f"{specs.cluster.resource.title} ({specs.cluster.resource.origin.file})"
    for path, value in _leaves(computed_values(spec, revision, specs)):
        written = value_at(spec.values, *path, missing=_UNSAID)
        if path == ("profile",) and isinstance(spec, Istio) and spec.profile and written is _UNSAID:
            if spec_profile(spec.values, spec.profile) != value:
                message = f"is {spec.profile}, and the topology of {by} asks for {value}: what is written here holds"
                yield Problem(CODE, message, spec.resource, ("spec", "profile"))
        elif written is not _UNSAID and not _is_met(value, written):
            message = (
                f"is {value_text(written)}, and the topology of {by} makes it {value_text(value)}: what is written "
                "here holds"
            )
            yield Problem(CODE, message, spec.resource, ("spec", "values", *path))


def injection_path(cluster: Cluster) -> str:
    """Returns the path below which an istiod injects pods of another cluster: it tells the cluster and its network."""
    network = f"/net/{cluster.network}" if cluster.network else ""
    return f"/inject/cluster/{cluster.name}{network}"


def host_in_url(address: str) -> str:
    """Returns an address as it stands before a port."""
    return f"[{address}]" if parsed_address(address) and ":" in address else address


def istiod_cluster(control_plane: Cluster, served: ServedCluster | None) -> str:
    """Returns the cluster by whose name an istiod goes that serves others: its own, and of an external one the cluster
    whose API server it reads."""
    return served.config_cluster if served else control_plane.name


def _facts(cluster: Cluster) -> Values:
    """Returns the facts of a cluster, its name also where it says neither mesh nor network."""
    return merge_maps({"global": {"multiCluster": {"clusterName": cluster.name}}}, cluster_facts(cluster))


def _remote(spec: Istio | IstioRevision, specs: ClusterSpecs, topology: Topology) -> Values:
    control_plane = specs.peers.get(topology.control_plane or "")
    there = control_plane.topology.entrance_to(spec.name) if control_plane and control_plane.topology else None
    cluster = specs.cluster
    if control_plane and not cluster.mesh_id:
        cluster = replace(cluster, mesh_id=control_plane.mesh_id)
    values = merge_maps(_facts(cluster), {"profile": "remote"})
    if topology.is_config_cluster:
        values = merge_maps(values, {"global": {"configCluster": True}, "pilot": {"configMap": True}})
    if there and there.certificate and there.address:
        url = f"https://{host_in_url(there.address)}:{_WEBHOOK}"
        values = merge_maps(values, {"istiodRemote": {"injectionURL": url + injection_path(cluster)}})
        validation = {"base": {"validationURL": f"{url}/validate"}} if topology.is_config_cluster else {}
        return merge_maps(values, validation)
    address = {"global": {"remotePilotAddress": there.address}} if there and there.address else {}
    return merge_maps(values, {"istiodRemote": {"injectionPath": injection_path(cluster)}, **address})


def _external(
    spec: Istio | IstioRevision, revision: str, config: Cluster, cluster: Cluster, entrance: Entrance
) -> Values:
    """Returns the values of an istiod that runs in `cluster` and reads the API server of `config`.

    It reads the configuration of the mesh and of the injector from files, since its own ConfigMaps are in the wrong
    cluster. With a certificate of a public authority nothing has to be written into webhooks.
    """
    label = revision_label(revision)
    suffix = f"-{label}" if label else ""
    outside = "" if spec.namespace == "istio-system" else f"-{spec.namespace}"
    address = f"{host_in_url(entrance.address or '')}:{_XDS}"
    proxies: dict[str, Any] = {"discoveryAddress": address}
    if entrance.certificate:
        proxies["proxyMetadata"] = {"XDS_ROOT_CA": _PUBLIC_ROOTS, "CA_ROOT_CA": _PUBLIC_ROOTS}
    webhooks = (
        ("", "")
        if entrance.certificate
        else (f"istio-sidecar-injector{suffix}{outside}", f"istio-validator{suffix}-{spec.namespace}")
    )
    files = (
        ("config-volume", f"istio{suffix}", "/etc/istio/config"),
        ("inject-volume", f"istio-sidecar-injector{suffix}", "/var/lib/istio/inject"),
    )
    own = replace(config, mesh_id=config.mesh_id or cluster.mesh_id)
    return merge_maps(
        _facts(own),
        {
            "global": {
                "caAddress": address,
                "configValidation": False,
                "externalIstiod": True,
                "operatorManageWebhooks": True,
            },
            "meshConfig": {"rootNamespace": spec.namespace, "defaultConfig": proxies},
            "pilot": {
                "env": {
                    "INJECTION_WEBHOOK_CONFIG_NAME": webhooks[0],
                    "VALIDATION_WEBHOOK_CONFIG_NAME": webhooks[1],
                    "LOCAL_CLUSTER_SECRET_WATCHER": "true",
                    "SHARED_MESH_CONFIG": f"istio{suffix}",
                },
                "volumes": [{"name": name, "configMap": {"name": map_}} for name, map_, _ in files],
                "volumeMounts": [{"name": name, "mountPath": path} for name, _, path in files],
            },
        },
    )


def _leaves(values: Values, path: FieldPath = ()) -> Iterator[tuple[FieldPath, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value


def _is_met(value: Any, written: Any) -> bool:
    """Returns whether a written value says what the topology does; of a list, at least that. Charts write both true and
    "true" as text."""
    if isinstance(value, list):
        return isinstance(written, list) and all(one in written for one in value)
    if isinstance(value, bool):
        return str(written).lower() == str(value).lower()
    return bool(written == value)
