"""What all revisions of a cluster share: the base, its default validator, and monitors of namespaces."""

from __future__ import annotations

import json
from collections.abc import Iterator

from render.areas import MESH
from render.kustomize.problem import Problem
from render.manifests.bundle import Bundle
from render.manifests.components import (
    COMPACT,
    component_objects,
    object_texts,
    render_component,
    spec_named,
)
from render.manifests.delivery import delivered_manifests
from render.manifests.istio_operator.bundles import with_operator_settings
from render.manifests.istio_operator.objects import RELEASE_NAME
from render.manifests.monitoring import namespace_monitors
from render.manifests.server_side_apply import Appliable
from render.manifests.sources import source_of
from render.manifests.tags import default_of
from render.manifests.values import rendered_values
from render.plan.cluster import ClusterPlan, PlannedRevision
from render.specs import releases
from render.specs.istio_operator.components import ComponentPlan
from render.specs.kinds import ClusterSpecs, Delivery, IstioOperator
from render.yamlio.location import merge_maps


def mesh_bundle(plan: ClusterPlan, delivery: Delivery) -> Iterator[Bundle]:
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
        values["defaultRevision"] = default_of(plan, name)
        with spec_named(revision.resource):
            rendered = component_objects("base", record, f"{record.name}-base", values, plan.specs)
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
        manifests = delivered_manifests(MESH, delivery, [*object_texts(objects), *monitors])
        yield Bundle(MESH, namespace, "revisions", manifests, problems=tuple(problems))


def _base_alone(specs: ClusterSpecs, operator: IstioOperator, base: ComponentPlan) -> tuple[Appliable, ...]:
    """Returns the base of an IstioOperator that has no control plane: of one that another tool installs, mostly."""
    source, version = source_of(specs, specs.source(operator)), operator.version.removeprefix("v")
    values = json.dumps(merge_maps(base.values, {"defaultRevision": ""}), sort_keys=True)
    with spec_named(operator.resource):
        return render_component(source, "base", version, RELEASE_NAME, base.namespace, values)


def _has_base(plan: ClusterPlan, revision: str) -> bool:
    operator = plan.operator(revision)
    return operator is None or operator.component("base") is not None
