"""What an IstioOperator of a fleet adds to a cluster's folders: its settings on the objects of each component, and its
gateways.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from render.areas import GATEWAYS
from render.errors import InputError
from render.kustomize.problem import Problem
from render.manifests.builtin import render_json
from render.manifests.bundle import Bundle
from render.manifests.delivery import delivered_manifests
from render.manifests.istio_operator.objects import RELEASE_NAME, with_component_settings
from render.manifests.server_side_apply import Appliable, appliable_object
from render.plan.cluster import ClusterPlan
from render.plan.topology.gateway import gateway_name
from render.specs.istio_operator.components import ComponentPlan
from render.specs.kinds import ClusterSpecs, IstioOperator


@dataclass(frozen=True, slots=True)
class ComponentObjects:
    """The objects of a component, and what of its settings fits none of them."""

    objects: tuple[Appliable, ...]
    problems: tuple[Problem, ...] = ()


def with_operator_settings(
    operator: IstioOperator | None, field: str, objects: tuple[Appliable, ...]
) -> ComponentObjects:
    """Returns the objects of a component as its IstioOperator changes them, as they are without one or where it says
    nothing of them."""
    part = operator.component(field) if operator else None
    if operator is None or part is None or not part.settings:
        return ComponentObjects(objects)
    return _with_settings(operator, part, objects)


def operator_gateways(plan: ClusterPlan) -> Iterator[Bundle]:
    """Yields a folder for each gateway of the cluster's IstioOperators, called like the gateway, with the namespace in
    front where another is called so. They come from the builtin templates, as Istio publishes no chart of them.

    `InputError` for what these refuse.
    """
    names = {one.name for one in plan.specs.mesh_gateways}
    names |= {gateway_name(plan.specs)} if plan.specs.cluster.topology else set()
    for operator in plan.specs.operators:
        for part in operator.gateways:
            name = part.workload if part.workload not in names else f"{part.namespace}.{part.workload}"
            names.add(name)
            yield _gateway(plan.specs, operator, name, part)


def _gateway(specs: ClusterSpecs, operator: IstioOperator, name: str, part: ComponentPlan) -> Bundle:
    folder = f"{GATEWAYS}/{name}"
    made = _with_settings(operator, part, _chart_objects(operator, part))
    manifests = delivered_manifests(folder, specs.settings.delivery, [one.json for one in made.objects])
    overridden = tuple(variable for one in made.objects for variable in one.overridden)
    why = operator_title(operator)
    return Bundle(folder, part.namespace, why, manifests, overridden=overridden, problems=made.problems)


def operator_title(operator: IstioOperator) -> str:
    """Returns what the inventory notes as the reason of an IstioOperator's files."""
    return f"IstioOperator/{operator.name}"


def _chart_objects(operator: IstioOperator, part: ComponentPlan) -> tuple[Appliable, ...]:
    release = operator.version.removeprefix("v")
    try:
        texts = render_json(part.component.chart, release, RELEASE_NAME, part.namespace, part.values)
    except InputError as error:
        resource = operator.resource
        raise InputError(
            replace(found, file=found.file or resource.origin.file, object=resource.title) for found in error.findings
        ) from None
    return tuple(map(appliable_object, texts))


def _with_settings(operator: IstioOperator, part: ComponentPlan, objects: tuple[Appliable, ...]) -> ComponentObjects:
    changed = with_component_settings(part, [json.loads(one.json) for one in objects])
    texts = [json.dumps(obj, separators=(",", ":"), ensure_ascii=False) for obj in changed.objects]
    made = [
        replace(after, overridden=(*one.overridden, *after.overridden))
        for one, after in zip(objects, map(appliable_object, texts), strict=True)
    ]
    problems = tuple(replace(problem, resource=operator.resource) for problem in changed.problems)
    return ComponentObjects(tuple(made), problems)
