"""Argo CD: one ApplicationSet for the fleet, from which every cluster that it delivers gets one Application.

Each such cluster has a small file in its own folder of the tree, and the ApplicationSet's git generator looks for
these files. So a cluster comes and goes with its folder, in one commit, whoever delivers the others, and the
ApplicationSet itself depends on nothing but `meshrev.yaml`.
"""

from __future__ import annotations

import json

from render.areas import ARGOCD
from render.manifests.bundle import Bundle, Manifest
from render.manifests.delivery import HOMES, from_root
from render.specs.kinds import ClusterSpecs, Fleet

GROUP = "argoproj.io"
CLUSTER_FILE = f"{ARGOCD}/cluster.json"  # in a cluster's folder

# istiod writes these itself once it runs. Without a rule Argo CD and istiod would undo each other's changes.
IGNORED = (
    ("MutatingWebhookConfiguration", (".webhooks[].clientConfig.caBundle",)),
    ("ValidatingWebhookConfiguration", (".webhooks[].clientConfig.caBundle", ".webhooks[].failurePolicy")),
)
SYNC_OPTIONS = ("ServerSideApply=true", "RespectIgnoreDifferences=true")

# Only a patch can hold what is not text. Namespaces and CRDs say themselves that they are never pruned.
_PATCH = """\
{{- if .spec.automated }}
spec:
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
{{- end }}
"""


def application_set(fleet: Fleet) -> Bundle | None:
    """Returns what Argo CD is given once for the fleet; None where the fleet does not say which repository it reads."""
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
    ignored = [
        {"group": "admissionregistration.k8s.io", "kind": kind, "jqPathExpressions": list(paths)}
        for kind, paths in IGNORED
    ]
    template = {
        "metadata": {"name": "mesh-{{.metadata.name}}"},
        "spec": {
            "project": handover.project,
            "source": {**source, "path": from_root(fleet, "{{.metadata.name}}")},
            "destination": {"name": "{{.spec.destination}}"},
            "ignoreDifferences": ignored,
            "syncPolicy": {"syncOptions": list(SYNC_OPTIONS)},
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
            # An Application that goes with its cluster's folder, or with this object, leaves the mesh running.
            "syncPolicy": {"preserveResourcesOnDeletion": True},
            "template": template,
            "templatePatch": _PATCH,
        },
    }
    manifest = Manifest("ApplicationSet", fleet.name, namespace, GROUP, json.dumps(data, ensure_ascii=False))
    return Bundle(ARGOCD, namespace, f"Fleet/{fleet.name}", (manifest,))


def cluster_file(fleet: Fleet, specs: ClusterSpecs) -> bytes | None:
    """Returns what the ApplicationSet's template is filled in with for a cluster; None where Argo CD does not deliver
    it.

    It is shaped like an object, so that a comparison can name it, but no cluster knows its kind.
    """
    settings = specs.settings
    if fleet.handover.repo_url is None or settings.delivery != "argocd":
        return None
    data = {
        "apiVersion": "meshrev.io/v1alpha1",
        "kind": "ArgoCDCluster",
        "metadata": {"name": specs.cluster.name},
        "spec": {"destination": settings.destination, "automated": settings.automated},
    }
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()
