"""Rules on what injectors give to pods: no rendered object has it, and an API server refuses the pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from render.kubernetes.check import part_refusals
from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.manifests.values import computed_values
from render.messages import FieldPath, field_text
from render.yamlio.location import map_at, value_at

_VALUES: FieldPath = ("spec", "values")
# The parts of a pod that istiod takes from values as they are (the injector's templates of every release).
_PARTS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("global", "proxy", "resources"), "core.v1.ResourceRequirements", "proxies"),
    (("global", "proxy_init", "resources"), "core.v1.ResourceRequirements", "init containers"),
    (("global", "proxy", "lifecycle"), "core.v1.Lifecycle", "proxies"),
    (("global", "proxy", "seccompProfile"), "core.v1.SeccompProfile", "proxies"),
    (("global", "waypoint", "resources"), "core.v1.ResourceRequirements", "waypoints"),
    (("global", "waypoint", "affinity"), "core.v1.Affinity", "waypoints"),
)


def refused_proxy(view: View) -> Iterator[Violation]:
    """A value that is right by itself, and that together with the chart's defaults no pod may have."""
    for revision in view.plan.revisions:
        if revision.resource is None or not any(map_at(revision.record.values, *path) for path, _, _ in _PARTS):
            continue  # the chart's own parts are right
        computed = computed_values(revision.record, view.plan.specs)
        for path, kind, what in _PARTS:
            if not map_at(revision.record.values, *path):
                continue
            for refusal in part_refusals(_without_null(map_at(computed, *path)), kind):
                place: FieldPath = (*path, *refusal.path)
                while value_at(revision.record.values, *place) is None:  # a default that does not fit
                    place = place[:-1]
                message = (
                    f"an API server would refuse the pods of {what} of revision {revision.name} "
                    f"({field_text((*path[-1:], *refusal.path))} {refusal.message}): none is created"
                )
                yield Violation(message, revision.resource, (*_VALUES, *place))


def _without_null(data: Any) -> Any:
    """Returns data without the nulls by which values take a default away."""
    if isinstance(data, Mapping):
        return {key: _without_null(value) for key, value in data.items() if value is not None}
    return [_without_null(one) for one in data] if isinstance(data, list) else data


RULES = (
    Rule("MR261", "Injected pods are refused when they are made anew, by the server and not by istiod.", refused_proxy),
)
