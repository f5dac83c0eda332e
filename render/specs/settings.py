"""The settings of a cluster: what its Cluster says, else what the Fleet says of all of them."""

from __future__ import annotations

from dataclasses import replace

from render.specs.kinds import Cluster, Fleet, ManifestSource, Settings, Values


def cluster_settings(fleet: Fleet, cluster: Cluster) -> Settings:
    """Returns what holds in a cluster. Argo CD calls a cluster by its own name where nobody says another."""
    own, shared = cluster.handover, fleet.handover
    return Settings(
        source=_source(fleet, cluster),
        delivery=cluster.delivery or fleet.delivery,
        crds=cluster.crds or fleet.crds,
        crds_resource=cluster.resource if cluster.crds else fleet.resource,
        namespaces=own.namespaces or shared.namespaces,
        destination=own.destination or cluster.name,
        automated=shared.automated if own.automated is None else own.automated,
        interval=own.interval or shared.interval,
        git_repository=own.source or shared.source,
        stages=own.stages or shared.stages,
        repo_url=shared.repo_url,
        minimum_version=own.minimum_version or shared.minimum_version,
        minimum_version_resource=cluster.resource if own.minimum_version else fleet.resource,
        managed=fleet.managed if cluster.managed is None else cluster.managed,
        managed_resource=fleet.resource if cluster.managed is None else cluster.resource,
        kustomization=_kustomization(fleet, cluster),
        has_artifact=shared.artifacts and not (own.source or "sourceRef" in own.kustomization),
    )


def _kustomization(fleet: Fleet, cluster: Cluster) -> Values:
    """Returns fields of a cluster's Kustomizations. A `source` of its own goes before the Fleet's `sourceRef`."""
    own, shared = cluster.handover, fleet.handover.kustomization
    if own.source:
        shared = {name: value for name, value in shared.items() if name != "sourceRef"}
    return {**shared, **own.kustomization}


def _source(fleet: Fleet, cluster: Cluster) -> ManifestSource:
    """Returns the source of a cluster: where its own says neither folder nor way to Helm, those of the Fleet hold."""
    own, shared = cluster.source or fleet.source, fleet.source
    return replace(own, path=own.path or shared.path, helm=own.helm or shared.helm)
