"""Inject the workloads of a file as a cluster of the fleet would: each with the revision that its labels lead to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.errors import wrong
from render.messages import short
from render.operations.explain.run import explain
from render.operations.hosts.tree_objects import tree_objects
from render.operations.inject.istioctl import InjectorFiles, kube_inject
from render.operations.render.fleet import OpenFleet, open_fleet
from render.plan.workloads import TEMPLATES
from render.tree.layout import revision_folder
from render.yamlio.documents import Document, parse
from render.yamlio.location import value_at
from render.yamlio.write import yaml_text

_SIDECAR = ["sidecar"]  # all that kube-inject takes where a pod does not ask for templates


@dataclass(frozen=True, slots=True)
class InjectedFile:
    """YAML documents, those of the file in their order, and what is to be said beside them."""

    documents: tuple[str, ...]
    notes: tuple[str, ...]


def inject(root: Path, cluster: str, namespace: str, file: tuple[str, bytes]) -> InjectedFile:
    """Returns the documents of a file (its name for messages, its bytes) with their pods as the mesh would make them in
    a namespace of a cluster of the fleet in `root`; what is not injected stays as it is.

    `InputError` for an unknown cluster, a file that cannot be read, a document of another namespace, a revision without
    an injector in the tree, and where istioctl is not there or refuses; `DriftError` where the tree is not as it was
    written; `OutsideError` where istioctl does not end.
    """
    opened = open_fleet(root)
    documents, notes = [], []
    known: dict[str, InjectorFiles] = {}
    for document in parse(file[1], file[0]):
        workload = _in_namespace(document, namespace)
        title = f"{workload.get('kind')} {value_at(workload, 'metadata', 'name') or ''}".strip()
        path = _template_path(workload)
        text = json.dumps(workload)
        printed = yaml_text(text).data.decode()
        if path is not None:
            meta = value_at(workload, *path, "metadata")
            labels, annotations = (_texts(value_at(meta, key)) for key in ("labels", "annotations"))
            answer = explain(root, cluster, namespace, labels, annotations=annotations)
            revision = answer.chain.revision
            if answer.injected is False or revision is None:
                notes.append(f"{title} is not injected: {answer.reason}")
            else:
                if revision.name not in known:
                    known[revision.name] = _injector_files(opened, cluster, revision.name)
                files = known[revision.name]
                printed = kube_inject(text, json.loads(files.values).get("revision") or "default", files)
                notes += [f"{title} is injected by revision {revision.name}", *_unread(files, annotations)]
        documents.append(printed)
    return InjectedFile(tuple(documents), tuple(notes))


def _in_namespace(document: Document, namespace: str) -> dict[str, Any]:
    """Returns the object with the namespace that it is created in."""
    workload = document.data
    if not isinstance(workload, dict) or not isinstance(workload.get("metadata", {}), dict):
        raise wrong("MR303", "is no Kubernetes object", file=document.file)
    meta = workload.get("metadata", {})
    if meta.get("namespace", namespace) != namespace:
        message = f"is in the namespace {short(str(meta['namespace']))}, and {namespace} is asked for"
        raise wrong("MR303", message, file=document.file)
    return {**workload, "metadata": {**meta, "namespace": namespace}}


def _template_path(workload: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Returns where the kind has its pod template, None where it has none."""
    group = str(workload.get("apiVersion", "")).rpartition("/")[0]
    return TEMPLATES.get((group, str(workload.get("kind"))))


def _texts(value: Any) -> dict[str, str]:
    return {key: text for key, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def _injector_files(opened: OpenFleet, cluster: str, revision: str) -> InjectorFiles:
    """Returns what the committed tree gives the revision's istiod."""
    folder = f"{opened.fleet.output}/{cluster}/{revision_folder(revision)}"
    data: dict[str, str] = {}
    variables: dict[str, str] = {}
    for item in _objects(opened, cluster, folder):
        if item["kind"] == "ConfigMap":
            data |= item.get("data") or {}
        elif item["kind"] == "Deployment":
            for container in value_at(item, "spec", "template", "spec", "containers") or ():
                variables |= {one["name"]: one["value"] for one in container.get("env") or () if one.get("value")}
    missing = {"config", "values", "mesh"} - data.keys()
    if missing:
        message = f"has no injector for revision {revision}: its istiod is not of this cluster"
        raise wrong("MR303", message, file=folder)
    return InjectorFiles(data["config"], data["values"], data["mesh"], variables)


def _objects(opened: OpenFleet, cluster: str, folder: str) -> Iterator[dict[str, Any]]:
    for found in tree_objects(opened, cluster):
        if found.file.startswith(f"{folder}/"):
            yield parse(found.data, found.file)[0].data


def _unread(files: InjectorFiles, annotations: Mapping[str, str]) -> Iterator[str]:
    """Yields what istiod reads of its configuration and kube-inject does not."""
    (config,) = parse(files.config.encode(), "config")
    if (
        config.data.get("defaultTemplates") not in (None, [], _SIDECAR)
        and "inject.istio.io/templates" not in annotations
    ):
        wanted = ", ".join(map(str, config.data["defaultTemplates"]))
        yield f"istioctl does not read defaultTemplates ({wanted}): what is printed is made by sidecar"
