"""What `istioctl manifest generate` prints for an IstioOperator, without CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from render.kustomize.problem import Problem
from render.manifests.builtin import render_component
from render.manifests.builtin.facts import facts_of
from render.manifests.istio_operator.overlays import OverlayError, with_edit
from render.manifests.istio_operator.settings import with_settings
from render.messages import FieldPath
from render.specs.istio_operator.components import ComponentPlan
from render.specs.istio_operator.translate import component_plans, with_profile

# The name under which istioctl installs every chart.
RELEASE_NAME = "istio"


@dataclass(frozen=True, slots=True)
class OperatorObjects:
    """The objects in istioctl's order of components, and what of settings and overlays fits none of them."""

    objects: list[dict[str, Any]]
    problems: list[Problem]


def operator_objects(given: Mapping[str, Any], release: str) -> OperatorObjects:
    """Returns the objects of an IstioOperator, as a person gives it, and what of its
    settings and overlays fits no object.

    `release` is one such as `1.31.0`. `InputError` for what charts and profiles refuse.
    """
    hub = facts_of("istiod", release).values["global"]["hub"]
    operator = with_profile(given, {"hub": hub, "tag": release})
    objects: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for plan in component_plans(operator, release):
        rendered = render_component(plan.component.chart, release, RELEASE_NAME, plan.namespace, plan.values)
        changed = with_component_settings(plan, rendered)
        objects += changed.objects
        problems += changed.problems
    return OperatorObjects(objects, problems)


def with_component_settings(plan: ComponentPlan, rendered: Iterable[dict[str, Any]]) -> OperatorObjects:
    """Returns the objects of a component's chart with the component's Kubernetes settings, then its overlays."""
    objects = [with_settings(plan, obj) for obj in rendered]
    problems: list[Problem] = []
    for number, overlay in enumerate(plan.settings.get("overlays") or []):
        path: FieldPath = (*plan.path, "k8s", "overlays", number)
        wanted = (overlay.get("kind"), overlay.get("name"))
        places = [place for place, obj in enumerate(objects) if (obj["kind"], obj["metadata"].get("name")) == wanted]
        if not places:
            message = f"changes nothing: the component has no {wanted[0]} named {wanted[1]}"
            problems.append(Problem("MR300", message, path=path))
        for place in places:
            objects[place] = _with_edits(objects[place], overlay, path, problems)
    return OperatorObjects(objects, problems)


def _with_edits(
    obj: dict[str, Any], overlay: Mapping[str, Any], path: FieldPath, problems: list[Problem]
) -> dict[str, Any]:
    for number, edit in enumerate(overlay.get("patches") or []):
        try:
            obj = with_edit(obj, edit.get("path") or "", edit.get("value"))
        except OverlayError as error:
            problems.append(Problem("MR300", str(error), path=(*path, "patches", number, "path")))
    return obj
