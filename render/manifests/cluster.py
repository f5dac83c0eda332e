"""All folders of one cluster as Kubernetes objects, from its plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from render.areas import CNI, EXTRA, GATEWAYS, MESH, REVISIONS, TAGS, ZTUNNEL
from render.errors import InputError
from render.kustomize.problem import Problem
from render.kustomize.resource import Resource
from render.manifests.bundle import Bundle
from render.manifests.delivery import delivered_manifests
from render.manifests.istio_operator.bundles import operator_gateways, with_operator_settings
from render.manifests.istio_operator.objects import RELEASE_NAME
from render.manifests.mesh_gateways import canary_deployment, gateway_object, gateway_values
from render.manifests.monitoring import namespace_monitors, revision_monitors
from render.manifests.namespaces import namespaces
from render.manifests.network_gateways import exposing_objects
from render.manifests.node_agents import rendered_agent_values
from render.manifests.server_side_apply import Appliable, Overridden, appliable_object
from render.manifests.sources import ComponentSource, source_of
from render.manifests.values import ISTIOD, rendered_values
from render.plan.cluster import ClusterPlan, PlannedRevision, PlannedTag
from render.plan.inventory import RevisionRecord
from render.plan.mesh_gateways import GATEWAY_CHART, PlannedMeshGateway
from render.plan.node_agents import PlannedAgent
from render.plan.revision_facts import spec_title
from render.plan.topology.gateway import gateway_name
from render.specs import releases
from render.specs.istio_operator.components import ComponentPlan
from render.specs.kinds import ClusterSpecs, Delivery, IstioOperator
from render.specs.mesh_gateway import MeshGateway
from render.yamlio.location import merge_maps

COMPACT = (",", ":")
INJECTOR = "MutatingWebhookConfiguration"


def bundles(plan: ClusterPlan) -> Iterator[Bundle]:
    """Yields every folder of the cluster but the frozen revisions, whose files stay as they are.

    Raises InputError where a component cannot be rendered.
    """
    delivery = plan.specs.settings.delivery
    for revision in plan.revisions:
        if not revision.frozen:
            yield _revision(plan, revision)
    for tag in plan.tags:
        yield _tag(plan, tag)
    for agent, folder in ((plan.cni, CNI), (plan.ztunnel, ZTUNNEL)):
        if agent:
            target = plan.revision(agent.revision).record if agent.revision else None
            yield _agent(plan, agent, folder, target)
    yield from _mesh(plan, delivery)
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
    with _spec_named(revision.resource):
        objects = _component(ISTIOD, record, f"{record.name}-istiod", rendered_values(record, specs), specs)
    made = with_operator_settings(plan.operator(record.name), "pilot", objects)
    monitors = [json.dumps(one, separators=COMPACT) for one in revision_monitors(plan, revision)]
    texts = _texts(made.objects)
    if any(tag.name == record.name and tag.injector for tag in specs.tags):  # that tag injects for it
        texts = [text for text in texts if json.loads(text)["kind"] != INJECTOR]
    manifests = delivered_manifests(folder, specs.settings.delivery, [*texts, *monitors])
    overridden = _overridden(made.objects)
    return Bundle(folder, record.namespace, spec_title(record), manifests, record, "applied", overridden, made.problems)


@contextmanager
def _spec_named(spec: Resource | None) -> Iterator[None]:
    """Says of what a component refuses which spec asked for it. What is wrong in a chart keeps its place."""
    try:
        yield
    except InputError as error:
        if spec is None:
            raise
        raise InputError(
            replace(found, file=found.file or spec.origin.file, object=spec.title) for found in error.findings
        ) from None


def _tag(plan: ClusterPlan, tag: PlannedTag) -> Bundle:
    """Returns a tag's objects by the values, release and source of the revision that it resolves to."""
    specs, record = plan.specs, plan.revision(tag.revision).record
    folder = f"{TAGS}/{tag.name}"
    values = merge_maps(rendered_values(record, specs), {"revisionTags": [tag.name]})
    with _spec_named(tag.tag.resource):
        objects = _component("revisiontags", record, f"{tag.name}-revisiontags", values, specs)
    texts = [_with_name(text, tag.injector) for text in _texts(objects)]
    manifests = delivered_manifests(folder, specs.settings.delivery, texts)
    return Bundle(folder, record.namespace, f"IstioRevisionTag/{tag.name}", manifests)


