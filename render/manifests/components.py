"""Components rendered from their source, charts or builtin templates, as server-side apply takes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any

from render.errors import InputError
from render.kustomize.resource import Resource
from render.manifests.istio_operator.objects import RELEASE_NAME
from render.manifests.server_side_apply import Appliable, Overridden, appliable_object
from render.manifests.sources import ComponentSource, source_of
from render.plan.inventory import RevisionRecord
from render.specs.kinds import ClusterSpecs

COMPACT = (",", ":")


@contextmanager
def spec_named(spec: Resource | None) -> Iterator[None]:
    """Says of what a component refuses which spec asked for it. What is wrong in a chart keeps its place."""
    try:
        yield
    except InputError as error:
        if spec is None:
            raise
        raise InputError(
            replace(found, file=found.file or spec.origin.file, object=spec.title) for found in error.findings
        ) from None


def component_objects(
    component: str, record: RevisionRecord, release: str, values: Mapping[str, Any], specs: ClusterSpecs
) -> tuple[Appliable, ...]:
    """Returns a component by the release and source of a revision. `InputError` where it cannot be rendered."""
    version, source = record.version.removeprefix("v"), source_of(specs, record.source)
    if record.operator and component != "revisiontags":
        release = RELEASE_NAME
    return render_component(source, component, version, release, record.namespace, json.dumps(values, sort_keys=True))


@lru_cache(maxsize=128)
def render_component(
    source: ComponentSource, component: str, version: str, release: str, namespace: str, values: str
) -> tuple[Appliable, ...]:
    """Returns a component by its values as JSON text: clusters that say the same share one rendering."""
    given = json.loads(values)
    source.check_values(component, version, given)
    return tuple(map(appliable_object, source.render_json(component, version, release, namespace, given)))


def object_texts(objects: Iterable[Appliable]) -> list[str]:
    """Returns each object as JSON text."""
    return [one.json for one in objects]


def overridden_variables(objects: Iterable[Appliable]) -> tuple[Overridden, ...]:
    """Returns the variables of the specs that the objects set themselves, behind them."""
    return tuple(variable for one in objects for variable in one.overridden)
