"""What Kustomize knows of Kubernetes' own kinds: which are cluster-scoped, and by which keys lists merge.

The facts are those of the OpenAPI description that is built into Kustomize 4.5.4 up to 5.8: Kubernetes 1.21's
(`x-kubernetes-patch-strategy`, `x-kubernetes-patch-merge-key`, `x-kubernetes-list-map-keys`). A kind that is not
here, a custom resource or a newer one, counts as namespaced and its lists are replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KeyedList:
    """A list whose elements merge: by these keys together, or as a set of plain values where there are none."""

    keys: tuple[str, ...] = ()
    element: Fields = field(default_factory=dict)


# The fields that lead to a list whose elements merge; every other list is replaced.
Fields = Mapping[str, "Fields | KeyedList"]

_METADATA: Fields = {"finalizers": KeyedList(), "ownerReferences": KeyedList(("uid",))}
_CONDITIONS: Fields = {"conditions": KeyedList(("type",))}
_EPHEMERAL: Fields = {
    "env": KeyedList(("name",)),
    "volumeDevices": KeyedList(("devicePath",)),
    "volumeMounts": KeyedList(("mountPath",)),
}
_CONTAINER: Fields = {**_EPHEMERAL, "ports": KeyedList(("containerPort", "protocol"))}
_POD: Fields = {
    "containers": KeyedList(("name",), _CONTAINER),
    "ephemeralContainers": KeyedList(("name",), _EPHEMERAL),
    "hostAliases": KeyedList(("ip",)),
    "imagePullSecrets": KeyedList(("name",)),
    "initContainers": KeyedList(("name",), _CONTAINER),
    "topologySpreadConstraints": KeyedList(("topologyKey", "whenUnsatisfiable")),
    "volumes": KeyedList(("name",), {"ephemeral": {"volumeClaimTemplate": {"metadata": _METADATA}}}),
}
_TEMPLATE: Fields = {"metadata": _METADATA, "spec": _POD}
_OWNS_PODS: Fields = {"spec": {"template": _TEMPLATE}, "status": _CONDITIONS}
_JOB: Fields = {"metadata": _METADATA, "spec": {"template": _TEMPLATE}}
_WEBHOOKS: Fields = {"webhooks": KeyedList(("name",))}

# What a kind has besides `metadata`, in every group that has a kind of that name.
_BESIDE_METADATA: Mapping[str, Fields] = {
    "APIService": {"status": _CONDITIONS},
    "CSINode": {"spec": {"drivers": KeyedList(("name",))}},
    "ComponentStatus": _CONDITIONS,
    "CronJob": {"spec": {"jobTemplate": _JOB}},
    "DaemonSet": _OWNS_PODS,
    "Deployment": _OWNS_PODS,
    "Job": _OWNS_PODS,
    "MutatingWebhookConfiguration": _WEBHOOKS,
    "Namespace": {"status": _CONDITIONS},
    "Node": {
        "spec": {"podCIDRs": KeyedList()},
        "status": {**_CONDITIONS, "addresses": KeyedList(("type",))},
    },
    "PersistentVolumeClaim": {"status": _CONDITIONS},
    "Pod": {"spec": _POD, "status": {**_CONDITIONS, "podIPs": KeyedList(("ip",))}},
    "PodDisruptionBudget": {"status": _CONDITIONS},
    "PodTemplate": {"template": _TEMPLATE},
    "ReplicaSet": _OWNS_PODS,
    "ReplicationController": _OWNS_PODS,
    "Service": {"spec": {"ports": KeyedList(("port", "protocol"))}, "status": _CONDITIONS},
    "ServiceAccount": {"secrets": KeyedList(("name",))},
    "StatefulSet": _OWNS_PODS,
    "ValidatingWebhookConfiguration": _WEBHOOKS,
}

# apiVersion: the kinds in a namespace, the kinds of the cluster.
_KINDS: Mapping[str, tuple[str, str]] = {
    "admissionregistration.k8s.io/v1": ("", "MutatingWebhookConfiguration ValidatingWebhookConfiguration"),
    "admissionregistration.k8s.io/v1beta1": ("", "MutatingWebhookConfiguration ValidatingWebhookConfiguration"),
    "apiextensions.k8s.io/v1": ("", "CustomResourceDefinition"),
    "apiextensions.k8s.io/v1beta1": ("", "CustomResourceDefinition"),
    "apiregistration.k8s.io/v1": ("", "APIService"),
    "apiregistration.k8s.io/v1beta1": ("", "APIService"),
    "apps/v1": ("ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet", ""),
    "authentication.k8s.io/v1": ("TokenRequest TokenReview", ""),
    "authentication.k8s.io/v1beta1": ("TokenReview", ""),
    "authorization.k8s.io/v1": (
        "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
        "",
    ),
    "authorization.k8s.io/v1beta1": (
        "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
        "",
    ),
    "autoscaling/v1": ("HorizontalPodAutoscaler Scale", ""),
    "autoscaling/v2beta1": ("HorizontalPodAutoscaler", ""),
    "autoscaling/v2beta2": ("HorizontalPodAutoscaler", ""),
    "batch/v1": ("CronJob Job", ""),
    "batch/v1beta1": ("CronJob", ""),
    "certificates.k8s.io/v1": ("", "CertificateSigningRequest"),
    "certificates.k8s.io/v1beta1": ("", "CertificateSigningRequest"),
    "coordination.k8s.io/v1": ("Lease", ""),
    "coordination.k8s.io/v1beta1": ("Lease", ""),
    "discovery.k8s.io/v1": ("EndpointSlice", ""),
    "discovery.k8s.io/v1beta1": ("EndpointSlice", ""),
    "events.k8s.io/v1": ("Event", ""),
    "events.k8s.io/v1beta1": ("Event", ""),
    "extensions/v1beta1": ("Ingress", ""),
    "flowcontrol.apiserver.k8s.io/v1beta1": ("", "FlowSchema PriorityLevelConfiguration"),
    "networking.k8s.io/v1": ("Ingress NetworkPolicy", "IngressClass"),
    "networking.k8s.io/v1beta1": ("Ingress", "IngressClass"),
    "node.k8s.io/v1": ("", "RuntimeClass"),
    "node.k8s.io/v1beta1": ("", "RuntimeClass"),
    "policy/v1": ("PodDisruptionBudget", ""),
    "policy/v1beta1": ("Eviction PodDisruptionBudget", "PodSecurityPolicy"),
    "rbac.authorization.k8s.io/v1": ("Role RoleBinding", "ClusterRole ClusterRoleBinding"),
    "rbac.authorization.k8s.io/v1beta1": ("Role RoleBinding", "ClusterRole ClusterRoleBinding"),
    "scheduling.k8s.io/v1": ("", "PriorityClass"),
    "scheduling.k8s.io/v1beta1": ("", "PriorityClass"),
    "storage.k8s.io/v1": ("", "CSIDriver CSINode StorageClass VolumeAttachment"),
    "storage.k8s.io/v1beta1": ("CSIStorageCapacity", "CSIDriver CSINode StorageClass VolumeAttachment"),
    "v1": (
        "Binding ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController "
        "ResourceQuota Secret Service ServiceAccount",
        "ComponentStatus Namespace Node PersistentVolume",
    ),
}

_FIELDS: Mapping[tuple[str, str], Fields] = {
    (api_version, kind): {"metadata": _METADATA, **_BESIDE_METADATA.get(kind, {})}
    for api_version, scopes in _KINDS.items()
    for kind in " ".join(scopes).split()
}
# Kinds of later releases of which Kustomize knows the scope alone (api v0.21.2, so not yet in kubectl 1.37).
_SCOPE_ALONE = "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"
_CLUSTER_SCOPED = frozenset(
    (api_version, kind)
    for api_version, kinds in (
        *((api_version, kinds) for api_version, (_, kinds) in _KINDS.items()),
        ("admissionregistration.k8s.io/v1", _SCOPE_ALONE),
    )
    for kind in kinds.split()
)


def keyed_lists(api_version: str, kind: str) -> Fields | None:
    """Returns the lists of a kind whose elements merge, None where Kustomize does not know the kind."""
    return _FIELDS.get((api_version, kind))


def is_cluster_scoped(api_version: str, kind: str) -> bool:
    """Returns whether Kustomize is sure that the kind has no namespace."""
    return (api_version, kind) in _CLUSTER_SCOPED
