"""Rules on what is passed through beside the mesh: annotations of Istio, pod templates, and EnvoyFilters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from render.kustomize.resource import Resource
from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.manifests.builtin.injection import injection_templates
from render.messages import FieldPath, did_you_mean, short
from render.plan.injection.proxy_moves import InjectorMap, injector_of
from render.plan.inventory import RevisionRecord
from render.plan.labels import POD_INJECT_LABEL
from render.plan.workloads import TEMPLATES as POD_TEMPLATES
from render.plan.workloads import pods_of
from render.specs import releases
from render.specs.annotations import (
    ANY,
    ISTIOS_OWN,
    TEMPLATES,
    is_istios,
    known_annotations,
    refused_metrics,
    refused_value,
)
from render.yamlio.location import map_at, value_at

ANNOTATIONS = ("metadata", "annotations")
# The user of Istio's proxy, whose traffic is not redirected (Istio, `pkg/kube/inject`).
PROXY_USER = 1337
PROXY = "istio-proxy"
# What an EnvoyFilter can remove nothing from, and what alone it can replace: elsewhere the operation is ignored (Istio,
# EnvoyFilter.Patch.Operation).
IGNORING = ("ROUTE_CONFIGURATION", "HTTP_ROUTE")
REPLACING = ("NETWORK_FILTER", "HTTP_FILTER", "VIRTUAL_HOST")


@dataclass(frozen=True, slots=True)
class _Annotations:
    """Annotations that stand somewhere: `kind` is that of the object that will have them in the cluster."""

    resource: Resource
    path: FieldPath
    kind: str
    metadata: Any

    def istios(self) -> Iterator[tuple[str, str, FieldPath]]:
        """Istio's annotations but for those that Istio sets itself: name, value, and the path to it."""
        for name, value in map_at(self.metadata, "annotations").items():
            if is_istios(name) and name not in ISTIOS_OWN:
                yield name, value, (*self.path, name)


def refused_pod(view: View) -> Iterator[Violation]:
    """As Istio's IST0125, by the release that injects: a value that it refuses, or a template that it does not have."""
    for resource, record in _injected_workloads(view):
        path = POD_TEMPLATES[resource.group, resource.kind]
        annotations = map_at(resource.data, *path, *ANNOTATIONS)
        release = releases.parse(record.version)
        place = (*path, *ANNOTATIONS)
        for name, value in annotations.items():
            expected = refused_value(name, value, release) if isinstance(value, str) else None
            if expected:
                message = (
                    f"{short(value)} is not {expected}: istiod {record.version} ({record.name}) refuses its pods, so "
                    "none is created"
                )
                yield Violation(message, resource, (*place, name))
        texts = {name: value for name, value in annotations.items() if isinstance(value, str)}
        metrics = refused_metrics(texts, map_at(record.values, "meshConfig"), release)
        if metrics:
            message = (
                f"{short(texts[metrics])} is not what Istio's proxy can merge metrics from (15000 to 15090 are its own "
                f"ports): istiod {record.version} ({record.name}) refuses its pods, so none is created. Name "
                'the port of the application, or set prometheus.istio.io/merge-metrics: "false"'
            )
            yield Violation(message, resource, (*place, metrics))
        yield from _unknown_templates(resource, record, annotations, place)


def _unknown_templates(
    resource: Resource, record: RevisionRecord, annotations: Mapping[str, Any], place: FieldPath
) -> Iterator[Violation]:
    asked = annotations.get(TEMPLATES)
    if not isinstance(asked, str) or record.version not in releases.known_versions(aliases=False):
        return
    own = value_at(record.values, "sidecarInjectorWebhook", "templates")
    names = {*injection_templates(record.version), *(own if isinstance(own, Mapping) else ())}
    for name in (part.strip() for part in asked.split(",")):
        if name not in names:
            message = (
                f"asks for the template {short(name)}, which revision {record.name} does not have"
                f"{did_you_mean(name, names)}: istiod refuses its pods, so none is created (there are "
                f"{', '.join(sorted(names))})"
            )
            yield Violation(message, resource, (*place, TEMPLATES))


