"""`import` as an operation: what is handed over, as specs, and what a sync of them would change."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from render.areas import NAMESPACES
from render.errors import InputError, wrong
from render.finding import Finding, in_order
from render.kustomize.reader import TextReader, WorkingTree
from render.kustomize.resource import Resource
from render.manifests.cluster import bundles
from render.manifests.patches import patch_bundles
from render.messages import few
from render.operations.adopt.adoption import UNREADABLE, Adoption
from render.operations.adopt.changes import ClusterChanges, cluster_changes
from render.operations.adopt.dump import Dump, read_dump
from render.operations.adopt.helm import ChartRelease, adopt_helm
from render.operations.adopt.images import keep_images, tell_variants
from render.operations.adopt.istio_operator import adopt_operator
from render.operations.adopt.live import adopt_live
from render.operations.adopt.sail import GROUP, adopt_sail
from render.plan.cluster import plan_cluster
from render.plan.inventory import EMPTY
from render.specs import build
from render.specs.clusters import STREAM, SpecsCache, load_stream
from render.version import VERSION
from render.yamlio.location import Place
from render.yamlio.write import yaml_text

_FILES = {
    "Istio": "istio.yaml",
    "IstioRevision": "istio.yaml",
    "IstioRevisionTag": "tags.yaml",
    "IstioCNI": "agents.yaml",
    "ZTunnel": "agents.yaml",
    "MeshGateway": "gateways.yaml",
    "Namespace": "namespaces.yaml",
}
_KUSTOMIZATION, _CLUSTER = "kustomization.yaml", "cluster.yaml"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The specs as YAML by the name of their file, what a person should know, and what a sync would change: None where
    the specs cannot be rendered, which the findings say."""

    files: Mapping[str, str]
    findings: tuple[Finding, ...]
    changes: ClusterChanges | None


def import_specs(
    files: Iterable[tuple[str, bytes]],
    *,
    cluster: str,
    version: str | None = None,
    releases: Sequence[ChartRelease] = (),
    keeps_images: bool = False,
) -> ImportResult:
    """Returns the specs of what runs, from what files (name and content) hold: Sail's objects, IstioOperators, Helm
    values of `releases`, or the objects of control planes; and what a sync of them would change.

    `version`, such as `v1.27.3`, is for what names no release. With `keeps_images` values keep the images that run.
    Writes nothing. `InputError` for what cannot be read, or has nothing of a mesh.
    """
    dump = read_dump(files)
    adoption = Adoption(observed=[one.data for one in dump.objects if one.group not in (GROUP, "install.istio.io")])
    for document in dump.of("IstioOperator"):
        adopt_operator(document, version, adoption)
    if any(one.group == GROUP for one in dump.objects):
        adopt_sail(dump, adoption)
        tell_variants(dump, adoption)
    elif dump.values:
        adopt_helm(dump, releases, adoption)
    elif not dump.of("IstioOperator"):
        adopt_live(dump, version, adoption)
    if not adoption.specs:
        raise wrong(UNREADABLE, _nothing(dump), file=dump.objects[0].file if dump.objects else None)
    for namespace in dump.of("Namespace", ""):
        adoption.add_namespace(namespace.name, namespace.labels)
    if keeps_images:
        keep_images(dump, adoption)
    texts = _texts(adoption, cluster)
    changes, findings = _changes(adoption, texts, cluster)
    return ImportResult(texts, tuple(in_order([*adoption.notes, *findings])), changes)


def write_specs(root: Path, folder: str, result: ImportResult) -> list[str]:
    """Writes the files of an overlay and returns their paths from `root`. `InputError` where one of them is there
    already: nothing that is there is changed."""
    paths = [f"{folder}/{name}" for name in result.files]
    in_the_way = [path for path in paths if os.path.lexists(root / path)]
    if in_the_way:
        message = f"is there already, and import changes nothing that is there (of its files: {few(in_the_way, 3)})"
        raise wrong("MR301", message, file=in_the_way[0])
    (root / folder).mkdir(parents=True, exist_ok=True)
    for path, text in zip(paths, result.files.values(), strict=True):
        with (root / path).open("x", encoding="utf-8") as stream:
            stream.write(text)
    return paths


def _nothing(dump: Dump) -> str:
    kinds = sorted({one.kind for one in dump.objects})
    return (
        "holds no control plane: neither Sail's objects, nor an IstioOperator, Helm values, or a Deployment of istiod "
        f"with the label app=istiod (it has {few(kinds, 5) if kinds else 'no object'}; docs/adopt.md has the commands)"
    )


def _texts(adoption: Adoption, cluster: str) -> dict[str, str]:
    by_file: dict[str, list[str]] = {}
    for spec in adoption.specs:
        by_file.setdefault(_FILES[spec["kind"]], []).append(yaml_text(json.dumps(spec)).data.decode())
    texts = {name: "---\n".join(by_file[name]) for name in dict.fromkeys(_FILES.values()) if name in by_file}
    listed = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": [*texts]}
    own = {"apiVersion": "meshrev.io/v1alpha1", "kind": "Cluster", "metadata": {"name": cluster}}
    texts[_KUSTOMIZATION] = yaml_text(json.dumps(listed)).data.decode()
    texts[_CLUSTER] = yaml_text(json.dumps(own)).data.decode()
    return texts


def _changes(adoption: Adoption, texts: Mapping[str, str], cluster: str) -> tuple[ClusterChanges | None, list[Finding]]:
    """Returns what a sync changes, and what is wrong with the specs; a mistake in them is told, not raised: they are
    for a person to mend."""
    documents = [text for name, text in texts.items() if name != _KUSTOMIZATION]
    reader = TextReader(WorkingTree(Path("/nonexistent")), {})
    fleet_data = {"apiVersion": "meshrev.io/v1alpha1", "kind": "Fleet", "metadata": {"name": "import"}}
    fleet = build.fleet(Resource(fleet_data, Place("meshrev.yaml")))
    try:
        read = load_stream(reader, fleet, cluster, "---\n".join(documents).encode(), SpecsCache())
        plan = plan_cluster(read.specs, EMPTY, program=VERSION)
        errors = [one for one in plan.problems if one.severity == "error"]
        if errors:
            found = [
                Finding(one.code, one.message, object=one.resource.title if one.resource else None) for one in errors
            ]
            raise InputError(found)
        made = patch_bundles(plan, bundles(plan)).bundles
    except InputError as error:
        return None, [_without_place(one) for one in error.findings]
    desired: list[Mapping[str, Any]] = [
        json.loads(manifest.json)
        for bundle in made
        for manifest in bundle.manifests
        if bundle.role != "component" and bundle.folder != NAMESPACES
    ]
    return cluster_changes(desired, adoption.observed), [_without_place(one) for one in read.warnings]


def _without_place(found: Finding) -> Finding:
    """Returns a finding of specs that are no file yet."""
    if found.file != STREAM:
        return found
    return Finding(found.code, found.message, found.severity, object=found.object, field=found.field)
