"""Flux: an ArtifactGenerator that makes of the fleet's one source an artifact for each cluster, with its files alone.

Whatever reads the source itself unpacks all of it at every commit of anybody. The revision of an artifact is that of
its content: a commit that changes nothing of a cluster is none for that cluster's Kustomizations.

Which clusters there are the generator finds by their folders. So it depends on `meshrev.yaml`, and on whether there are
definitions that clusters share, which never go again. https://github.com/fluxcd/source-watcher/tree/main/docs/spec
"""

from __future__ import annotations

import json
from typing import Any

from render.areas import FLUX, SHARED
from render.manifests.bundle import Bundle, Manifest
from render.manifests.delivery import HOMES, from_root
from render.specs.kinds import Fleet

GROUP = "source.extensions.fluxcd.io"
KIND = "ArtifactGenerator"
_SOURCE = "repo"
_CLUSTER = "{cluster}"  # filled in by the generator, with the folder's name


def git_repository(name: str) -> dict[str, Any]:
    """Returns the reference of a Kustomization to a GitRepository beside it."""
    return {"kind": "GitRepository", "name": name}


def artifact_ref(fleet: Fleet, cluster: str) -> dict[str, Any]:
    """Returns the reference of a cluster's Kustomizations to its artifact. It names the namespace, since a root for one
    of many clusters puts its Kustomizations elsewhere (`targetNamespace`)."""
    return {"kind": "ExternalArtifact", "name": _name(cluster), "namespace": _home(fleet)}


def artifact_generator(fleet: Fleet, folder: str, *, has_shared: bool) -> Bundle | None:
    """Returns what the Flux of many clusters is given once, for a folder of the output; None where the fleet wants no
    artifacts. `has_shared` says whether the output has definitions that clusters share."""
    if not fleet.handover.artifacts:
        return None
    handover, namespace = fleet.handover, _home(fleet)
    ref = handover.kustomization.get("sourceRef") or git_repository(handover.source)
    output = f"@artifact/{from_root(fleet, '')}/"
    copied = [_CLUSTER, *([SHARED] if has_shared else [])]
    artifact = {
        "name": _name(_CLUSTER),
        "originRevision": f"@{_SOURCE}",
        # A folder as a whole, into the same place: what is in it refers to the shared one by its path.
        "copy": [{"from": f"@{_SOURCE}/{from_root(fleet, name)}", "to": output} for name in copied],
    }
    data = {
        "apiVersion": f"{GROUP}/v1beta1",
        "kind": KIND,
        "metadata": {"name": fleet.name, "namespace": namespace},
        "spec": {
            "sources": [{"alias": _SOURCE, **ref}],
            "pathPattern": f"@{_SOURCE}/{from_root(fleet, f'{_CLUSTER}/{FLUX}')}",
            "artifacts": [artifact],
        },
    }
    manifest = Manifest(KIND, fleet.name, namespace, GROUP, json.dumps(data, ensure_ascii=False))
    return Bundle(folder, namespace, f"Fleet/{fleet.name}", (manifest,))


def _name(cluster: str) -> str:
    return f"mesh-{cluster}"


def _home(fleet: Fleet) -> str:
    return fleet.handover.namespace or HOMES["flux"]