def unknown_annotation(view: View) -> Iterator[Violation]:
    """As Istio's IST0108: no release of the cluster's revisions knows the annotation."""
    here = _releases(view)
    for annotated in _annotations(view):
        for name, _, path in annotated.istios():
            known = known_annotations().get(name)
            if known is None:
                message = f"is no annotation of Istio{did_you_mean(name, known_annotations())}: nothing reads it"
                yield Violation(message, annotated.resource, path)
            elif here and not any(known.is_known_in(release) for release in here):
                message = f"is an annotation of Istio {known.span}: no revision of this cluster reads it"
                yield Violation(message, annotated.resource, path)


def misplaced_annotation(view: View) -> Iterator[Violation]:
    """As Istio's IST0107, of all kinds of workloads: most often it is meant for the pod template."""
    for annotated in _annotations(view):
        for name, _, path in annotated.istios():
            known = known_annotations().get(name)
            if known is None or ANY in known.kinds or annotated.kind in known.kinds:
                continue
            where = f"read of {' and '.join(known.kinds)} alone, and this is a {annotated.kind}"
            template = POD_TEMPLATES.get((annotated.resource.group, annotated.kind))
            way = f": write it under {'.'.join((*template, *ANNOTATIONS))}" if template and "Pod" in known.kinds else ""
            yield Violation(f"is {where}{way}", annotated.resource, path)


def deprecated_annotation(view: View) -> Iterator[Violation]:
    """As Istio's IST0135; not where the label that replaces it is there as well."""
    here = _releases(view)
    for annotated in _annotations(view):
        labels = map_at(annotated.metadata, "labels")
        for name, _, path in annotated.istios():
            known = known_annotations().get(name)
            if known is None or not any(known.is_deprecated_in(release) for release in here):
                continue
            if name == POD_INJECT_LABEL and POD_INJECT_LABEL in labels:
                continue
            instead = (
                ": webhooks do not see it. The label of that name does the same" if name == POD_INJECT_LABEL else ""
            )
            yield Violation(f"is deprecated{instead}", annotated.resource, path)


def proxys_user(view: View) -> Iterator[Violation]:
    """As Istio's IST0144: what the proxy's user sends goes past the proxy."""
    for resource, _ in _injected_workloads(view):
        path = (*POD_TEMPLATES[resource.group, resource.kind], "spec")
        spec = value_at(resource.data, *path)
        places: list[tuple[Any, FieldPath]] = [(spec, path)]
        for index, container in enumerate(_list(spec, "containers")):
            if value_at(container, "name") != PROXY:
                places.append((container, (*path, "containers", index)))
        for holder, place in places:
            if value_at(holder, "securityContext", "runAsUser") == PROXY_USER:
                message = (
                    f"{PROXY_USER} is the user of Istio's proxy, whose traffic is not redirected: what the application "
                    "sends goes past the proxy"
                )
                yield Violation(message, resource, (*place, "securityContext", "runAsUser"))


def relative_envoy_filter(view: View) -> Iterator[Violation]:
    """As Istio's IST0151: without a priority EnvoyFilters are applied in the order in which they were created."""
    for resource in view.plan.specs.extra:
        if (resource.group, resource.kind) != ("networking.istio.io", "EnvoyFilter"):
            continue
        if value_at(resource.data, "spec", "priority"):
            continue
        for index, patch in enumerate(_list(resource.data, "spec", "configPatches")):
            operation = value_at(patch, "patch", "operation")
            if _depends_on_order(operation, value_at(patch, "applyTo")):
                message = (
                    f"{operation} needs what it names to be there already, and without spec.priority the order of "
                    "EnvoyFilters is that of their creation: where another one brings it, this may do nothing. Give "
                    "spec.priority, or use INSERT_FIRST or ADD"
                )
                yield Violation(message, resource, ("spec", "configPatches", index, "patch", "operation"))
                break


