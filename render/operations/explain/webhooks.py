"""The webhooks that an explanation asks: those that the specs say, or those of a live cluster.

The injection webhooks of a live cluster, from what kubectl prints.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from render.errors import wrong
from render.operations.render.cluster import Pipeline
from render.operations.render.proof import KIND
from render.plan.cluster import ClusterPlan
from render.plan.usage import REVISION_LABEL
from render.plan.webhooks import Webhook, webhooks
from render.yamlio.documents import parse

# In a webhook file nothing says that a tag or revision injects by default, but the webhook that does it is called so.
BY_DEFAULT = "auto."


@dataclass(frozen=True, slots=True)
class Asked:
    """The webhooks that are asked, and the names that they should serve. Of each configuration the file that it is in;
    then what the specs say it is, or in a live cluster the revision that it leads to."""

    webhooks: list[Webhook]
    names: frozenset[str]
    by_default: bool
    files: Mapping[str, str]
    specified: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    live: Mapping[str, str] | None = None

    @property
    def served(self) -> frozenset[str]:
        return frozenset(webhook.serves for webhook in self.webhooks)


def rendered_webhooks(pipeline: Pipeline) -> Asked:
    """The webhooks as the next render leaves them in the tree: those that the proof looks at."""
    plan, standing = pipeline.plan, pipeline.webhooks
    folder = pipeline.output.title(plan.specs.cluster.name)
    configurations = [json.loads(one.text) for one in standing]
    files = {
        configuration["metadata"]["name"]: f"{folder}/{one.file}"
        for configuration, one in zip(configurations, standing, strict=True)
    }
    specified = {configuration["metadata"]["name"]: configuration for configuration in configurations}
    return Asked(webhooks(configurations), plan.names, plan.injects_by_default, files, specified)


def webhooks_of_cluster(plan: ClusterPlan, file: str, text: bytes) -> Asked:
    """The webhooks of a live cluster. Whatever they serve is theirs to serve, whether the specs know it or not."""
    found, revisions = live_webhooks(text, file)
    by_default = any(webhook.name.startswith(BY_DEFAULT) for webhook in found)
    names = plan.names | {webhook.serves for webhook in found}
    return Asked(found, names, by_default, dict.fromkeys(revisions, file), live=revisions)


WAY = "kubectl get mutatingwebhookconfigurations -o yaml"


def live_webhooks(text: bytes, file: str) -> tuple[list[Webhook], dict[str, str]]:
    """Istio's webhooks in the output of `WAY` (or `-o json`), and of each configuration the revision that it is of.

    `file` is for messages. Raises `InputError` for what is not such output, or has none of Istio's webhooks.
    """
    configurations = [data for document in parse(text, file) for data in _flat(document.data, file)]
    try:
        for configuration in configurations:
            _refuse_odd(configuration)
        found = webhooks(configurations)
        revisions = {
            one["metadata"]["name"]: (one["metadata"].get("labels") or {}).get(REVISION_LABEL) or "default"
            for one in configurations
        }
    except (KeyError, TypeError, AttributeError, ValueError):
        message = f"holds a {KIND} that is not as an API server gives it (expected: what `{WAY}` prints)"
        raise wrong("MR016", message, file=file) from None
    if not found:
        raise wrong("MR016", f"holds no injection webhook of Istio (expected: what `{WAY}` prints)", file=file)
    return found, revisions


def _refuse_odd(configuration: Mapping[str, Any]) -> None:
    """TypeError or KeyError where names, labels or selectors are not what an API server has there: text."""
    metadata = configuration["metadata"]
    texts = [metadata["name"], *(metadata.get("labels") or {}).values()]
    for entry in configuration.get("webhooks") or ():
        texts.append(entry["name"])
        for selector in (entry.get("namespaceSelector") or {}, entry.get("objectSelector") or {}):
            texts += (selector.get("matchLabels") or {}).values()
            for part in selector.get("matchExpressions") or ():
                texts += [part["key"], part["operator"], *(part.get("values") or ())]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError


def _flat(data: Any, file: str) -> Iterator[Mapping[str, Any]]:
    """The configurations of a document: one of them, or a list as kubectl prints."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind == KIND:
        yield data
    elif kind in ("List", f"{KIND}List") and isinstance(data.get("items"), list):
        for item in data["items"]:
            yield from _flat({"kind": KIND, **item} if isinstance(item, dict) else item, file)
    else:
        found = kind if isinstance(kind, str) else "something else"
        raise wrong("MR016", f"holds {found} where {KIND} is expected: what `{WAY}` prints", file=file)
