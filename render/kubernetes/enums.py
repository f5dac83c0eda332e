"""Fields of Kubernetes' own types that take one of a few words.

Source: `/openapi/v3` of an API server of 1.34, and what later releases add. In most fields `""` is as good as
nothing: the server fills in a default.
"""

from __future__ import annotations

from collections.abc import Mapping

_PROTOCOLS = "SCTP TCP UDP"
_WEBHOOK = {
    "failurePolicy": "Fail Ignore",
    "matchPolicy": "Equivalent Exact",
    "sideEffects": "None NoneOnDryRun",
}
_CONTAINER = {
    "imagePullPolicy": "Always IfNotPresent Never",
    "terminationMessagePolicy": "FallbackToLogsOnError File",
}
_RULE = {"operations": "* CONNECT CREATE DELETE UPDATE", "scope": "* Cluster Namespaced"}
_ROLLING = {"type": "OnDelete RollingUpdate"}

_WORDS: Mapping[str, Mapping[str, str]] = {
    "admissionregistration.v1.MutatingWebhook": {**_WEBHOOK, "reinvocationPolicy": "IfNeeded Never"},
    "admissionregistration.v1.ValidatingWebhook": _WEBHOOK,
    "admissionregistration.v1.RuleWithOperations": _RULE,
    "admissionregistration.v1.NamedRuleWithOperations": _RULE,
    "admissionregistration.v1.MatchResources": {"matchPolicy": "Equivalent Exact"},
    "admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec": {"validationActions": "Audit Deny Warn"},
    "admissionregistration.v1.ValidatingAdmissionPolicySpec": {"failurePolicy": "Fail Ignore"},
    "apps.v1.DaemonSetUpdateStrategy": _ROLLING,
    "apps.v1.DeploymentStrategy": {"type": "Recreate RollingUpdate"},
    "apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy": {
        "whenDeleted": "Delete Retain",
        "whenScaled": "Delete Retain",
    },
    "apps.v1.StatefulSetSpec": {"podManagementPolicy": "OrderedReady Parallel"},
    "apps.v1.StatefulSetUpdateStrategy": _ROLLING,
    "autoscaling.v2.HPAScalingPolicy": {"type": "Percent Pods"},
    "autoscaling.v2.HPAScalingRules": {"selectPolicy": "Disabled Max Min"},
    "autoscaling.v2.MetricSpec": {"type": "ContainerResource External Object Pods Resource"},
    "autoscaling.v2.MetricTarget": {"type": "AverageValue Utilization Value"},
    "batch.v1.CronJobSpec": {"concurrencyPolicy": "Allow Forbid Replace"},
    "batch.v1.JobSpec": {
        "completionMode": "Indexed NonIndexed",
        "podReplacementPolicy": "Failed TerminatingOrFailed",
    },
    "batch.v1.PodFailurePolicyOnExitCodesRequirement": {"operator": "In NotIn"},
    "batch.v1.PodFailurePolicyOnPodConditionsPattern": {"status": "False True Unknown"},
    "batch.v1.PodFailurePolicyRule": {"action": "Count FailIndex FailJob Ignore"},
    "core.v1.AppArmorProfile": {"type": "Localhost RuntimeDefault Unconfined"},
    "core.v1.Container": _CONTAINER,
    "core.v1.ContainerPort": {"protocol": _PROTOCOLS},
    "core.v1.ContainerResizePolicy": {"resourceName": "cpu memory", "restartPolicy": "NotRequired RestartContainer"},
    "core.v1.EndpointPort": {"protocol": _PROTOCOLS},
    "core.v1.HTTPGetAction": {"scheme": "HTTP HTTPS"},
    "core.v1.HostPathVolumeSource": {
        "type": "BlockDevice CharDevice Directory DirectoryOrCreate File FileOrCreate Socket"
    },
    "core.v1.ImageVolumeSource": {"pullPolicy": "Always IfNotPresent Never"},
    "core.v1.NodeSelectorRequirement": {"operator": "DoesNotExist Exists Gt In Lt NotIn"},
    "core.v1.PersistentVolumeClaimSpec": {
        "accessModes": "ReadOnlyMany ReadWriteMany ReadWriteOnce ReadWriteOncePod",
        "volumeMode": "Block Filesystem",
    },
    "core.v1.PodOS": {"name": "linux windows"},
    "core.v1.PodSecurityContext": {
        "fsGroupChangePolicy": "Always OnRootMismatch",
        "seLinuxChangePolicy": "MountOption Recursive",
        "supplementalGroupsPolicy": "Merge Strict",
    },
    "core.v1.PodSpec": {
        "dnsPolicy": "ClusterFirst ClusterFirstWithHostNet Default None",
        "preemptionPolicy": "Never PreemptLowerPriority",
        "restartPolicy": "Always Never OnFailure",
    },
    "core.v1.ResourceQuotaSpec": {
        "scopes": "BestEffort CrossNamespacePodAffinity NotBestEffort NotTerminating PriorityClass Terminating "
        "VolumeAttributesClass"
    },
    "core.v1.ScopedResourceSelectorRequirement": {
        "operator": "DoesNotExist Exists In NotIn",
        "scopeName": "BestEffort CrossNamespacePodAffinity NotBestEffort NotTerminating PriorityClass Terminating "
        "VolumeAttributesClass",
    },
    "core.v1.SeccompProfile": {"type": "Localhost RuntimeDefault Unconfined"},
    "core.v1.SecurityContext": {"procMount": "Default Unmasked"},
    "core.v1.ServicePort": {"protocol": _PROTOCOLS},
    "core.v1.ServiceSpec": {
        "externalTrafficPolicy": "Cluster Local",
        "internalTrafficPolicy": "Cluster Local",
        "ipFamilies": "IPv4 IPv6",
        "ipFamilyPolicy": "PreferDualStack RequireDualStack SingleStack",
        "sessionAffinity": "ClientIP None",
        "trafficDistribution": "PreferClose PreferSameNode PreferSameZone",
        "type": "ClusterIP ExternalName LoadBalancer NodePort",
    },
    # Gt and Lt came with 1.35.
    "core.v1.Toleration": {"effect": "NoExecute NoSchedule PreferNoSchedule", "operator": "Equal Exists Gt Lt"},
    "core.v1.TopologySpreadConstraint": {
        "nodeAffinityPolicy": "Honor Ignore",
        "nodeTaintsPolicy": "Honor Ignore",
        "whenUnsatisfiable": "DoNotSchedule ScheduleAnyway",
    },
    "core.v1.VolumeMount": {
        "mountPropagation": "Bidirectional HostToContainer None",
        "recursiveReadOnly": "Disabled Enabled IfPossible",
    },
    "discovery.v1.EndpointPort": {"protocol": _PROTOCOLS},
    "discovery.v1.EndpointSlice": {"addressType": "FQDN IPv4 IPv6"},
    "networking.v1.HTTPIngressPath": {"pathType": "Exact ImplementationSpecific Prefix"},
    "networking.v1.IngressClassParametersReference": {"scope": "Cluster Namespace"},
    "networking.v1.NetworkPolicyPort": {"protocol": _PROTOCOLS},
    "networking.v1.NetworkPolicySpec": {"policyTypes": "Egress Ingress"},
    "policy.v1.PodDisruptionBudgetSpec": {"unhealthyPodEvictionPolicy": "AlwaysAllow IfHealthyBudget"},
    "scheduling.v1.PriorityClass": {"preemptionPolicy": "Never PreemptLowerPriority"},
    "storage.v1.StorageClass": {
        "reclaimPolicy": "Delete Retain",
        "volumeBindingMode": "Immediate WaitForFirstConsumer",
    },
    "apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement": {"operator": "DoesNotExist Exists In NotIn"},
}
# Where `""` is no default but one more word that is not known: these fields tell nothing and empty apart.
_NOT_EMPTY: Mapping[str, str] = {
    "autoscaling.v2.HPAScalingRules": "selectPolicy",
    "batch.v1.JobSpec": "podReplacementPolicy",
    "batch.v1.PodFailurePolicyOnExitCodesRequirement": "operator",
    "batch.v1.PodFailurePolicyRule": "action",
    "core.v1.ContainerResizePolicy": "resourceName restartPolicy",
    "core.v1.PersistentVolumeClaimSpec": "volumeMode",
    "core.v1.PodOS": "name",
    "core.v1.PodSecurityContext": "fsGroupChangePolicy supplementalGroupsPolicy",
    "core.v1.PodSpec": "preemptionPolicy",
    "core.v1.SecurityContext": "procMount",
    "core.v1.ServiceSpec": "internalTrafficPolicy ipFamilies ipFamilyPolicy trafficDistribution",
    "core.v1.TopologySpreadConstraint": "nodeAffinityPolicy nodeTaintsPolicy",
    "core.v1.VolumeMount": "mountPropagation recursiveReadOnly",
    "admissionregistration.v1.MatchResources": "matchPolicy",
    "admissionregistration.v1.ValidatingAdmissionPolicySpec": "failurePolicy",
    "networking.v1.IngressClassParametersReference": "scope",
    "scheduling.v1.PriorityClass": "preemptionPolicy",
    "storage.v1.StorageClass": "volumeBindingMode",
    "discovery.v1.EndpointPort": "protocol",
    "networking.v1.NetworkPolicyPort": "protocol",
    "networking.v1.NetworkPolicySpec": "policyTypes",
    "policy.v1.PodDisruptionBudgetSpec": "unhealthyPodEvictionPolicy",
}
NOT_EMPTY = frozenset((name, field) for name, fields in _NOT_EMPTY.items() for field in fields.split())
WORDS: Mapping[tuple[str, str], frozenset[str]] = {
    (name, field): frozenset(words.split()) for name, fields in _WORDS.items() for field, words in fields.items()
}
