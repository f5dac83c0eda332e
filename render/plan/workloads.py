"""Pods and pod templates among the objects that are passed through: they can refer to a revision themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from render.kustomize.resource import Resource
from render.plan.inventory import RevisionRecord
from render.plan.labels import POD_INJECT_LABEL
from render.plan.revision_names import istiod_service
from render.plan.usage import Pod
from render.yamlio.location import value_at

# Where each workload kind keeps its pod template: those of Kubernetes, and that of Argo Rollouts.
TEMPLATES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (),
    ("", "ReplicationController"): ("spec", "template"),
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("batch", "Job"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("argoproj.io", "Rollout"): ("spec", "template"),
}


def pods_of(resources: Iterable[Resource]) -> Iterator[Pod]:
    """Yields a Pod for each workload, by what its pods will carry and istiod reads."""
    for resource in resources:
        path = TEMPLATES.get((resource.group, resource.kind))
        if path is None:
            continue
        template = value_at(resource.data, *path)
        if not isinstance(template, dict):  # nobody checked the objects that are passed through
            continue
        labels, annotations = (text_map(value_at(template, "metadata", key)) for key in ("labels", "annotations"))
        inject = {key: annotations[key] for key in (POD_INJECT_LABEL,) if key in annotations}
        host_network = value_at(template, "spec", "hostNetwork") is True
        name, namespace = f"{resource.kind}/{resource.name}", resource.namespace or "default"
        yield Pod(name, namespace, labels, inject, host_network=host_network)


def istiod_users(resources: Iterable[Resource], record: RevisionRecord) -> Iterator[str]:
    """Yields the titles of workloads whose pods have the Service of a revision's istiod written into them, as gateways
    have that nobody injects: they need it and have no proxy of its injection."""
    service = re.compile(rf"(?<![\w.-]){re.escape(f'{istiod_service(record.name)}.{record.namespace}')}(?![\w-])")
    for resource in resources:
        path = TEMPLATES.get((resource.group, resource.kind))
        if path is not None and service.search(json.dumps(value_at(resource.data, *path, "spec"), default=str)):
            yield resource.title


def text_map(found: Any) -> dict[str, str]:
    """Returns what of a value can be labels or annotations: texts by key. Nobody checked the objects that are passed
    through."""
    return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}