def _depends_on_order(operation: Any, applied_to: Any) -> bool:
    """Whether a patch needs something to be there already, and is not ignored whatever the order is."""
    if operation == "REMOVE":
        return applied_to not in IGNORING
    if operation == "REPLACE":
        return applied_to in REPLACING
    return operation in ("INSERT_BEFORE", "INSERT_AFTER")


def _injected_workloads(view: View) -> Iterator[tuple[Resource, RevisionRecord]]:
    """Workloads that a revision of this cluster injects, with its record."""
    plan = view.plan
    injectors = InjectorMap(
        {revision.name: revision.record for revision in plan.revisions},
        {tag.name: tag.revision for tag in plan.tags},
    )
    namespaces = {planned.namespace.name: planned.namespace.labels for planned in plan.namespaces}
    for resource in plan.specs.extra:
        for pod in pods_of([resource]):
            injector = injector_of(injectors, namespaces.get(pod.namespace, {}), pod)
            if injector.revision in injectors.revisions:
                yield resource, injectors.revisions[injector.revision]


def image_without_injector(view: View) -> Iterator[Violation]:
    """As Istio's gateways have it: the image `auto` is the injector's to replace, and there is no such image."""
    served = {id(resource) for resource, _ in _injected_workloads(view)}
    for resource in view.plan.specs.extra:
        path = POD_TEMPLATES.get((resource.group, resource.kind))
        if path is None or id(resource) in served:
            continue
        for index, container in enumerate(_list(resource.data, *path, "spec", "containers")):
            if value_at(container, "image") == "auto":
                message = (
                    "is what the injector replaces, and nobody injects these pods: the image `auto` cannot be pulled. "
                    'Give the pod template the label sidecar.istio.io/inject: "true", or the namespace a revision'
                )
                yield Violation(message, resource, (*path, "spec", "containers", index, "image"))


def _annotations(view: View) -> Iterator[_Annotations]:
    """Namespaces, Services and workloads with their own annotations, and pod templates with those of their pods."""
    for planned in view.plan.namespaces:
        resource = planned.namespace.resource
        yield _Annotations(resource, ANNOTATIONS, "Namespace", resource.data["metadata"])
    for resource in view.plan.specs.extra:
        template = POD_TEMPLATES.get((resource.group, resource.kind))
        if template is not None or (resource.group, resource.kind) == ("", "Service"):
            yield _Annotations(resource, ANNOTATIONS, resource.kind, resource.data["metadata"])
        if template:
            metadata = value_at(resource.data, *template, "metadata")
            yield _Annotations(resource, (*template, *ANNOTATIONS), "Pod", metadata)


def _list(data: Any, *path: str) -> list[Any]:
    found = value_at(data, *path)
    return found if isinstance(found, list) else []


def _releases(view: View) -> list[releases.Release]:
    return [releases.parse(revision.record.version) for revision in view.plan.revisions]


RULES = (
    Rule("MR161", "Its pods cannot be created: the webhook answers with an error.", refused_pod),
    Rule("MR145", "The gateway's pods do not start: no registry has such an image.", image_without_injector),
    Rule("MR162", "What it was to change stays as it is (Istio's IST0108).", unknown_annotation),
    Rule("MR163", "What it was to change stays as it is (Istio's IST0107).", misplaced_annotation),
    Rule("MR164", "A later release may no longer read it (Istio's IST0135).", deprecated_annotation),
    Rule("MR165", "Its traffic is neither encrypted nor judged by policies (Istio's IST0144).", proxys_user),
    Rule(
        "MR166",
        "After the next change of another EnvoyFilter it may do nothing (Istio's IST0151).",
        relative_envoy_filter,
    ),
)
