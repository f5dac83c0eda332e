"""The proof of every render: one pod, one injector, from the webhooks as they will stand in the cluster."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from render.manifests.bundle import Bundle
from render.plan.cluster import ClusterPlan
from render.plan.injection import prove, webhooks
from render.plan.problem import Problem
from render.plan.usage import REVISION_LABEL
from render.plan.values import at
from render.tree.layout import revision_folder

KIND = "MutatingWebhookConfiguration"


def injection_problems(plan: ClusterPlan, bundles: Iterable[Bundle], folder: Path) -> list[Problem]:
    """What is wrong with who injects whom in one cluster; `folder` is its tree, for the frozen revisions' webhooks.

    A clash (MR078) is an error. A name that has no webhook at all, such as a control plane whose webhooks stand in
    another cluster, is left out of the proof; a namespace that follows it is warned of (MR079).
    """
    texts = [m.json for bundle in bundles for m in bundle.manifests if m.kind == KIND]
    for revision in plan.revisions:
        if revision.frozen:
            texts += _frozen_webhooks(folder / revision_folder(revision.name), tuple(revision.record.files))
    default = plan.default
    by_default = bool(default and at(default.record.values, "sidecarInjectorWebhook", "enableNamespacesByDefault"))
    clash, served = _proved(tuple(texts), plan.names, by_default)
    if clash:
        return [Problem("MR078", clash, plan.specs.cluster.resource)]
    problems = []
    for planned in plan.namespaces:
        if planned.revision and planned.follows not in served:
            message = (
                f"follows {planned.follows}, which has no injection webhook in this cluster: its pods get no proxy "
                f"unless another cluster's control plane injects them"
            )
            path = ("metadata", "labels", REVISION_LABEL)
            problems.append(Problem("MR079", message, planned.namespace.resource, path, "warning"))
    return problems


@lru_cache(maxsize=256)
def _proved(texts: tuple[str, ...], names: frozenset[str], by_default: bool) -> tuple[str | None, frozenset[str]]:
    """The clash in words, if there is one, and the names that have a webhook. Clusters alike are proved once."""
    found = webhooks(json.loads(text) for text in texts)
    served = frozenset(webhook.serves for webhook in found)
    clash = prove(found, names & served, by_default=by_default)
    return (clash.text() if clash else None), served


def _frozen_webhooks(folder: Path, files: Iterable[str]) -> list[str]:
    """The webhook configurations of a frozen revision, read from its files; a missing one is reported elsewhere."""
    import yaml

    found = []
    for name in files:
        if name.startswith(f"{KIND.lower()}-") and (folder / name).is_file():
            data: Mapping[str, Any] = yaml.load((folder / name).read_bytes(), Loader=yaml.CSafeLoader)
            found.append(json.dumps(data))
    return found
