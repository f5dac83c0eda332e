"""All folders of one cluster as Kubernetes objects, from its plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from render.areas import CNI, EXTRA, GATEWAYS, REVISIONS, ZTUNNEL
from render.manifests.bundle import Bundle
from render.manifests.components import (
    COMPACT,
    component_objects,
    object_texts,
    overridden_variables,
    render_component,
    spec_named,
)
from render.manifests.delivery import delivered_manifests
from render.manifests.istio_operator.bundles import operator_gateways, with_operator_settings
from render.manifests.istio_operator.objects import RELEASE_NAME
from render.manifests.mesh import mesh_bundle
from render.manifests.mesh_gateways import canary_deployment, gateway_object, gateway_values
from render.manifests.monitoring import revision_monitors
from render.manifests.namespaces import namespaces
from render.manifests.network_gateways import exposing_objects
from render.manifests.node_agents import rendered_agent_values
from render.manifests.server_side_apply import Appliable
from render.manifests.sources import source_of
from render.manifests.tags import tag_bundle, without_injector
from render.manifests.values import ISTIOD, rendered_values
from render.plan.cluster import ClusterPlan, PlannedRevision
from render.plan.inventory import RevisionRecord
from render.plan.mesh_gateways import GATEWAY_CHART, PlannedMeshGateway
from render.plan.node_agents import PlannedAgent
from render.plan.revision_facts import spec_title
from render.plan.topology.gateway import gateway_name
from render.specs.kinds import Delivery
from render.specs.mesh_gateway import MeshGateway


def bundles(plan: ClusterPlan) -> Iterator[Bundle]:
    """Yields every folder of the cluster but the frozen revisions, whose files stay as they are.

    Raises InputError where a component cannot be rendered.
    """
    delivery = plan.specs.settings.delivery
    for revision in plan.revisions:
        if not revision.frozen:
            yield _revision(plan, revision)
    for tag in plan.tags:
        yield tag_bundle(plan, tag)
    for agent, folder in ((plan.cni, CNI), (plan.ztunnel, ZTUNNEL)):
        if agent:
            target = plan.revision(agent.revision).record if agent.revision else None
            yield _agent(plan, agent, folder, target)
    yield from mesh_bundle(plan, delivery)
    yield from _gateway(plan, delivery)
    for gateway in plan.mesh_gateways:
        yield _mesh_gateway(plan, gateway)
    yield from operator_gateways(plan)
    yield from namespaces(plan)
    extra = [json.dumps(resource.data, separators=COMPACT, ensure_ascii=False) for resource in plan.specs.extra]
    if extra:
        yield Bundle(EXTRA, "", "specs", delivered_manifests(EXTRA, delivery, extra))


def _revision(plan: ClusterPlan, revision: PlannedRevision) -> Bundle:
    record, specs = revision.record, plan.specs
    folder = f"{REVISIONS}/{record.name}"
    with spec_named(revision.resource):
        objects = component_objects(ISTIOD, record, f"{record.name}-istiod", rendered_values(record, specs), specs)
    made = with_operator_settings(plan.operator(record.name), "pilot", objects)
    monitors = [json.dumps(one, separators=COMPACT) for one in revision_monitors(plan, revision)]
    texts = without_injector(object_texts(made.objects), record.name, specs)
    manifests = delivered_manifests(folder, specs.settings.delivery, [*texts, *monitors])
    overridden = overridden_variables(made.objects)
    return Bundle(folder, record.namespace, spec_title(record), manifests, record, "applied", overridden, made.problems)


def _agent(plan: ClusterPlan, agent: PlannedAgent, folder: str, target: RevisionRecord | None) -> Bundle:
    """Returns a node agent: component and release name are those of Sail, `istio-cni` and `ztunnel`."""
    version, namespace = agent.version.removeprefix("v"), agent.spec.namespace
    specs = plan.specs
    values = rendered_agent_values(agent, target, specs)
    release = "istio-cni" if folder == CNI else ZTUNNEL
    source = source_of(specs, agent.source)
    release = RELEASE_NAME if agent.spec.operator else release
    with spec_named(agent.spec.resource):
        objects = render_component(source, folder, version, release, namespace, json.dumps(values, sort_keys=True))
    made = with_operator_settings(agent.spec.operator, folder, objects)
    manifests = delivered_manifests(folder, specs.settings.delivery, object_texts(made.objects))
    overridden = overridden_variables(made.objects)
    return Bundle(folder, namespace, agent.why, manifests, overridden=overridden, problems=made.problems)


def _mesh_gateway(plan: ClusterPlan, gateway: PlannedMeshGateway) -> Bundle:
    """Returns a gateway's objects by the release and source of the revision that it follows, as a tag's are."""
    spec, specs = gateway.spec, plan.specs
    folder, delivery = f"{GATEWAYS}/{spec.name}", specs.settings.delivery
    if spec.gateway is not None:
        texts = [json.dumps(gateway_object(spec), separators=COMPACT, ensure_ascii=False)]
        return Bundle(folder, spec.namespace, gateway.title, delivered_manifests(folder, delivery, texts))
    objects = _gateway_chart(plan, spec, spec.follows, gateway.revision)
    texts = object_texts(objects)
    if spec.canary and gateway.canary:
        of_canary = _gateway_chart(plan, spec, spec.canary.follows, gateway.canary)
        texts.append(canary_deployment(_data(of_canary), _data(objects), spec.canary))
    return Bundle(
        folder,
        spec.namespace,
        gateway.title,
        delivered_manifests(folder, delivery, texts),
        overridden=overridden_variables(objects),
    )


def _gateway_chart(plan: ClusterPlan, spec: MeshGateway, follows: str, revision: str) -> tuple[Appliable, ...]:
    record, specs = plan.revision(revision).record, plan.specs
    version, source = record.version.removeprefix("v"), source_of(specs, record.source)
    values = json.dumps(gateway_values(spec, follows, record, specs), sort_keys=True)
    with spec_named(spec.resource):
        return render_component(source, GATEWAY_CHART, version, spec.name, spec.namespace, values)


def _data(objects: Iterable[Appliable]) -> list[Mapping[str, Any]]:
    return [json.loads(one.json) for one in objects]


def _gateway(plan: ClusterPlan, delivery: Delivery) -> Iterator[Bundle]:
    """Yields the gateway of the cluster's topology with what it exposes; the latter alone where another repository
    brings the gateway."""
    planned, specs = plan.gateway, plan.specs
    exposing = [json.dumps(one, separators=COMPACT) for one in exposing_objects(plan)]
    made: tuple[Appliable, ...] = ()
    if planned:
        with spec_named(specs.cluster.resource):
            made = component_objects("gateway", planned.record, planned.name, planned.values, specs)
    if not (made or exposing):
        return
    name = gateway_name(specs)
    namespace = planned.record.namespace if planned else ""
    folder = f"{GATEWAYS}/{name}"
    manifests = delivered_manifests(folder, delivery, [*object_texts(made), *exposing])
    yield Bundle(folder, namespace, specs.cluster.resource.title, manifests, overridden=overridden_variables(made))
