"""What the room `manifests` hands to the room `tree`: one folder's objects and why they are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from render.kustomize.problem import Problem
from render.manifests.server_side_apply import Overridden
from render.plan.inventory import RevisionRecord


@dataclass(frozen=True, slots=True)
class Manifest:
    """One Kubernetes object as JSON text, and the annotations that delivery adds to its own.

    Text, not a dict: equal text is the key under which its YAML is made once for all clusters.
    """

    kind: str
    name: str
    namespace: str
    group: str
    json: str
    annotations: tuple[tuple[str, str], ...] = ()


# What becomes of a folder: it is applied with the cluster's others, by a controller's object of its own, or, as a
# Kustomize component of patches, by the repositories that take it in.
Role = Literal["applied", "apart", "component"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder below `rendered/<cluster>/`: `revisions/<name>`, `tags/<name>`, `mesh`, `namespaces`, `extra`, ...

    `namespace` is the folder's own, which file names leave out. `why` says in one word per file list what
    asked for it (`Istio/default`). `revision` is the record of a revision folder, without its files. Only a bundle
    whose `role` is `applied` is in the cluster's own list of folders. `overridden` are the environment variables that
    its containers named twice, `problems` what of its spec's settings fits none of the objects.
    """

    folder: str
    namespace: str
    why: str
    manifests: tuple[Manifest, ...]
    revision: RevisionRecord | None = None
    role: Role = "applied"
    overridden: tuple[Overridden, ...] = ()
    problems: tuple[Problem, ...] = ()
