"""Patches of rendered objects: what Kustomize makes of the same objects and patches, and what is said of the rest."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.manifests.bundle import Bundle
from render.manifests.cluster import bundles
from render.manifests.patches import patch_bundles
from render.plan.cluster import ClusterPlan
from render.yamlio.write import yaml_text
from tests.support.builders import istio, mesh_gateway, tag
from tests.support.cluster.peers import kubectl
from tests.support.cluster_plan import inventory_of, plan
from tests.support.tree_example import kustomize

SPECS = istio() + tag("prod") + mesh_gateway("ingress", "prod")
NAME = "istiod-default-v1-24-2"
DEPLOYMENT = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {NAME}, namespace: istio-system}}\n"


def _kubectl() -> str:
    try:
        return kubectl()
    except AssertionError:
        pytest.skip("no kubectl here (`make test-cluster` fetches it)")


def replicas(op: str, number: int) -> str:
    return f"- {{op: {op}, path: /spec/replicas, value: {number}}}"


PATCHES: dict[str, list[dict[str, Any]]] = {
    "a merge by the keys of containers and their variables": [
        {"patch": DEPLOYMENT + "spec: {template: {spec: {containers: "
                               "[{name: discovery, env: [{name: GOGC, value: '50'}]}]}}}\n"}
    ],
    "a list without keys, which is replaced": [
        {"patch": DEPLOYMENT + "spec: {template: {spec: {containers: [{name: discovery, args: [one]}]}}}\n"}
    ],
    "null": [{"patch": DEPLOYMENT + "spec: {template: {spec: {containers: [{name: discovery, resources: null}]}}}\n"}],
    "a whole object that goes": [
        {"patch": f"$patch: delete\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n"
                  f"metadata: {{name: {NAME}, namespace: istio-system}}\n"}
    ],
    "an element that goes": [
        {"patch": DEPLOYMENT + "spec: {template: {spec: {volumes: [{name: extracacerts, $patch: delete}]}}}\n"}
    ],
    "a part that is replaced": [
        {"patch": DEPLOYMENT + "spec: {template: {spec: {securityContext: {$patch: replace, fsGroup: 1}}}}\n"}
    ],
    "a JSON patch of a kind": [
        {"target": {"kind": "Deployment"},
         "patch": "- {op: add, path: /metadata/annotations/a, value: b}\n"
                  "- {op: replace, path: /spec/template/spec/terminationGracePeriodSeconds, value: 9}\n"}
    ],
    "targets by labels, and by a pattern of names": [
        {"target": {"labelSelector": "app=istiod", "kind": "Service"},
         "patch": "[{\"op\": \"remove\", \"path\": \"/spec/ports/0\"}]"},
        {"target": {"name": "istio-.*", "kind": "ConfigMap"},
         "patch": "{apiVersion: v1, kind: ConfigMap, metadata: {name: any}, data: {more: '1'}}"},
    ],
    "one after the other": [
        {"target": {"kind": "Deployment", "name": "ingress"}, "patch": replicas("add", 3)},
        {"target": {"kind": "Deployment", "name": "ingress"}, "patch": replicas("replace", 4)},
    ],
    "a webhook by its name": [
        {"target": {"kind": "ValidatingWebhookConfiguration"},
         "patch": "{apiVersion: a, kind: b, metadata: {name: c}, "
                  "webhooks: [{name: rev.validation.istio.io, timeoutSeconds: 5}]}"}
    ],
}  # fmt: skip


def objects(made: Any) -> dict[tuple[str, str, str], Any]:
    found = {}
    for data in made:
        metadata = data["metadata"]
        found[data["kind"], metadata.get("namespace", ""), metadata["name"]] = data
    return found


def rendered(made: list[Bundle] | tuple[Bundle, ...]) -> dict[tuple[str, str, str], Any]:
    return objects(json.loads(one.json) for bundle in made for one in bundle.manifests)


def said(found: ClusterPlan) -> list[tuple[str, tuple[str | int, ...], str]]:
    return [(one.code, one.path, one.message) for one in patch_bundles(found, bundles(found)).problems]


@pytest.mark.parametrize("program", ["kustomize", "kubectl"])
@pytest.mark.parametrize("name", PATCHES)
def test_a_patch_does_what_the_real_kustomize_does_to_the_same_objects(name: str, program: str, tmp_path: Path) -> None:
    command = [kustomize(), "build"] if program == "kustomize" else [_kubectl(), "kustomize"]
    found = plan(SPECS, patches=tuple(PATCHES[name]))
    before = list(bundles(found))
    texts = [yaml_text(one.json).data for bundle in before for one in bundle.manifests]
    (tmp_path / "objects.yaml").write_bytes(b"---\n".join(texts))
    (tmp_path / "kustomization.yaml").write_text(
        yaml.safe_dump({"resources": ["objects.yaml"], "patches": PATCHES[name]})
    )
    printed = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=True).stdout
    patched = patch_bundles(found, before)
    assert patched.problems == ()
    assert rendered(patched.bundles) != rendered(before)
    assert rendered(patched.bundles) == objects(yaml.load_all(printed, Loader=yaml.CSafeLoader))


def test_the_patches_of_an_istio_are_for_its_active_revision_and_come_before_the_clusters() -> None:
    text = istio(patches='[{target: {kind: Deployment}, patch: "- {op: add, path: /spec/replicas, value: 2}"}]')
    text += mesh_gateway("ingress", "default-v1-24-2")
    step = '[{"op": "test", "path": "/spec/replicas", "value": 2}, {"op": "add", "path": "/spec/replicas", "value": 7}]'
    found = plan(text, patches=({"target": {"kind": "Deployment", "name": "istiod.*"}, "patch": step},))
    result = patch_bundles(found, bundles(found))
    replicas = {
        key[2]: data["spec"].get("replicas") for key, data in rendered(result.bundles).items() if key[0] == "Deployment"
    }
    assert (replicas, result.problems) == ({NAME: 7, "ingress": None}, ())


def test_a_target_that_selects_nothing_is_a_warning_and_an_object_that_is_not_there_an_error() -> None:
    gone = DEPLOYMENT.replace("24-2", "24-1") + "spec: {replicas: 2}\n"
    nothing = {"target": {"kind": "Deploymnt"}, "patch": "- {op: remove, path: /spec/replicas}"}
    assert said(plan(SPECS, patches=(nothing, {"patch": gone}))) == [
        ("MR325", ("spec", "patches", 0), "selects no object, so the patch does nothing"),
        ("MR324", ("spec", "patches", 1),
         "Deployment/istio-system/istiod-default-v1-24-1 (apps/v1) is not among the objects here "
         f"(did you mean {NAME}?)"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"patch": "- {op: remove, path: /spec/nothing}", "target": {"kind": "Deployment", "name": NAME}},
         f"Deployment/istio-system/{NAME} remove /spec/nothing: the object has no such field"),
        ({"patch": "- {op: remove, path: /spec}"}, "a JSON patch needs a target, which says what to patch"),
        ({"path": "gone.yaml"}, "gone.yaml does not exist"),
        ({"patch": "a: [", "target": {"kind": "Deployment"}}, "expected"),
        ({}, "path or patch"),
    ],
)  # fmt: skip
def test_a_patch_that_cannot_be_applied_is_an_error_at_its_place(patch: dict[str, Any], message: str) -> None:
    ((code, path, text),) = said(plan(SPECS, patches=(patch,)))
    assert (code, path) == ("MR324", ("spec", "patches", 0))
    assert message in text


def test_a_frozen_revision_is_out_of_the_reach_of_patches() -> None:
    before = inventory_of(plan(istio()))
    found = plan(
        istio("v1.24.3"),
        before,
        patches=({"target": {"kind": "Deployment"}, "patch": replicas("add", 2)},),
    )
    patched = patch_bundles(found, bundles(found))
    assert not [one for one in patched.bundles if one.folder.endswith("v1-24-2")]
    with_name = plan(istio("v1.24.3"), before, patches=({"patch": DEPLOYMENT + "spec: {replicas: 2}\n"},))
    assert [one.code for one in patch_bundles(with_name, bundles(with_name)).problems] == ["MR324"]
