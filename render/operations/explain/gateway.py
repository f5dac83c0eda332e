"""Which revision's istiod deploys a Gateway of the Gateway API or a waypoint, from which template, and as what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from render.errors import wrong
from render.kustomize.locate import FilePosition, where
from render.kustomize.resource import Resource
from render.manifests.mesh_gateways import gateway_object
from render.manifests.values import computed_values
from render.messages import did_you_mean, short
from render.operations.explain.chain import Chain, chain_of_name
from render.operations.explain.run import AskedNamespace, SeenNamespace, asked_namespace, known_labels
from render.operations.explain.words import unserved_words
from render.operations.observe.freshness import load_observations
from render.operations.render.fleet import open_fleet
from render.plan.cluster import ClusterPlan, PlannedRevision
from render.plan.gateways import (
    DEFAULT,
    GROUP,
    GatewayController,
    GatewayOwner,
    GatewayWorkload,
    gateway_controller,
    gateway_owner,
    gateway_workload,
)
from render.plan.labels import REVISION_LABEL, Labels
from render.plan.revision_facts import is_remote
from render.plan.workloads import text_map
from render.specs import releases
from render.specs.kinds import ClusterSpecs, Values
from render.yamlio.location import value_at

_OVERLAYS = (1, 26)  # the first minor that reads spec.infrastructure.parametersRef
_CLASS_DEFAULTS = "gateway.istio.io/defaults-for-class"


@dataclass(frozen=True, slots=True)
class AskedGateway:
    """A Gateway of the specs, and where its name stands."""

    name: str
    class_name: str
    place: FilePosition


@dataclass(frozen=True, slots=True)
class GatewayAnswer:
    """Who deploys a Gateway. `workload` is None where nobody does, and `reason` says why. `rule` says in words whose
    label decides, `label_place` where that one stands."""

    cluster: str
    gateway: AskedGateway
    namespace: AskedNamespace
    owner: GatewayOwner
    rule: str
    label_place: FilePosition | None
    chain: Chain
    reason: str | None
    workload: GatewayWorkload | None
    notes: tuple[str, ...]
    seen: SeenNamespace | None


def explain_gateway(root: Path, cluster: str, namespace: str, name: str, folder: str | None = None) -> GatewayAnswer:
    """Returns who deploys a Gateway that the specs of a cluster of the fleet in `root` have, by name and namespace.

    `folder` is where observations lie instead of the fleet's own: of them the labels of a namespace count that the
    specs do not have. Raises `InputError` for an unknown cluster or Gateway, and for specs that cannot be read.
    """
    opened = open_fleet(root)
    (pipeline,) = opened.pipelines([cluster])
    plan = pipeline.plan
    resource = _gateway(plan.specs, namespace, name)
    seen = load_observations(opened, [cluster], folder).get(cluster)
    in_cluster = seen.observation.namespaces.get(namespace) if seen else None
    spec = next((one.namespace for one in plan.namespaces if one.namespace.name == namespace), None)
    labels = known_labels(namespace, spec, in_cluster)
    own_labels = text_map(value_at(resource.data, "metadata", "labels"))
    own = own_labels.get(REVISION_LABEL)
    asked = AskedGateway(
        name,
        str(value_at(resource.data, "spec", "gatewayClassName", missing="")),
        where(resource, ("metadata", "name"), opened.reader),
    )
    owner = gateway_owner(own_labels, labels)
    of = resource if owner.side == "gateway" else spec.resource if spec and owner.side else None
    chain = chain_of_name(opened, plan, owner.wants)
    notes = [] if spec or in_cluster else [f"the specs have no namespace {namespace}: its labels are not known"]
    workload = None
    if chain.planned is None:
        reason: str | None = unserved_words(owner.wants, plan.names, plan.names, (), live=False)
    else:
        computed = computed_values(chain.planned.record, plan.specs)
        release = releases.parse(chain.planned.record.version)
        classes = [one.data for one in plan.specs.extra if (one.group, one.kind) == (GROUP, "GatewayClass")]
        controller = gateway_controller(resource.data, classes, release, computed)
        reason = controller if isinstance(controller, str) else None
        if isinstance(controller, GatewayController):
            workload = gateway_workload(resource.data, controller, computed)
            notes += _about_workload(plan.specs, resource, workload, release, computed)
            notes += _about_owner(chain.planned)
    return GatewayAnswer(
        cluster=cluster,
        gateway=asked,
        namespace=asked_namespace(opened, namespace, labels, spec),
        owner=owner,
        rule=_rule(owner, own),
        label_place=where(of, ("metadata", "labels", REVISION_LABEL), opened.reader) if of else None,
        chain=chain,
        reason=reason,
        workload=workload,
        notes=(*notes, *_about_label(plan, owner, chain)),
        seen=SeenNamespace(seen, in_cluster) if seen else None,
    )


def _gateway(specs: ClusterSpecs, namespace: str, name: str) -> Resource:
    known = [one for one in specs.extra if (one.group, one.kind) == (GROUP, "Gateway")]
    known += [replace(one.resource, data=gateway_object(one)) for one in specs.mesh_gateways if one.gateway is not None]
    here = {one.name: one for one in known if (one.namespace or "default") == namespace}
    if name not in here:
        elsewhere = sorted({one.namespace or "default" for one in known if one.name == name})
        hint = f" (it is in {', '.join(elsewhere)})" if elsewhere else did_you_mean(name, here)
        message = (
            f"the specs of this cluster have no Gateway {short(name)} of {GROUP} in namespace {short(namespace)}{hint}"
        )
        raise wrong("MR304", message, file=specs.folder)
    return here[name]


def _rule(owner: GatewayOwner, own: str | None) -> str:
    if owner.side == "gateway":
        if not own:
            return f"{REVISION_LABEL} on the Gateway is empty, which means default; it beats the namespace's"
        return f"{REVISION_LABEL}={own} on the Gateway decides; it beats the namespace's"
    if owner.side == "namespace":
        return f"{REVISION_LABEL}={owner.wants} on the namespace decides, because the Gateway has no such label"
    return f"neither the Gateway nor its namespace has {REVISION_LABEL}, which means default"


def _about_owner(planned: PlannedRevision) -> Iterator[str]:
    if is_remote(planned.record):
        yield (
            f"an istiod of another cluster serves {planned.name}: it deploys the Gateways of the API server that it "
            "reads its configuration from, and no others"
        )


def _about_label(plan: ClusterPlan, owner: GatewayOwner, chain: Chain) -> Iterator[str]:
    """Yields what older releases make of the label, or of none."""
    if owner.wants == DEFAULT and owner.side is None:
        takers = [one.name for one in plan.revisions if _takes_unlabelled(one) and one is not chain.planned]
        if takers:
            yield (
                f"before 1.23.5 and 1.24.2 any istiod deploys a Gateway without the label: {', '.join(takers)} does "
                "it too"
            )
    elif chain.tag and chain.planned and releases.parse(chain.planned.record.version) < releases.Release(1, 24, 3):
        yield (
            f"{owner.wants} is a tag: before 1.24.3 istiod deploys such a Gateway and gives it no routes; the label "
            f"must be {chain.planned.name}"
        )


def _takes_unlabelled(planned: PlannedRevision) -> bool:
    release = releases.parse(planned.record.version)
    return release < releases.Release(1, 23, 5) or releases.Release(1, 24, 0) <= release < releases.Release(1, 24, 2)


def _about_workload(
    specs: ClusterSpecs, gateway: Resource, workload: GatewayWorkload, release: releases.Release, computed: Values
) -> Iterator[str]:
    """Yields what may still change what the template makes."""
    if value_at(computed, "sidecarInjectorWebhook", "templates", workload.template) is not None:
        yield f"{workload.template} is a template of the revision's own values: what it writes may be something else"
    namespace = gateway.namespace or "default"
    proxy_configs = [
        one.name
        for one in specs.extra
        if (one.group, one.kind) == ("networking.istio.io", "ProxyConfig")
        and one.namespace in (namespace, value_at(computed, "global", "istioNamespace"))
        and value_at(one.data, "spec", "image") is not None
    ]
    if proxy_configs:
        yield f"ProxyConfig {', '.join(proxy_configs)} may choose another type of image"
    if (release.major, release.minor) < _OVERLAYS:
        return
    reference = value_at(gateway.data, "spec", "infrastructure", "parametersRef", "name")
    if reference is not None:
        yield f"ConfigMap {short(str(reference))} (spec.infrastructure.parametersRef) is laid over it"
    class_name = str(value_at(gateway.data, "spec", "gatewayClassName"))
    if value_at(computed, "gatewayClasses", class_name):
        yield f"gatewayClasses.{class_name} of the revision's values is laid over it"
    for one in specs.extra:
        labels: Labels = text_map(value_at(one.data, "metadata", "labels"))
        if one.kind == "ConfigMap" and labels.get(_CLASS_DEFAULTS) == class_name:
            yield f"ConfigMap {one.name} ({_CLASS_DEFAULTS}={class_name}) is laid over it"
