"""Layers of folders at random, with all that they can say, give what the real Kustomize makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.errors import InputError
from render.kustomize.build import BuildCache, build
from render.kustomize.reader import WorkingTree
from tests.support.programs.kustomize import built_by_kubectl, comparable, needs_kubectl

AT_ONCE = 25
RBAC = "rbac.authorization.k8s.io"
REFUSED = {"MR026", "MR027", "MR029", "MR034"}  # two objects become one; a patch does not fit its object


@needs_kubectl
@settings(max_examples=2, deadline=None)
@given(st.integers(0, 2**32))
def test_layers_of_folders_do_what_kustomize_does(seed: int) -> None:
    random = Random(seed)
    with TemporaryDirectory() as scratch:
        ours = {}
        for number in range(AT_ONCE):
            _Fleet(random, number).write(Path(scratch) / f"fleet-{number}")
            try:
                found = build(WorkingTree(Path(scratch)), f"fleet-{number}/overlay", BuildCache())
            except InputError as error:
                assert {finding.code for finding in error.findings} <= REFUSED, error
                continue
            ours[number] = comparable([resource.data for resource in found])
        assert len(ours) > AT_ONCE // 2
        folders = [Path(scratch) / f"fleet-{number}/overlay" for number in ours]
        for (number, mine), theirs in zip(ours.items(), built_by_kubectl(folders, Path(scratch)), strict=True):
            if mine != comparable(theirs):
                files = {str(path): path.read_text() for path in (Path(scratch) / f"fleet-{number}").rglob("*.yaml")}
                pytest.fail(f"{files}\nmeshrev: {mine}\nKustomize: {theirs}")


class _Fleet:
    """Three layers and perhaps a component; all names are of this fleet alone, since many are built together."""

    def __init__(self, random: Random, number: int) -> None:
        self.random = random
        self.number = number

    def name(self, *names: str) -> str:
        return f"{self.random.choice(names)}-{self.number}"

    def maybe(self, chance: float, **fields: Any) -> dict[str, Any]:
        return fields if self.random.random() < chance else {}

    def namespace(self, chance: float) -> dict[str, Any]:
        return self.maybe(chance, namespace=self.name("alpha", "beta", "gamma"))

    def write(self, root: Path) -> None:
        objects = list(self.objects())
        cut = self.random.randint(0, len(objects))
        self.folder(root / "base", objects[:cut], [])
        self.folder(root / "middle", [], ["../base"])
        components = self.maybe(0.5, components=["../component"])
        self.folder(root / "overlay", objects[cut:], ["../middle"], **components)
        self.folder(root / "component", [], [], kind="Component")

    def folder(self, folder: Path, objects: list[Any], resources: list[str], **fields: Any) -> None:
        folder.mkdir(parents=True)
        own = ["objects.yaml"] if objects else []
        kustomization = {**self.kustomization(), **fields, "resources": [*resources, *own]}
        (folder / "kustomization.yaml").write_text(json.dumps(kustomization))
        (folder / "objects.yaml").write_text("\n---\n".join(map(json.dumps, objects)))

    def kustomization(self) -> dict[str, Any]:
        pick = self.random.choice
        labels = [
            {"pairs": {pick(["env", "tier"]): pick(["a", "b"])}, "includeSelectors": pick([True, False])}
            for _ in range(self.random.randint(1, 2))
        ]
        return {
            **self.namespace(0.3),
            **self.maybe(0.3, commonLabels={pick(["env", "tier"]): pick(["one", "two"])}),
            **self.maybe(0.3, labels=labels),
            **self.maybe(0.3, commonAnnotations={pick(["owner", "note"]): pick(["one", "two"])}),
            **self.maybe(0.6, patches=[self.patch() for _ in range(self.random.randint(1, 3))]),
        }

    def patch(self) -> dict[str, Any]:
        pick = self.random.choice
        target = {
            **self.maybe(0.5, kind=pick(["Deployment", "Service", "Service|ServiceAccount", "Istio", ".*Set", "N.*"])),
            **self.maybe(0.3, name=pick([self.name("web"), f"s.*-{self.number}", "other"])),
            **self.maybe(0.3, namespace=pick([self.name("alpha", "beta"), "default", "alpha.*", "_non_.*"])),
            **self.maybe(0.2, labelSelector=pick(["app=a", "app!=a", "env", "!env", "app in (a,b)"])),
            **self.maybe(0.2, annotationSelector=pick(["note", "note=one", "!owner"])),
        }
        operation = {"op": "add", "path": pick(["/metadata/annotations/json", "/metadata/namespace", "/new"])}
        template = {"template": {"metadata": {"labels": {"env": "patched"}}}}
        merge = {
            "apiVersion": "v1",
            "kind": "Any",
            "metadata": {
                "name": "any",
                **self.maybe(0.5, labels={pick(["app", "env"]): "patched"}),
                **self.maybe(0.4, annotations={pick(["owner", "note"]): "patched"}),
            },
            **self.maybe(0.5, spec=pick([template, {"selector": {"matchLabels": {"env": "patched"}}}, {"new": [1]}])),
        }
        patch = [{**operation, "value": self.name("alpha", "delta")}] if self.random.random() < 0.4 else merge
        return {"target": target, "patch": json.dumps(patch)}

    def objects(self) -> Iterator[Any]:
        pods = {"selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}}}}
        ports = {"ports": [{"port": 80}, {"port": 81}], **self.maybe(0.5, selector={"app": "a"})}
        yield from self.object(0.8, "apps/v1", "Deployment", "web", spec=pods)
        yield from self.object(0.3, "apps/v1", "DaemonSet", "web")
        yield from self.object(0.3, "apps/v1", "StatefulSet", "web", spec={"volumeClaimTemplates": [{"metadata": {}}]})
        yield from self.object(0.3, "batch/v1", "CronJob", "web")
        yield from self.object(0.8, "v1", "Service", "service", spec=ports)
        yield from self.object(0.7, "v1", "ServiceAccount", "sa")
        yield from self.object(0.4, "v1", "ServiceAccount", "sb")
        for kind in ("RoleBinding", "ClusterRoleBinding"):
            subjects = [self.subject() for _ in range(self.random.randint(1, 5))]
            yield from self.object(0.5, f"{RBAC}/v1", kind, "binding", subjects=subjects, roleRef={"name": "none"})
        for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
            webhooks = [{"name": name, "clientConfig": {"service": self.service()}} for name in "ab"]
            yield from self.object(0.5, "admissionregistration.k8s.io/v1", kind, "hooks", webhooks=webhooks)
        yield from self.object(0.4, "v1", "Namespace", "space")
        yield from self.object(0.6, "sailoperator.io/v1", "Istio", "mesh", spec={"values": {"null": None, "list": [1]}})

    def object(self, chance: float, api_version: str, kind: str, name: str, **fields: Any) -> Iterator[Any]:
        metadata = {
            "name": f"{name}-{self.number}",
            **(self.namespace(0.5) if not kind.endswith(("Configuration", "Namespace", "ClusterRoleBinding")) else {}),
            **self.maybe(0.5, labels={"app": self.random.choice("abc"), **self.maybe(0.3, env="own")}),
            **self.maybe(0.4, annotations={"note": self.random.choice(["one", "5"])}),
        }
        if self.random.random() < chance:
            yield {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}

    def subject(self) -> dict[str, Any]:
        kind = self.random.choice(["ServiceAccount", "ServiceAccount", "User"])
        return {"kind": kind, "name": self.random.choice([self.name("sa", "sb"), "default", "none"]), **self.near()}

    def service(self) -> dict[str, Any]:
        return {"name": self.name("service", "other"), **self.near()}

    def near(self) -> dict[str, Any]:
        return self.maybe(0.7, namespace=self.random.choice([self.name("alpha", "beta", "delta"), "default"]))
