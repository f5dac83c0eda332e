"""Pods and pod templates among the objects that are passed through: they can refer to a revision themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from render.kustomize.resource import Resource
from render.plan.usage import POD_INJECT_LABEL, Pod

# Where each workload kind of Kubernetes keeps its pod template.
TEMPLATES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (),
    ("", "ReplicationController"): ("spec", "template"),
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("batch", "Job"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
}


def pods_of(resources: Iterable[Resource]) -> Iterator[Pod]:
    """Yields a Pod for each workload, by what its pods will carry and istiod reads."""
    for resource in resources:
        path = TEMPLATES.get((resource.group, resource.kind))
        if path is None:
            continue
        template: Any = resource.data
        for key in path:
            template = template.get(key) or {}
        metadata = template.get("metadata") or {}
        labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
        inject = {key: annotations[key] for key in (POD_INJECT_LABEL,) if key in annotations}
        host_network = (template.get("spec") or {}).get("hostNetwork") is True
        name, namespace = f"{resource.kind}/{resource.name}", resource.namespace or "default"
        yield Pod(name, namespace, labels, inject, host_network=host_network)
