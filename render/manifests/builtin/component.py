"""One component of one release: the user's values in, Kubernetes objects out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from render.errors import MeshrevError, wrong
from render.manifests.builtin.facts import FactSet, facts_of
from render.manifests.builtin.layers import Values, as_helm_reads, merge_values
from render.manifests.builtin.template_functions import ChartRefusal


def render_component(
    component: str, version: str, release: str, namespace: str, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Returns the objects that `helm template` of Istio's chart would give, as data; errors as in `render_json`."""
    return [json.loads(text) for text in render_json(component, version, release, namespace, values)]


def render_json(component: str, version: str, release: str, namespace: str, values: Mapping[str, Any]) -> list[str]:
    """Returns one compact JSON text an object, in the order in which they would be applied.

    `version` is a release such as `1.24.3`; `release` is Helm's release name; `values` are what a Helm user
    would write. An unknown component or version, and values that the chart itself refuses (an unknown
    profile, platform or compatibility version, a path through something that is not a map, text that makes
    no YAML), raise `InputError`. Values that the chart would ignore are ignored.
    """
    from render.manifests.builtin.templates import complete, render_template  # Jinja: not for who reads values alone

    known = facts_of(component, version)
    with _refusals(known):
        given = as_helm_reads(values)
        merged = merge_values(known, given)
        names = complete(known, _context(known, release, namespace, given, merged))
        return [
            document
            for template in _object_names(known, merged)
            for document in render_template(known, template, names)
        ]


def component_values(component: str, version: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what the templates of a component read: `values` over all layers of the release.

    The component's own stand under its key (`pilot` for istiod, `cni` for the node agent), also where the release has
    them at the root. Errors as in `render_json`.
    """
    known = facts_of(component, version)
    with _refusals(known):
        merged = merge_values(known, as_helm_reads(values))
    scope = known.facts["scope"]
    return {**merged, scope: _own(known, merged)} if scope else merged


@contextmanager
def _refusals(known: FactSet) -> Iterator[None]:
    """Makes an `InputError` of what templates and layers refuse."""
    component = known.component
    try:
        yield
    except MeshrevError:
        raise
    except ChartRefusal as refusal:
        raise wrong("MR087", f"{component} {known.version}: {refusal}", field="values") from refusal
    except (TypeError, ValueError) as error:
        message = f"{component} {known.version} cannot be rendered from these values: {error}"
        raise wrong("MR088", message, field="values") from error


def _context(known: FactSet, release: str, namespace: str, given: Values, values: Values) -> dict[str, Any]:
    """Returns the names that a template may ask for.

    `v` are the values with all layers, `own` those of the component itself (in the oldest release still under
    a key of their own), `given` what the user wrote.
    """
    return {
        "v": values,
        "own": _own(known, values),
        "given": given,
        "facts": known.facts,
        "release": release,
        "namespace": namespace,
        "version": known.version,
        "labels": _labels(known, release),
    }


def _own(known: FactSet, values: Values) -> Any:
    """Returns the values of the component itself."""
    scope = known.facts["scope"]
    return values.get(scope) if scope and not known.facts["scope_at_root"] else values


def _labels(known: FactSet, release: str) -> Callable[[str], dict[str, str]]:
    """Returns the labels that every object of the release carries (none in the oldest), by the name of the
    application."""
    common: dict[str, str] = known.facts["common_labels"]
    filled = {
        label: text.replace("{release}", release)
        .replace("{version}", known.version)
        .replace("{chart}", known.facts["chart"])
        for label, text in common.items()
    }

    def labels(name: str) -> dict[str, str]:
        return {"app.kubernetes.io/name": name, **filled} if filled else {}

    return labels


def _object_names(known: FactSet, values: Values) -> list[str]:
    """Returns the objects of the release; where it has resource scopes, those of the scope that the values choose."""
    if not known.facts["resource_scopes"]:
        return list(known.objects)
    place = values if known.facts["globals_at_root"] else values.get("global") or {}
    chosen = place.get("resourceScope")
    if chosen is not None and type(chosen) is not str:
        raise ChartRefusal("resourceScope must be a text")
    return [name for name, scope in known.objects.items() if scope is True or chosen in ("all", scope)]
