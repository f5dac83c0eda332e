"""Objects that satisfy their schema as the dataclasses of `kinds.py`, with defaults filled in.

The defaults are those that the schemas show; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import normpath
from typing import Any

from render.kustomize.resource import Resource
from render.specs.duration import seconds
from render.specs.istio_operator import parts
from render.specs.kinds import (
    KUSTOMIZATION_FIELDS,
    Cluster,
    ClusterHandover,
    Crds,
    Fleet,
    ForgeSettings,
    Handover,
    Istio,
    IstioCNI,
    IstioOperator,
    IstioRevision,
    IstioRevisionTag,
    Kubernetes,
    LabelRequirement,
    ManagedRevision,
    ManifestSource,
    Namespace,
    Observations,
    RollingStep,
    SourceType,
    TargetRef,
    Values,
    Waiver,
    ZTunnel,
)
from render.specs.topology import Entrance, NetworkGateway, ServedCluster, Topology

Data = Mapping[str, Any]
SOURCE_ANNOTATION = "meshrev.io/source"  # of one Istio, IstioRevision, IstioCNI, ZTunnel or IstioOperator
INJECTOR_ANNOTATION = "meshrev.io/injector"  # of an IstioRevisionTag: the name of its webhook configuration
MONITORING_ANNOTATION = "sailoperator.io/monitoring"  # of an Istio
NOTHING: Data = {}


def istio(resource: Resource) -> Istio:
    spec = resource.data["spec"]
    strategy = spec.get("updateStrategy", NOTHING)
    return Istio(
        name=resource.name,
        version=spec["version"],
        namespace=spec.get("namespace", "istio-system"),
        profile=spec.get("profile"),
        strategy=strategy.get("type", "InPlace"),
        grace_seconds=int(strategy.get("inactiveRevisionDeletionGracePeriodSeconds", 30)),
        values=spec.get("values", NOTHING),
        resource=resource,
        source=_own_source(resource),
        patches=tuple(spec.get("patches", ())),
        monitoring=_is_monitored(resource),
    )


def istio_revision(resource: Resource) -> IstioRevision:
    spec = resource.data["spec"]
    source = _own_source(resource)
    return IstioRevision(resource.name, spec["version"], spec["namespace"], spec["values"], resource, source)


def istio_revision_tag(resource: Resource) -> IstioRevisionTag:
    injector: str | None = (resource.data["metadata"].get("annotations") or NOTHING).get(INJECTOR_ANNOTATION)
    return IstioRevisionTag(resource.name, _target(resource.data["spec"]["targetRef"]), resource, injector)


def istio_cni(resource: Resource) -> IstioCNI:
    spec = resource.data["spec"]
    return IstioCNI(
        name=resource.name,
        version=spec["version"],
        namespace=spec.get("namespace", "istio-cni"),
        profile=spec.get("profile"),
        values=spec.get("values", NOTHING),
        resource=resource,
        source=_own_source(resource),
    )


def ztunnel(resource: Resource) -> ZTunnel:
    spec = resource.data["spec"]
    return ZTunnel(
        name=resource.name,
        version=spec["version"],
        namespace=spec.get("namespace", "ztunnel"),
        target=_target(spec["targetRef"]) if "targetRef" in spec else None,
        values=spec.get("values", NOTHING),
        resource=resource,
        source=_own_source(resource),
    )


def istio_operator(resource: Resource) -> IstioOperator:
    return parts.istio_operator(resource, _own_source(resource))


def namespace(resource: Resource) -> Namespace:
    metadata = resource.data["metadata"]
    return Namespace(
        metadata["name"], metadata.get("labels") or NOTHING, metadata.get("annotations") or NOTHING, resource
    )


def fleet(resource: Resource) -> Fleet:
    spec = resource.data.get("spec", NOTHING)
    return Fleet(
        name=resource.name,
        overlays=normpath(spec.get("overlays", "overlays/*")),
        output=normpath(spec.get("output", "rendered")),
        source=_source(spec.get("source", NOTHING)),
        delivery=spec.get("delivery", NOTHING).get("type", "none"),
        forge=_forge(spec.get("forge", NOTHING)),
        required_version=spec.get("requiredVersion"),
        crds=_crds(spec),
        waivers=tuple(
            Waiver(waiver["code"], waiver.get("object"), waiver["reason"], waiver.get("until"))
            for waiver in spec.get("waivers", ())
        ),
        lint=spec.get("lint", NOTHING).get("severity", NOTHING),
        observation=_observations(spec.get("observation", NOTHING)),
        keep_previous=spec.get("keepPrevious", False),
        restart=spec.get("restart", "none"),
        resource=resource,
        handover=_handover(spec.get("delivery", NOTHING)),
        managed=_managed_revisions(spec),
    )


def cluster(resource: Resource) -> Cluster:
    metadata, spec = resource.data["metadata"], resource.data.get("spec", NOTHING)
    delivery = spec.get("delivery", NOTHING)
    return Cluster(
        name=metadata["name"],
        labels=metadata.get("labels") or NOTHING,
        platform=spec.get("platform"),
        mesh_id=spec.get("meshID"),
        network=spec.get("network"),
        role=spec.get("topology", NOTHING).get("role", "primary"),
        source=_source(spec["source"]) if "source" in spec else None,
        delivery=delivery.get("type"),
        crds=_crds(spec),
        required_version=spec.get("requiredVersion"),
        resource=resource,
        managed=_managed_revisions(spec) if "managedRevisions" in spec else None,
        handover=ClusterHandover(
            namespaces=delivery.get("namespaces"),
            destination=delivery.get("destination"),
            automated=delivery.get("automated"),
            interval=delivery.get("interval"),
            source=delivery.get("source"),
            stages=delivery.get("stages"),
            minimum_version=delivery.get("minimumVersion"),
            kustomization=_kustomization(delivery),
        ),
        kubernetes=_kubernetes(spec),
        patches=tuple(spec.get("patches", ())),
        topology=_topology(spec.get("topology", NOTHING)),
    )


def _topology(data: Data) -> Topology | None:
    """Returns what is said beside the role, which alone changes nothing."""
    if not data.keys() - {"role"}:
        return None
    fingerprint = data.get("rootCertificate")
    return Topology(
        control_plane=data.get("controlPlane"),
        is_config_cluster=data.get("configCluster", False),
        own_entrance=Entrance(data.get("address"), data.get("certificate")),
        serves=tuple(map(_served_cluster, data.get("serves", ()))),
        gateway=_network_gateway(data["gateway"]) if "gateway" in data else None,
        root_certificate=fingerprint.replace(":", "").lower() if fingerprint else None,
    )


def _served_cluster(data: Data) -> ServedCluster:
    entrance = Entrance(data["address"], data.get("certificate")) if "address" in data else None
    return ServedCluster(data["istio"], data["configCluster"], entrance)


def _network_gateway(data: Data) -> NetworkGateway:
    return NetworkGateway(
        data.get("name"), data.get("revision"), data.get("services", True), data.get("values", NOTHING)
    )


def _kubernetes(spec: Data) -> Kubernetes | None:
    """Returns what is said of Kubernetes, its version in full: `v1.34.0` for `1.34`."""
    data = spec.get("kubernetes", NOTHING)
    said = data.get("version") or spec.get("kubernetesVersion")
    if said is None:
        return None
    version = said.removeprefix("v")
    return Kubernetes(f"v{version}" if version.count(".") > 1 else f"v{version}.0", tuple(data.get("apiVersions", ())))


def _handover(data: Data) -> Handover:
    path = data.get("path")
    return Handover(
        namespaces=data.get("namespaces", "apply"),
        repo_url=data.get("repoURL"),
        path=normpath(path) if path else "",
        target_revision=data.get("targetRevision", "HEAD"),
        project=data.get("project", "default"),
        namespace=data.get("namespace"),
        automated=data.get("automated", False),
        interval=data.get("interval", "10m"),
        source=data.get("source", "flux-system"),
        stages=data.get("stages", "few"),
        minimum_version=data.get("minimumVersion"),
        render_project=data.get("renderProject", False),
        artifacts=data.get("artifacts", False),
        kustomization=_kustomization(data),
        rolling_sync=tuple(map(_rolling_step, data.get("rollingSync", NOTHING).get("steps", ()))),
    )


def _rolling_step(data: Data) -> RollingStep:
    match = tuple(
        LabelRequirement(one["key"], one["operator"], tuple(one["values"])) for one in data["matchExpressions"]
    )
    return RollingStep(match, data.get("maxUpdate"))


def _kustomization(data: Data) -> Values:
    return {name: data[name] for name in KUSTOMIZATION_FIELDS if name in data}


def _target(data: Data) -> TargetRef:
    return TargetRef(data["kind"], data["name"])


def _managed_revisions(spec: Data) -> tuple[ManagedRevision, ...]:
    return tuple(ManagedRevision(one["name"], one.get("injectionURL")) for one in spec.get("managedRevisions", ()))


def _own_source(resource: Resource) -> SourceType | None:
    """Returns what the annotation of a spec says of its source; `rules` has looked at it."""
    found: SourceType | None = (resource.data["metadata"].get("annotations") or NOTHING).get(SOURCE_ANNOTATION)
    return found


def _is_monitored(resource: Resource) -> bool:
    """Returns what the spec says of monitors, as Sail's proposal has it, else the annotation that Sail 1.31 reads."""
    spec = resource.data["spec"]
    if "monitoring" in spec:
        return bool(spec["monitoring"].get("enabled", False))
    annotations = resource.data["metadata"].get("annotations") or NOTHING
    return bool(annotations.get(MONITORING_ANNOTATION) == "enabled")


def _source(data: Data) -> ManifestSource:
    path = data.get("path")
    return ManifestSource(data.get("type", "builtin"), normpath(path) if path else None, data.get("helm"))


def _forge(data: Data) -> ForgeSettings:
    return ForgeSettings(
        type=data.get("type", "none"),
        url=data.get("url"),
        project=data.get("project"),
        labels=tuple(data.get("labels", ())),
        reviewers=tuple(data.get("reviewers", ())),
    )


def _crds(spec: Data) -> Crds | None:
    return Crds(normpath(spec["crds"]["path"]), spec["crds"]["sha256"]) if "crds" in spec else None


def _observations(data: Data) -> Observations:
    return Observations(normpath(data.get("path", "observed")), seconds(data.get("maxAge", "24h")))
