"""From the objects of a cluster to an observation: every object is looked at once, counted, and forgotten."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from render.plan.labels import DATAPLANE_LABEL, INJECTION_LABEL, REVISION_LABEL, TAG_LABEL, Labels, joins_ambient
from render.plan.observed.observation import UNSEEN, Observation, ObservedNamespace, Owner
from render.plan.usage import pod_reference
from render.plan.workloads import TEMPLATES
from render.yamlio.location import value_at

# What a namespace's labels say about who injects, or that the ambient mesh takes it.
NAMESPACE_LABELS = (INJECTION_LABEL, REVISION_LABEL, DATAPLANE_LABEL)
# istiod leaves both on a pod that it injected; the second is the older one, JSON with the revision in it.
STATUS_ANNOTATION = "sidecar.istio.io/status"
PROXY = "istio-proxy"
CLUSTER_ID = "ISTIO_META_CLUSTER_ID"
CLUSTER_NAMESPACE = "kube-system"

Counts = dict[str, int]


@dataclass(slots=True)
class _Pods:
    """The counts of one namespace, while they grow."""

    pods: int = 0
    failed: int = 0
    revisions: Counts = field(default_factory=dict)
    references: Counts = field(default_factory=dict)
    templates: Counts = field(default_factory=dict)
    proxies: dict[str, Counts] = field(default_factory=dict)
    nodes: Counts = field(default_factory=dict)
    ambient: int = 0
    undecided: int = 0  # in the ambient mesh if the namespace is


@dataclass(slots=True)
class ObservationCounter:
    """Counts one cluster's namespaces, pods and pod templates. `cluster_ids` are the names that proxies have for their
    cluster; `newest` is the latest time that any object bears, as it is written there (RFC 3339, UTC)."""

    labels: dict[str, Labels] = field(default_factory=dict)
    owners: dict[str, Mapping[str, tuple[Owner, ...]]] = field(default_factory=dict)
    counts: dict[str, _Pods] = field(default_factory=dict)
    webhooks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    uid: str | None = None
    cluster_ids: set[str] = field(default_factory=set)
    newest: str = ""
    pods: int = 0

    def add(self, item: Mapping[str, Any]) -> None:
        """Count one object; passed over is what is no Namespace, Pod, webhook of a tag, and has no pod template.

        KeyError, TypeError, AttributeError or ValueError for one that no API server gives.
        """
        if item["kind"] == "Namespace":
            self._namespace(item)
        elif item["kind"] == "Pod":
            self._pod(item)
        elif item["kind"] == "MutatingWebhookConfiguration":
            self._webhook(item)
        elif path := TEMPLATES.get((item["apiVersion"].rpartition("/")[0], item["kind"])):
            self._template(item, path)

    def observation(self, cluster: str, at: datetime) -> Observation:
        """Returns what was counted so far."""
        seen = {}
        for name in sorted({*self.labels, *self.counts}):
            labels, counted = self.labels.get(name, {}), self.counts.get(name) or _Pods()
            enrolled = joins_ambient(labels)
            seen[name] = ObservedNamespace(
                labels=labels,
                pods=counted.pods,
                failed=counted.failed,
                revisions=counted.revisions,
                references=counted.references,
                templates=counted.templates,
                proxies=counted.proxies,
                nodes=counted.nodes,
                ambient=counted.ambient + (counted.undecided if enrolled else 0),
                owners=self.owners.get(name),
            )
        return Observation(cluster, at, self.uid, seen, webhooks=dict(sorted(self.webhooks.items())))

    def _namespace(self, item: Mapping[str, Any]) -> None:
        metadata = item["metadata"]
        name, labels = metadata["name"], metadata.get("labels") or {}
        self.labels[name] = {key: labels[key] for key in NAMESPACE_LABELS if key in labels}
        if name == CLUSTER_NAMESPACE:
            self.uid = metadata.get("uid")
        if metadata.get("managedFields") is not None:
            self.owners[name] = _owners(metadata["managedFields"], self.labels[name])
        self._note_time(metadata.get("creationTimestamp"))

    def _webhook(self, item: Mapping[str, Any]) -> None:
        metadata = item["metadata"]
        if TAG_LABEL not in (metadata.get("labels") or {}):
            return  # one of a revision calls that revision and is no use of it
        called = [value_at(hook, "clientConfig", "service") for hook in item.get("webhooks") or ()]
        services = {f"{one['namespace']}/{one['name']}" for one in called if one}
        self.webhooks[metadata["name"]] = tuple(sorted(services))

    def _pod(self, item: Mapping[str, Any]) -> None:
        metadata, spec, status = item["metadata"], item["spec"], item.get("status") or {}
        self.pods += 1
        self._note_time(metadata.get("creationTimestamp"))
        for condition in status.get("conditions") or ():
            self._note_time(condition.get("lastTransitionTime"))
        phase = status.get("phase")
        if phase == "Succeeded":
            return
        counted = self.counts.setdefault(metadata["namespace"], _Pods())
        counted.pods += 1
        if phase == "Failed":
            counted.failed += 1
            return  # no use: none of its containers runs again (Kubernetes, pod phase)
        labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
        revision = _revision(annotations)
        if revision:
            _count(counted.revisions, revision)
        reference = pod_reference(labels)
        if reference:
            _count(counted.references, reference)
        proxy = _proxy(spec)
        if proxy:
            self._proxy(proxy, revision, counted)
        self._ambient(labels, annotations, spec, counted)

    def _template(self, item: Mapping[str, Any], path: tuple[str, ...]) -> None:
        """A workload makes pods again, also where none runs now: one scaled to nothing, or a CronJob between its runs.

        What another object controls goes by that one: old ReplicaSets of a Deployment, the Jobs of a CronJob.
        """
        metadata = item["metadata"]
        self._note_time(metadata.get("creationTimestamp"))
        if any(owner.get("controller") for owner in metadata.get("ownerReferences") or ()) or _is_finished(item):
            return
        reference = pod_reference(value_at(item, *path, "metadata", "labels") or {})
        if reference:
            counted = self.counts.setdefault(metadata["namespace"], _Pods())
            _count(counted.templates, reference)

    def _proxy(self, container: Mapping[str, Any], revision: str | None, counted: _Pods) -> None:
        image, version = _image(container.get("image") or "")
        if image == "ztunnel":
            _count(counted.nodes, version)
            return
        _count(counted.proxies.setdefault(revision or UNSEEN, {}), version)
        for variable in container.get("env") or ():
            if variable["name"] == CLUSTER_ID and variable.get("value"):
                self.cluster_ids.add(variable["value"])

    def _ambient(self, labels: Labels, annotations: Labels, spec: Mapping[str, Any], counted: _Pods) -> None:
        """The namespace or the pod asks for it, the pod does not refuse, and it has no sidecar and its own network
        (Istio's rule for the ambient mesh)."""
        mode = labels.get(DATAPLANE_LABEL)
        if STATUS_ANNOTATION in annotations or spec.get("hostNetwork"):
            return
        if mode == "ambient":
            counted.ambient += 1
        elif mode != "none":
            counted.undecided += 1

    def _note_time(self, time: str | None) -> None:
        if time and time > self.newest:
            self.newest = time


def _is_finished(item: Mapping[str, Any]) -> bool:
    """Whether a Job has run to its end, well or not (Kubernetes, Job conditions)."""
    conditions = (item.get("status") or {}).get("conditions") or ()
    ends = {one.get("type") for one in conditions if one.get("status") == "True"}
    return item["kind"] == "Job" and bool(ends & {"Complete", "Failed"})


def _revision(annotations: Labels) -> str | None:
    """Returns the revision that injected a pod, `UNSEEN` where it says only that one did, None where none did."""
    if annotations.get(REVISION_LABEL):
        return annotations[REVISION_LABEL]
    status = annotations.get(STATUS_ANNOTATION)
    if status is None:
        return None
    try:
        said = json.loads(status).get("revision")
    except (ValueError, AttributeError, RecursionError):
        return UNSEEN
    if said == "":
        return "default"
    return said if isinstance(said, str) else UNSEEN


def _proxy(spec: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Returns the proxy's container; a native sidecar is among the init containers."""
    for key in ("containers", "initContainers"):
        for container in spec.get(key) or ():
            if container["name"] == PROXY:
                found: Mapping[str, Any] = container
                return found
    return None


def _image(reference: str) -> tuple[str, str]:
    """Name and version of an image: `registry/istio/proxyv2:1.24.3-distroless` is `proxyv2` of `1.24.3`.

    Istio publishes each version in variants, which differ in what is around the proxy only. Without a tag a digest
    stands for the version.
    """
    named, _, digest = reference.partition("@")
    name, _, tag = named.rpartition("/")[2].partition(":")
    for variant in ("-distroless", "-debug"):
        tag = tag.removesuffix(variant)
    return name, tag or digest[: len("sha256:") + 12] or UNSEEN


def _owners(managed: list[Mapping[str, Any]], labels: Labels) -> dict[str, tuple[Owner, ...]]:
    """Returns who owns each of the labels, by the namespace's managed fields (`kubectl get --show-managed-fields`)."""
    found: dict[str, tuple[Owner, ...]] = {}
    for key in labels:
        owners = {
            (entry.get("manager") or UNSEEN, entry.get("operation") or UNSEEN)
            for entry in managed
            if f"f:{key}" in (((entry.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:labels") or {})
        }
        found[key] = tuple(Owner(*owner) for owner in sorted(owners))
    return found


def _count(counts: Counts, key: str) -> None:
    counts[key] = counts.get(key, 0) + 1
