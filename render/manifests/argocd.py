"""Argo CD: one ApplicationSet for the fleet, from which every cluster that it delivers gets one Application.

Each such cluster has a small file in its own folder of the tree, and the ApplicationSet's git generator looks for
these files. So a cluster comes and goes with its folder, in one commit, whoever delivers the others, and the
ApplicationSet itself depends on nothing but `meshrev.yaml`. What a cluster has otherwise than the others (labels,
namespace, rules) its file says, and the template takes it from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from render.areas import ARGOCD
from render.manifests.argocd_project import AppliedKind, allowed_objects, app_project
from render.manifests.bundle import Bundle, Manifest
from render.manifests.delivery import HOMES, from_root
from render.specs.kinds import ClusterSpecs, Fleet, RollingStep

GROUP = "argoproj.io"
CLUSTER_FILE = f"{ARGOCD}/cluster.json"  # in a cluster's folder

# istiod writes these itself once it runs. Without a rule Argo CD and istiod would undo each other's changes.
IGNORED = (
    ("MutatingWebhookConfiguration", (".webhooks[].clientConfig.caBundle",)),
    ("ValidatingWebhookConfiguration", (".webhooks[].clientConfig.caBundle", ".webhooks[].failurePolicy")),
)
# AKS's admissions enforcer adds these to what each webhook says of namespaces, and adds them again where somebody takes
# them away (https://learn.microsoft.com/azure/aks/faq#can-admission-controller-webhooks-impact-kube-system-and-internal-aks-namespaces).
ENFORCED_ON_AKS = (
    ".webhooks[].namespaceSelector.matchExpressions[]?"
    ' | select(.key == "control-plane" or .key == "kubernetes.azure.com/managedby")'
)
SYNC_OPTIONS = ("ServerSideApply=true", "RespectIgnoreDifferences=true")

# The server's own answer to what applying would change. The difference that Argo CD computes by itself finds what the
# server fills in inside fields that are replaced as a whole (`kubernetes/atomic_defaults.py`), also in objects that are
# not rendered anew, such as frozen revisions.
_COMPARE_OPTIONS = "ServerSideDiff=true"

# An autoscaler has no metrics at its first look, and what is Degraded once fails the operation for good, also when it
# is well a moment later (argo-cd issue 6287). The first try again was seen to pass, a minute after the start. With
# `refresh` (Argo CD 3.2) each try is of the newest commit, so that one which fails does not keep a rollback out.
_RETRY = {"limit": 5, "refresh": True, "backoff": {"duration": "10s", "factor": 2, "maxDuration": "3m"}}

# Only a patch can hold what is not text. Namespaces and CRDs say themselves that they are never pruned.
_PATCH = """\
{{- with .metadata.labels }}
metadata:
  labels:
    {{- range $key, $value := . }}
    {{ printf "%q" $key }}: {{ printf "%q" $value }}
    {{- end }}
{{- end }}
{{- if or .spec.automated .spec.ignoreDifferences }}
spec:
  {{- with .spec.ignoreDifferences }}
  ignoreDifferences:
  {{- range . }}
  - group: {{ .group }}
    kind: {{ .kind }}
    jqPathExpressions:
    {{- range .jqPathExpressions }}
    - {{ printf "%q" . }}
    {{- end }}
  {{- end }}
  {{- end }}
  {{- if .spec.automated }}
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
  {{- end }}
{{- end }}
"""


def application_name(cluster: str) -> str:
    """Returns how the Application of a cluster is called."""
    return f"mesh-{cluster}"


def application_set(fleet: Fleet, clusters: Iterable[bytes] = ()) -> Bundle | None:
    """Returns what Argo CD is given once for the fleet; None where the fleet does not say which repository it reads.
    `clusters` are the files of all clusters, for the project where one is asked for."""
    handover = fleet.handover
    if handover.repo_url is None:
        return None
    namespace = handover.namespace or HOMES["argocd"]
    source = {"repoURL": handover.repo_url, "targetRevision": handover.target_revision}
    generator = {
        "repoURL": handover.repo_url,
        "revision": handover.target_revision,
        "files": [{"path": from_root(fleet, f"*/{CLUSTER_FILE}")}],
    }
    annotations = {
        "argocd.argoproj.io/compare-options": _COMPARE_OPTIONS,
        "argocd.argoproj.io/manifest-generate-paths": "{{.spec.manifestGeneratePaths}}",
    }
    template = {
        "metadata": {"name": application_name("{{.metadata.name}}"), "annotations": annotations},
        "spec": {
            "project": handover.project,
            "source": {**source, "path": from_root(fleet, "{{.metadata.name}}")},
            "destination": {"name": "{{.spec.destination}}", "namespace": "{{.spec.namespace}}"},
            "ignoreDifferences": _ignore_rules(),
            "syncPolicy": {"syncOptions": list(SYNC_OPTIONS), "retry": _RETRY},
        },
    }
    data = {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": fleet.name, "namespace": namespace},
        "spec": {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": [{"git": generator}],
            **_strategy(handover.rolling_sync),
            # An Application that goes with its cluster's folder, or with this object, leaves the mesh running.
            "syncPolicy": {"preserveResourcesOnDeletion": True},
            "template": template,
            "templatePatch": _PATCH,
        },
    }
    manifest = Manifest("ApplicationSet", fleet.name, namespace, GROUP, json.dumps(data, ensure_ascii=False))
    project = [app_project(fleet, (json.loads(text)["spec"] for text in clusters))] if handover.render_project else []
    return Bundle(ARGOCD, namespace, f"Fleet/{fleet.name}", (manifest, *project))


def cluster_file(
    fleet: Fleet, specs: ClusterSpecs, crds: str | None = None, objects: Iterable[AppliedKind] = ()
) -> bytes | None:
    """Returns what the ApplicationSet's template is filled in with for a cluster; None where Argo CD does not deliver
    it. `crds` is the folder below the output of the definitions that the cluster's folder refers to, `objects` are
    those that a project has to allow.

    It is shaped like an object, so that a comparison can name it, but no cluster knows its kind.
    """
    settings, cluster = specs.settings, specs.cluster
    if fleet.handover.repo_url is None or settings.delivery != "argocd":
        return None
    namespace = _namespace(specs)
    data: dict[str, Any] = {
        "apiVersion": "meshrev.io/v1alpha1",
        "kind": "ArgoCDCluster",
        "metadata": {"name": cluster.name, "labels": dict(sorted(cluster.labels.items()))},
        "spec": {
            "destination": settings.destination,
            "namespace": namespace,
            "automated": settings.automated,
            # All that Argo CD reads for this cluster: a commit that touches nothing of it needs no look. A path with a
            # slash in front is one from the root of the repository.
            "manifestGeneratePaths": ";".join((".", *([f"/{from_root(fleet, crds)}"] if crds else ()))),
            "ignoreDifferences": _ignore_rules(ENFORCED_ON_AKS) if cluster.platform == "aks" else [],
        },
    }
    if fleet.handover.render_project:
        data["spec"]["allowed"] = allowed_objects(objects, namespace)
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def _ignore_rules(*more: str) -> list[dict[str, Any]]:
    """Returns what Argo CD leaves to others: what istiod writes, and `more` in both kinds of webhooks."""
    return [
        {"group": "admissionregistration.k8s.io", "kind": kind, "jqPathExpressions": [*paths, *more]}
        for kind, paths in IGNORED
    ]


def _namespace(specs: ClusterSpecs) -> str:
    """Returns the namespace that the Application is said to be for: the control plane's, a node agent's where there is
    none. An AppProject asks whether it is allowed; each object names its own."""
    planes = sorted(specs.istios, key=lambda istio: (istio.name != "default", istio.name))
    of_planes = [*(one.namespace for one in planes), *(one.namespace for one in specs.revisions)]
    of_agents = [*(one.namespace for one in specs.cnis), *(one.namespace for one in specs.ztunnels)]
    return next(iter((*of_planes, *of_agents)), "")


def _strategy(steps: tuple[RollingStep, ...]) -> dict[str, Any]:
    """Returns the order in which Applications are synced, by the labels of their clusters; nothing where all may sync
    at once."""
    if not steps:
        return {}
    found = []
    for step in steps:
        data: dict[str, Any] = {
            "matchExpressions": [{"key": k, "operator": o, "values": [*v]} for k, o, v in step.match]
        }
        found.append(data | ({} if step.max_update is None else {"maxUpdate": step.max_update}))
    return {"strategy": {"type": "RollingSync", "rollingSync": {"steps": found}}}
