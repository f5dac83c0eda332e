"""What Argo CD does with the tree of a cluster: one object after the other, in its order, and pruning at the end.

The order: sync waves, then kinds, then names (gitops-engine, pkg/sync/sync_tasks.go at v0.7.1, `kindOrder`). What left
the tree goes at the end, as it does in Argo CD where it says `PruneLast`, or where its wave is the last of those that
lose something (pkg/sync/sync_context.go swaps the waves of what is pruned).
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from render.manifests.delivery import SYNC_OPTIONS
from tests.support.cluster.api import Api, Object
from tests.support.cluster.peers import kubectl

WAVE = "argocd.argoproj.io/sync-wave"
# Those of `kindOrder` that a tree has; the rest come after them.
KINDS = (
    *("Namespace", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodDisruptionBudget", "ServiceAccount", "Secret"),
    *("ConfigMap", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "Service"),
    *("DaemonSet", "Pod", "ReplicaSet", "Deployment", "HorizontalPodAutoscaler", "StatefulSet"),
)


def tree_objects(folder: Path) -> list[dict[str, Any]]:
    """Returns the objects of a cluster's folder, as kubectl's Kustomize builds them."""
    done = subprocess.run([kubectl(), "kustomize", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [item for item in yaml.load_all(done.stdout, yaml.CSafeLoader) if item]


@dataclass(slots=True)
class Deliverer:
    """An Application of a cluster, with what it delivered last. `redirected` gives a webhook configuration that calls
    something outside of the cluster in the place of a Service."""

    api: Api
    redirected: Callable[[Object], Object]
    _delivered: dict[str, Object] = field(default_factory=dict)

    def sync(self, folder: Path) -> Iterator[str]:
        """Bring a tree to the cluster; gives the path of each object that changed, right after it did.

        An object that the tree has not any more is deleted at the end, unless it says `Prune=false`.
        """
        objects = tree_objects(folder)
        wanted = {self.api.path(item): item for item in sorted(objects, key=_order)}
        for path, item in wanted.items():
            if self._delivered.get(path) != item:
                self.api.apply(self._outside(item))
                self._delivered[path] = item
                yield path
        gone = sorted((self._delivered[path] for path in self._delivered if path not in wanted), key=_order)
        for item in reversed(gone):
            path = self.api.path(item)
            del self._delivered[path]
            if "Prune=false" not in item["metadata"].get("annotations", {}).get(SYNC_OPTIONS, ""):
                self.api.delete(path)
                yield path

    def _outside(self, item: Object) -> Object:
        return self.redirected(item) if item["kind"].endswith("WebhookConfiguration") else item


def _order(item: Object) -> tuple[int, int, str]:
    wave = int(item["metadata"].get("annotations", {}).get(WAVE, "0"))
    kind = KINDS.index(item["kind"]) if item["kind"] in KINDS else len(KINDS)
    return wave, kind, item["metadata"]["name"]
