"""A fleet that promoting is tried on: a base of two Istio versions ago, three clusters, one with patches of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.builders import cluster_file, fleet_file
from tests.support.fleet_repo import FleetRepo

BASE = """\
# what all clusters share
apiVersion: sailoperator.io/v1
kind: Istio
metadata:
  name: default
spec:
  version: v1.24.2   # the release
  namespace: istio-system
  updateStrategy: {type: RevisionBased, inactiveRevisionDeletionGracePeriodSeconds: 0}
---
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata: {name: default}
spec:
  targetRef: {kind: Istio, name: default}
---
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata:
    name: "prod"
spec:
    targetRef:
        kind: "IstioRevision"
        name: "default-v1-24-2"   # moved by hand
"""
NAMESPACES = """\
apiVersion: v1
kind: Namespace
metadata:
  name: cart
  labels: {team: shop, istio.io/rev: prod}
---
apiVersion: v1
kind: Namespace
metadata:
  name: catalog
  labels:
    team: shop
    istio-injection: enabled # as it was from the start
---
apiVersion: v1
kind: Namespace
metadata:
  name: etl
  labels:
    team: data
    istio-injection: disabled
"""
PATCHED = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../base]
patches:
- patch: |
    apiVersion: sailoperator.io/v1
    kind: Istio
    metadata:
      name: default
    spec:
      values: {pilot: {autoscaleMin: 2}}
"""
CLUSTERS = {"eu": "prod", "us": "prod", "lab": "staging"}


def promotable(repo: FleetRepo, **spec: str) -> FleetRepo:
    """Returns the repo with the fleet rendered and committed, and somebody known to git; `spec` is of its Fleet."""
    repo.git("config", "user.name", "Ada")
    repo.git("config", "user.email", "ada@example.com")
    repo.git("config", "commit.gpgsign", "false")
    repo.write("meshrev.yaml", fleet_file(**spec))
    repo.write("base/istio.yaml", BASE)
    repo.write("base/namespaces.yaml", NAMESPACES)
    repo.write("base/kustomization.yaml", "resources:\n- istio.yaml\n- namespaces.yaml\n")
    for name, env in CLUSTERS.items():
        repo.write(f"overlays/{name}/cluster.yaml", cluster_file(name, f"env: {env}"))
        repo.write(f"overlays/{name}/kustomization.yaml", "resources: [../../base]\n" if name != "lab" else PATCHED)
    repo.meshrev("render")
    repo.commit("the fleet")
    return repo


def changed(repo: FleetRepo, commit: str = "HEAD") -> list[str]:
    """The files that a commit changed."""
    return repo.git("show", "--format=", "--name-only", commit).split()


def diff_of(repo: FleetRepo, path: str, commit: str = "HEAD") -> list[str]:
    """The lines that a commit took from a file and put into it, with `-` and `+`."""
    shown = repo.git("show", "--format=", "-U0", commit, "--", path).splitlines()
    return [line for line in shown if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def trailers(repo: FleetRepo, commit: str = "HEAD") -> dict[str, str]:
    """The trailers of a commit as git reads them."""
    lines = repo.git("show", "-s", "--format=%(trailers:only)", commit).splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


def served(repo: FleetRepo, cluster: str) -> dict[str, str | None]:
    """The revision that each namespace of a cluster gets."""
    found = repo.meshrev("status", "--cluster", cluster, "--output", "json").json
    return {one["name"]: one["revision"] for one in found["clusters"][0]["namespaces"]}


def clone(repo: FleetRepo, into: Path) -> FleetRepo:
    """A clone of the repo with its own author, whose remote is a bare repository beside it."""
    bare = into.parent / "origin.git"
    if not bare.exists():
        subprocess.run(["git", "clone", "-q", "--bare", str(repo.root), str(bare)], check=True)
    subprocess.run(["git", "clone", "-q", str(bare), str(into)], check=True)
    other = FleetRepo(into)
    other.git("config", "user.name", "Bob")
    other.git("config", "user.email", "bob@example.com")
    other.git("config", "commit.gpgsign", "false")
    return other
