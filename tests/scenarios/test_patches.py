"""Patches of rendered objects from the outside: where they are written, what they reach, and that the proof is after
them."""

from __future__ import annotations

import pytest
import yaml

from tests.support.builders import cluster_file, istio, namespace
from tests.support.fleet_repo import FleetRepo

REPLICAS = """\
  patches:
  - path: patches/replicas.yaml
    target: {kind: Deployment, name: istiod-.*}
"""
ISTIOD = "rendered/eu/revisions/default-v1-24-2/deployment-istiod-default-v1-24-2.yaml"


@pytest.fixture
def patched(repo: FleetRepo) -> FleetRepo:
    repo.cluster("eu", istio() + namespace("shop", "istio.io/rev: default-v1-24-2"))
    repo.write("overlays/eu/cluster.yaml", cluster_file("eu").replace("spec: {}\n", f"spec:\n{REPLICAS}"))
    repo.write("overlays/eu/patches/replicas.yaml", "- {op: add, path: /spec/replicas, value: 3}\n")
    repo.meshrev("render")
    return repo


def with_patch(repo: FleetRepo, text: str) -> None:
    repo.write("overlays/eu/cluster.yaml", cluster_file("eu").replace("spec: {}\n", f"spec:\n  patches:\n{text}"))


def test_a_patch_in_a_file_of_the_overlay_is_applied_and_a_change_of_it_is_drift(patched: FleetRepo) -> None:
    assert yaml.safe_load((patched.root / ISTIOD).read_text())["spec"]["replicas"] == 3
    patched.meshrev("check")
    patched.write("overlays/eu/patches/replicas.yaml", "- {op: add, path: /spec/replicas, value: 4}\n")
    assert ISTIOD in patched.meshrev("check", code=1).out


def test_a_patch_that_has_two_webhooks_inject_a_pod_is_refused_by_the_proof(patched: FleetRepo) -> None:
    before = patched.tree()
    with_patch(patched, """\
  - target: {kind: MutatingWebhookConfiguration}
    patch: |-
      - {op: remove, path: /webhooks/0/objectSelector}
      - {op: remove, path: /webhooks/0/namespaceSelector}
      - {op: remove, path: /webhooks/1/objectSelector}
      - {op: remove, path: /webhooks/1/namespaceSelector}
""")  # fmt: skip
    assert "is injected by istio-sidecar-injector-default-v1-24-2" in patched.meshrev("render", code=2).err
    assert patched.tree() == before


def test_what_a_patch_does_not_do_is_told_at_its_line(patched: FleetRepo) -> None:
    with_patch(patched, """\
  - target: {kind: Deploymint}
    patch: "- {op: remove, path: /spec/replicas}"
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: istiod, namespace: istio-system}
      spec: {replicas: 2}
""")  # fmt: skip
    done = patched.meshrev("render", code=2)
    assert done.err.splitlines()[0].startswith(
        "overlays/eu/cluster.yaml:8:5: Cluster/eu: spec.patches[1]: Deployment/istio-system/istiod (apps/v1) is not "
        "among the objects here"
    )


def test_an_object_that_is_used_is_not_deleted_by_a_patch(patched: FleetRepo) -> None:
    with_patch(patched, """\
  - patch: |
      $patch: delete
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: istiod-default-v1-24-2, namespace: istio-system}
""")  # fmt: skip
    assert (
        "would remove the istiod of revision default-v1-24-2, which is in use" in patched.meshrev("render", code=2).err
    )


def test_a_patch_never_reaches_a_revision_that_is_frozen(patched: FleetRepo) -> None:
    specs = istio("v1.24.3") + namespace("shop", "istio.io/rev: default-v1-24-2")
    before = patched.tree("rendered/eu/revisions/default-v1-24-2")
    patched.write("overlays/eu/specs.yaml", specs)
    patched.write("overlays/eu/patches/replicas.yaml", "- {op: add, path: /spec/replicas, value: 5}\n")
    patched.meshrev("render")
    assert patched.tree("rendered/eu/revisions/default-v1-24-2") == before
    assert "replicas: 5" in (patched.root / ISTIOD.replace("24-2", "24-3")).read_text()
