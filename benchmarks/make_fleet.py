"""Writes a fleet of any size: one shared base, one small overlay a cluster, as platform teams keep them."""

from __future__ import annotations

from pathlib import Path

BASE = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [mesh.yaml, namespaces.yaml]
"""
OLD_REVISION = """\
---
apiVersion: sailoperator.io/v1
kind: IstioRevision
metadata: {{name: default-v1-24-{patch}}}
spec:
  version: v1.24.{patch}
  namespace: istio-system
  values:
    revision: default-v1-24-{patch}
    global: {{istioNamespace: istio-system}}
    meshConfig: {{accessLogFile: /dev/stdout}}
"""
MESH = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {name: default}
spec:
  version: v1.24.6
  updateStrategy: {type: RevisionBased}
  values:
    meshConfig: {accessLogFile: /dev/stdout}
    pilot: {autoscaleMin: 2}
---
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata: {name: default}
spec: {targetRef: {kind: Istio, name: default}}
---
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata: {name: prod}
spec: {targetRef: {kind: Istio, name: default}}
"""
NAMESPACE = """\
---
apiVersion: v1
kind: Namespace
metadata:
  name: team-{index}
  labels: {{{label}}}
"""
LABELS = ("istio-injection: enabled", "istio.io/rev: prod")
OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../base]
patches:
- path: istio.yaml
- target: {{kind: Namespace, name: team-0}}
  patch: |
    - {{op: add, path: /metadata/labels/cluster, value: {name}}}
"""
PATCH = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {{name: default}}
spec:
  values:
    pilot: {{autoscaleMin: {minimum}, autoscaleMax: 20}}
"""
CLUSTER = """\
apiVersion: meshrev.io/v1alpha1
kind: Cluster
metadata: {{name: {name}, labels: {{env: bench}}}}
spec: {{platform: gke, meshID: mesh1, network: net-{index}}}
"""
FLEET = """\
apiVersion: meshrev.io/v1alpha1
kind: Fleet
metadata: {name: bench}
spec: {overlays: overlays/*, output: rendered, delivery: {type: argocd}}
"""


def make_fleet(root: Path, clusters: int, revisions: int, namespaces: int) -> None:
    """Write the specs of a fleet below `root`. Each cluster has a network of its own, so its ConfigMaps and
    Deployments differ from the others'; `revisions` counts the Istio's and at most six pinned ones."""
    base = root / "base"
    base.mkdir(parents=True)
    (root / "meshrev.yaml").write_text(FLEET)
    (base / "kustomization.yaml").write_text(BASE)
    pinned = "".join(OLD_REVISION.format(patch=patch) for patch in range(revisions - 1))
    (base / "mesh.yaml").write_text(MESH + pinned)
    (base / "namespaces.yaml").write_text(
        "".join(NAMESPACE.format(index=index, label=LABELS[index % 2]) for index in range(namespaces))
    )
    for index in range(clusters):
        name = f"cluster-{index:04}"
        overlay = root / "overlays" / name
        overlay.mkdir(parents=True)
        (overlay / "kustomization.yaml").write_text(OVERLAY.format(name=name))
        (overlay / "istio.yaml").write_text(PATCH.format(minimum=2 + index % 3))
        (overlay / "cluster.yaml").write_text(CLUSTER.format(name=name, index=index))