def _with_name(text: str, injector: str | None) -> str:
    """Returns an object of a tag; its webhook configuration under the name that the tag says it has.

    No two objects can change at once in a cluster. So who injects for a name changes by another revision in one and the
    same webhook configuration, and that keeps its name.
    """
    obj = json.loads(text) if injector else {}
    if obj.get("kind") != INJECTOR:
        return text
    obj["metadata"]["name"] = injector
    return json.dumps(obj, separators=COMPACT, ensure_ascii=False)


def _agent(plan: ClusterPlan, agent: PlannedAgent, folder: str, target: RevisionRecord | None) -> Bundle:
    """Returns a node agent: component and release name are those of Sail, `istio-cni` and `ztunnel`."""
    version, namespace = agent.version.removeprefix("v"), agent.spec.namespace
    specs = plan.specs
    values = rendered_agent_values(agent, target, specs)
    release = "istio-cni" if folder == CNI else ZTUNNEL
    source = source_of(specs, agent.source)
    release = RELEASE_NAME if agent.spec.operator else release
    with _spec_named(agent.spec.resource):
        objects = _render(source, folder, version, release, namespace, json.dumps(values, sort_keys=True))
    made = with_operator_settings(agent.spec.operator, folder, objects)
    manifests = delivered_manifests(folder, specs.settings.delivery, _texts(made.objects))
    overridden = _overridden(made.objects)
    return Bundle(folder, namespace, agent.why, manifests, overridden=overridden, problems=made.problems)


def _mesh_gateway(plan: ClusterPlan, gateway: PlannedMeshGateway) -> Bundle:
    """Returns a gateway's objects by the release and source of the revision that it follows, as a tag's are."""
    spec, specs = gateway.spec, plan.specs
    folder, delivery = f"{GATEWAYS}/{spec.name}", specs.settings.delivery
    if spec.gateway is not None:
        texts = [json.dumps(gateway_object(spec), separators=COMPACT, ensure_ascii=False)]
        return Bundle(folder, spec.namespace, gateway.title, delivered_manifests(folder, delivery, texts))
    objects = _gateway_chart(plan, spec, spec.follows, gateway.revision)
    texts = _texts(objects)
    if spec.canary and gateway.canary:
        of_canary = _gateway_chart(plan, spec, spec.canary.follows, gateway.canary)
        texts.append(canary_deployment(_data(of_canary), _data(objects), spec.canary))
    return Bundle(
        folder,
        spec.namespace,
        gateway.title,
        delivered_manifests(folder, delivery, texts),
        overridden=_overridden(objects),
    )


def _gateway_chart(plan: ClusterPlan, spec: MeshGateway, follows: str, revision: str) -> tuple[Appliable, ...]:
    record, specs = plan.revision(revision).record, plan.specs
    version, source = record.version.removeprefix("v"), source_of(specs, record.source)
    values = json.dumps(gateway_values(spec, follows, record, specs), sort_keys=True)
    with _spec_named(spec.resource):
        return _render(source, GATEWAY_CHART, version, spec.name, spec.namespace, values)


def _data(objects: Iterable[Appliable]) -> list[Mapping[str, Any]]:
    return [json.loads(one.json) for one in objects]


