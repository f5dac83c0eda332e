"""What the Prometheus operator scrapes of a revision: its istiod, and the proxies that it has injected.

Names and places are those of the Sail Operator
(https://github.com/istio-ecosystem/sail-operator/blob/main/enhancements/SEP8471-metrics-integration.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from render.plan.cluster import ClusterPlan, PlannedRevision
from render.plan.inventory import RevisionRecord
from render.plan.labels import REVISION_LABEL
from render.plan.revision_facts import is_remote

_API = "monitoring.coreos.com/v1"
_INTERVAL = "30s"
OPENSHIFT = "openshift"
Object = dict[str, Any]
# The injector writes these annotations into each pod: the revision, whether to scrape it, and its port.
_REVISION = "__meta_kubernetes_pod_annotation_istio_io_rev"
_SCRAPED = "__meta_kubernetes_pod_annotationpresent_prometheus_io_scrape"
_PORT = "__meta_kubernetes_pod_annotation_prometheus_io_port"
_CONTAINER = "__meta_kubernetes_pod_container_name"


def revision_monitors(plan: ClusterPlan, revision: PlannedRevision) -> list[Object]:
    """Returns the monitors in the namespace of a revision whose Istio asks for them.

    On OpenShift the PodMonitors are elsewhere: its Prometheus looks for pods in a PodMonitor's own namespace only.
    """
    record = revision.record
    if not _is_monitored(plan, record):
        return []
    found = [] if is_remote(record) else [_service_monitor(record)]
    return found if plan.specs.cluster.platform == OPENSHIFT else [*found, _pod_monitor(record, record.namespace)]


def namespace_monitors(plan: ClusterPlan) -> Iterator[Object]:
    """Yields a PodMonitor for each namespace that a revision injects, where the cluster is an OpenShift."""
    if plan.specs.cluster.platform == OPENSHIFT:
        for one in plan.namespaces:
            if one.revision and _is_monitored(plan, plan.revision(one.revision).record):
                yield _pod_monitor(plan.revision(one.revision).record, one.namespace.name)


def _is_monitored(plan: ClusterPlan, record: RevisionRecord) -> bool:
    return any(one.istio.name == record.istio and one.istio.monitoring for one in plan.istios)


def _service_monitor(record: RevisionRecord) -> Object:
    spec = {
        "selector": {"matchLabels": {"app": "istiod", REVISION_LABEL: record.name}},
        "endpoints": [{"port": "http-monitoring", "path": "/metrics", "interval": _INTERVAL}],
    }
    return _monitor("ServiceMonitor", f"{record.name}-istiod-metrics", record, record.namespace, spec)


def _pod_monitor(record: RevisionRecord, namespace: str) -> Object:
    """Returns the monitor of the pods that a revision has injected. Their annotation tells, so that none is scraped
    twice where several revisions inject."""
    relabelings: list[Object] = [
        {"action": "keep", "sourceLabels": [_CONTAINER], "regex": "istio-proxy"},
        {"action": "keep", "sourceLabels": [_SCRAPED], "regex": "true"},
        {"action": "keep", "sourceLabels": [_REVISION], "regex": record.name},
        _address(r"(\d+);([\d.]+)", "$2:$1"),
        _address(r"(\d+);([\da-fA-F:.]*:[\da-fA-F:.]*)", "[$2]:$1"),
        {"action": "replace", "sourceLabels": ["__meta_kubernetes_namespace"], "targetLabel": "namespace"},
        {"action": "replace", "sourceLabels": ["__meta_kubernetes_pod_name"], "targetLabel": "pod_name"},
    ]
    endpoint = {"path": "/stats/prometheus", "interval": _INTERVAL, "relabelings": relabelings}
    spec: Object = {"selector": {}, "podMetricsEndpoints": [endpoint]}
    if namespace == record.namespace:
        spec["namespaceSelector"] = {"any": True}
    return _monitor("PodMonitor", f"{record.name}-proxies-metrics", record, namespace, spec)


def _address(regex: str, replacement: str) -> Object:
    return {
        "action": "replace",
        "sourceLabels": [_PORT, "__meta_kubernetes_pod_ip"],
        "regex": regex,
        "replacement": replacement,
        "targetLabel": "__address__",
    }


def _monitor(kind: str, name: str, record: RevisionRecord, namespace: str, spec: Object) -> Object:
    metadata = {"name": name, "namespace": namespace, "labels": {REVISION_LABEL: record.name}}
    return {"apiVersion": _API, "kind": kind, "metadata": metadata, "spec": spec}
