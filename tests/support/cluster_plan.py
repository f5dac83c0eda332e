"""Specs of one cluster from YAML in a test, and who serves whom in a tree of it."""

from __future__ import annotations

from typing import Any

import yaml

from render.kustomize.resource import Resource
from render.plan.cluster import ClusterPlan, plan_cluster
from render.plan.injection.proxy_moves import InjectorMap
from render.plan.inventory import EMPTY, Inventory, RevisionRecord
from render.plan.usage import Pod
from render.specs import build
from render.specs.istio_operator.parts import cni_agents, control_planes, ztunnels
from render.specs.kinds import Cluster, ClusterSpecs, Fleet
from render.specs.mesh_gateway import mesh_gateway
from render.specs.settings import cluster_settings
from render.yamlio.location import Place

MAKERS: dict[str, tuple[str, Any]] = {
    "Istio": ("istios", build.istio),
    "IstioRevision": ("revisions", build.istio_revision),
    "IstioRevisionTag": ("tags", build.istio_revision_tag),
    "IstioCNI": ("cnis", build.istio_cni),
    "ZTunnel": ("ztunnels", build.ztunnel),
    "MeshGateway": ("mesh_gateways", mesh_gateway),
    "IstioOperator": ("operators", build.istio_operator),
    "Namespace": ("namespaces", build.namespace),
}


FLEET = {"apiVersion": "meshrev.io/v1alpha1", "kind": "Fleet", "metadata": {"name": "f"}}


def fleet(**spec: Any) -> Fleet:
    """A Fleet with these fields in its spec."""
    return build.fleet(Resource({**FLEET, "spec": spec}, Place("meshrev.yaml")))


def specs(text: str, of: Fleet | None = None, **cluster: Any) -> ClusterSpecs:
    """The documents of the text, in a Cluster named `c` with these fields, of a fleet that says nothing or `of`."""
    fields: dict[str, Any] = {"name": "c", "labels": {}, "platform": None, "mesh_id": None, "network": None}
    fields |= {"role": "primary", "source": None, "delivery": None, "crds": None, "required_version": None}
    resource = Resource({"kind": "Cluster", "metadata": {"name": "c"}}, Place("cluster.yaml"))
    found: dict[str, list[Any]] = {}
    for index, data in enumerate(yaml.safe_load_all(text)):
        if data is None:
            continue
        slot, make = MAKERS.get(data["kind"], ("extra", lambda resource: resource))
        found.setdefault(slot, []).append(make(Resource(data, Place("specs.yaml", index))))
    for slot, parts in (("istios", control_planes), ("cnis", cni_agents), ("ztunnels", ztunnels)):
        found[slot] = [*found.get(slot, []), *parts(found.get("operators", []))]
    made = Cluster(**(fields | cluster | {"resource": resource}))
    return ClusterSpecs(
        made,
        "overlays/c",
        cluster_settings(of or fleet(), made),
        **{slot: tuple(items) for slot, items in found.items()},
    )


def plan(text: str, previous: Inventory = EMPTY, of: Fleet | None = None, **cluster: Any) -> ClusterPlan:
    return plan_cluster(specs(text, of, **cluster), previous, program="1.0.0")


def inventory_of(planned: ClusterPlan) -> Inventory:
    """The inventory that a render of this plan leaves, without files."""
    files = {f"tags/{tag.name}/kustomization.yaml": "" for tag in planned.tags}
    return Inventory({revision.name: revision.record for revision in planned.revisions}, files)


def record(name: str, version: str = "", istio: str | None = "default", **values: Any) -> RevisionRecord:
    """Returns what a tree says of a revision; its version is read from its name where none is given."""
    version = version or "v" + name.rpartition("v")[2].replace("-", ".")
    return RevisionRecord(name, version, version, "istio-system", istio, None, None, values, "builtin", "1.0.0")


def serving(
    *records: RevisionRecord, tags: dict[str, str] | None = None, pods: tuple[Pod, ...] = (), **namespaces: Any
) -> InjectorMap:
    """Returns who serves whom in a tree of these revisions. `namespaces` are their labels."""
    return InjectorMap({one.name: one for one in records}, tags or {}, namespaces, pods)