def _mesh(plan: ClusterPlan, delivery: Delivery) -> Iterator[Bundle]:
    """Yields what all revisions of a cluster share: base, by the default revision's release or else the newest.

    The validator for configuration without a revision exists only where something serves `default`; it
    points at that revision. A revision of an IstioOperator whose base is off asks for none.
    """
    by_namespace: dict[str, PlannedRevision] = {}
    having = [revision for revision in plan.revisions if _has_base(plan, revision.name)]
    for revision in having:
        before = by_namespace.get(revision.record.namespace)
        if before is None or releases.parse(revision.record.version) > releases.parse(before.record.version):
            by_namespace[revision.record.namespace] = revision
    default = plan.default
    if default in having and default:
        by_namespace[default.record.namespace] = default
    objects: list[Appliable] = []
    problems: list[Problem] = []
    for name, revision in sorted(by_namespace.items()):
        record = revision.record
        values = rendered_values(record, plan.specs)
        values["defaultRevision"] = default.name if default and default.record.namespace == name else ""
        with _spec_named(revision.resource):
            rendered = _component("base", record, f"{record.name}-base", values, plan.specs)
        made = with_operator_settings(plan.operator(record.name), "base", rendered)
        objects += made.objects
        problems += made.problems
    for operator in plan.specs.operators:
        base = operator.component("base")
        if base and not operator.component("pilot") and base.namespace not in by_namespace:
            made = with_operator_settings(operator, "base", _base_alone(plan.specs, operator, base))
            objects += made.objects
            problems += made.problems
    monitors = [json.dumps(one, separators=COMPACT) for one in namespace_monitors(plan)]
    if objects or monitors:
        namespace = default.record.namespace if default else next(iter(sorted(by_namespace)), "")
        manifests = delivered_manifests(MESH, delivery, [*_texts(objects), *monitors])
        yield Bundle(MESH, namespace, "revisions", manifests, problems=tuple(problems))


def _base_alone(specs: ClusterSpecs, operator: IstioOperator, base: ComponentPlan) -> tuple[Appliable, ...]:
    """Returns the base of an IstioOperator that has no control plane: of one that another tool installs, mostly."""
    source, version = source_of(specs, specs.source(operator)), operator.version.removeprefix("v")
    values = json.dumps(merge_maps(base.values, {"defaultRevision": ""}), sort_keys=True)
    with _spec_named(operator.resource):
        return _render(source, "base", version, RELEASE_NAME, base.namespace, values)


def _has_base(plan: ClusterPlan, revision: str) -> bool:
    operator = plan.operator(revision)
    return operator is None or operator.component("base") is not None


def _gateway(plan: ClusterPlan, delivery: Delivery) -> Iterator[Bundle]:
    """Yields the gateway of the cluster's topology with what it exposes; the latter alone where another repository
    brings the gateway."""
    planned, specs = plan.gateway, plan.specs
    exposing = [json.dumps(one, separators=COMPACT) for one in exposing_objects(plan)]
    made: tuple[Appliable, ...] = ()
    if planned:
        with _spec_named(specs.cluster.resource):
            made = _component("gateway", planned.record, planned.name, planned.values, specs)
    if not (made or exposing):
        return
    name = gateway_name(specs)
    namespace = planned.record.namespace if planned else ""
    folder = f"{GATEWAYS}/{name}"
    manifests = delivered_manifests(folder, delivery, [*_texts(made), *exposing])
    yield Bundle(folder, namespace, specs.cluster.resource.title, manifests, overridden=_overridden(made))


def _component(
    component: str, record: RevisionRecord, release: str, values: Mapping[str, Any], specs: ClusterSpecs
) -> tuple[Appliable, ...]:
    version, source = record.version.removeprefix("v"), source_of(specs, record.source)
    if record.operator and component != "revisiontags":
        release = RELEASE_NAME
    return _render(source, component, version, release, record.namespace, json.dumps(values, sort_keys=True))


@lru_cache(maxsize=128)
def _render(
    source: ComponentSource, component: str, version: str, release: str, namespace: str, values: str
) -> tuple[Appliable, ...]:
    """Returns a component by its values as JSON text: clusters that say the same share one rendering."""
    given = json.loads(values)
    source.check_values(component, version, given)
    return tuple(map(appliable_object, source.render_json(component, version, release, namespace, given)))


def _texts(objects: Iterable[Appliable]) -> list[str]:
    return [one.json for one in objects]


def _overridden(objects: Iterable[Appliable]) -> tuple[Overridden, ...]:
    return tuple(variable for one in objects for variable in one.overridden)
