"""The webhooks as they will stand in the cluster, put to the proof of every render: one pod, one injector."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from render.kustomize.problem import Problem
from render.manifests.bundle import Bundle
from render.plan.cluster import ClusterPlan
from render.plan.injection.proof import prove
from render.plan.injection.webhook_entries import webhooks
from render.plan.labels import REVISION_LABEL
from render.tree.layout import file_names, folder_path, revision_folder

KIND = "MutatingWebhookConfiguration"


@dataclass(frozen=True, slots=True)
class WebhookFile:
    """A webhook configuration as it will stand in the cluster: its JSON, and a file of a frozen revision, or which
    manifest of a bundle it is."""

    text: str
    place: str | tuple[Bundle, int]

    @property
    def file(self) -> str:
        """Its file below the cluster's folder."""
        if isinstance(self.place, str):
            return self.place
        bundle, index = self.place
        return f"{folder_path(bundle.folder)}/{file_names(bundle)[index]}"


def standing_webhooks(plan: ClusterPlan, bundles: Iterable[Bundle], folder: Path) -> list[WebhookFile]:
    """Returns all webhook configurations of one cluster: those of `bundles`, and those that frozen revisions have in
    their files below `folder`, the cluster's tree."""
    found = [
        WebhookFile(manifest.json, (bundle, index))
        for bundle in bundles
        for index, manifest in enumerate(bundle.manifests)
        if manifest.kind == KIND
    ]
    for revision in plan.revisions:
        if revision.frozen:
            found += _frozen_webhooks(folder, revision_folder(revision.name), tuple(revision.record.files))
    return found


def injection_problems(plan: ClusterPlan, standing: Iterable[WebhookFile]) -> list[Problem]:
    """Returns what is wrong with who injects whom in one cluster, by its webhooks.

    A clash (MR078) is an error. A name that has no webhook at all, such as a control plane whose webhooks stand in
    another cluster, is left out of the proof; a namespace that follows it is warned of (MR079).
    """
    texts = tuple(one.text for one in standing)
    clash, served = _prove_texts(texts, plan.names, plan.injects_by_default)
    if clash:
        return [Problem("MR078", clash, plan.specs.cluster.resource)]
    problems = []
    for planned in plan.namespaces:
        if planned.revision and planned.follows not in served and not plan.managed_revision(planned.revision):
            message = (
                f"follows {planned.follows}, which has no injection webhook in this cluster: its pods get no proxy "
                f"unless another cluster's control plane injects them"
            )
            path = ("metadata", "labels", REVISION_LABEL)
            problems.append(Problem("MR079", message, planned.namespace.resource, path))
    return problems


@lru_cache(maxsize=256)
def _prove_texts(texts: tuple[str, ...], names: frozenset[str], by_default: bool) -> tuple[str | None, frozenset[str]]:
    """Returns the clash in words, if there is one, and the names that have a webhook. Clusters alike are proved
    once."""
    found = webhooks(json.loads(text) for text in texts)
    served = frozenset(webhook.serves for webhook in found)
    clash = prove(found, names & served, by_default=by_default)
    return (clash.text() if clash else None), served


def _frozen_webhooks(folder: Path, inside: str, files: Iterable[str]) -> list[WebhookFile]:
    """Returns the webhook configurations of a frozen revision, read from its files; a missing one is reported
    elsewhere."""
    import yaml

    found = []
    for name in files:
        file = f"{inside}/{name}"
        if name.startswith(f"{KIND.lower()}-") and (folder / file).is_file():
            data: Mapping[str, Any] = yaml.load((folder / file).read_bytes(), Loader=yaml.CSafeLoader)
            found.append(WebhookFile(json.dumps(data), file))
    return found
