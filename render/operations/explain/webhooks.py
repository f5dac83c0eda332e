"""The webhooks that an explanation asks: those that the specs say, or those of a live cluster.

The injection webhooks of a live cluster, from what kubectl prints.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from render.errors import wrong
from render.operations.render.cluster import Pipeline
from render.operations.render.injection_proof import KIND
from render.plan.cluster import ClusterPlan
from render.plan.injection.webhook_entries import Entry, Webhook, istios_entries, kept_entry, other_entries
from render.plan.labels import REVISION_LABEL, Labels
from render.plan.observed.kept_fields import KeptField, kept_fields
from render.plan.observed.observation import Observation
from render.yamlio.documents import parse

# In a webhook file nothing says that a tag or revision injects by default, but the webhook that does it is called so.
BY_DEFAULT = "auto."
_ENTRY = re.compile(r"\.webhooks\[name=(\"[^\"]+\")\]")
WAY = "kubectl get mutatingwebhookconfigurations -o yaml"


class KeptEntry(NamedTuple):
    """An entry of Istio that a configuration of the tree has only in the cluster, as it was observed."""

    webhook: Webhook
    field: KeptField


@dataclass(frozen=True, slots=True)
class WebhookSet:
    """The entries of Istio that are asked, and the names that they should serve. Of each configuration the file that it
    is in; then what the specs say it is, or in a live cluster the revision that it leads to, and `others`: the entries
    of other projects. `kept` are those of the entries that the specs do not say and that others keep in the cluster."""

    entries: list[Entry]
    names: frozenset[str]
    by_default: bool
    files: Mapping[str, str]
    specified: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    live: Mapping[str, str] | None = None
    others: Sequence[Entry] = ()
    kept: Sequence[KeptEntry] = ()

    @property
    def callable(self) -> list[Webhook]:
        """Those that an API server calls for pods that are created, where their selectors match: of those that are
        switched off, too, for labels that nobody should have."""
        return [one.webhook for one in self.entries if one.is_for_pods]

    @property
    def webhooks(self) -> list[Webhook]:
        """Those of them that are not switched off."""
        return [one for one in self.callable if not one.is_switched_off]

    @property
    def specified_webhooks(self) -> list[Webhook]:
        """Those of them that the specs say."""
        kept = [one.webhook for one in self.kept]
        return [one for one in self.webhooks if one not in kept]

    def earlier(self, namespace_labels: Labels, pod_labels: Labels) -> list[Webhook]:
        """Returns the webhooks of other projects that may change the pod before the last of Istio's sees it. What comes
        later changes nothing: a webhook that was passed over is not called when others are called again."""
        last = max((one.order for one in self.entries if one.webhook in self.webhooks), default=("", 0))
        return [
            one.webhook
            for one in sorted(self.others, key=lambda one: one.order)
            if one.is_for_pods and one.order < last and one.webhook.fires(namespace_labels, pod_labels)
        ]

    @property
    def served(self) -> frozenset[str]:
        return frozenset(webhook.serves for webhook in self.webhooks)


def rendered_webhooks(pipeline: Pipeline, observation: Observation | None = None) -> WebhookSet:
    """Returns the webhooks as the next render leaves them in the tree: those that the proof looks at, and the entries
    that stay in the cluster beside them, where its objects were observed."""
    plan, standing = pipeline.plan, pipeline.webhooks
    folder = pipeline.output.title(plan.specs.cluster.name)
    configurations = [json.loads(one.text) for one in standing]
    files = {
        configuration["metadata"]["name"]: f"{folder}/{one.file}"
        for configuration, one in zip(configurations, standing, strict=True)
    }
    specified = {configuration["metadata"]["name"]: configuration for configuration in configurations}
    entries = [entry for configuration in configurations for entry in istios_entries(configuration)]
    kept = []
    for configuration in configurations:
        for one in kept_fields(configuration, observation, plan.specs.settings.delivery):
            name = _ENTRY.fullmatch(one.field)
            entry = kept_entry(configuration, json.loads(name[1]), len(entries)) if name else None
            if entry:
                entries.append(entry)
                kept.append(KeptEntry(entry.webhook, one))
    return WebhookSet(entries, plan.names, plan.injects_by_default, files, specified, kept=kept)


def webhooks_of_cluster(plan: ClusterPlan, file: str, text: bytes) -> WebhookSet:
    """Returns the webhooks of a live cluster, in the output of `WAY` (or `-o json`). Whatever they serve is theirs to
    serve, whether the specs know it or not.

    `file` is for messages. Raises `InputError` for what is not such output, or has none of Istio's webhooks.
    """
    configurations = _configurations(text, file)
    try:
        for configuration in configurations:
            _refuse_odd(configuration)
        entries = [entry for configuration in configurations for entry in istios_entries(configuration)]
        others = [entry for configuration in configurations for entry in other_entries(configuration)]
        revisions = {
            one["metadata"]["name"]: (one["metadata"].get("labels") or {}).get(REVISION_LABEL) or "default"
            for one in configurations
        }
    except (KeyError, TypeError, AttributeError, ValueError):
        message = f"holds a {KIND} that is not as an API server gives it (expected: what `{WAY}` prints)"
        raise wrong("MR016", message, file=file) from None
    if not entries:
        raise wrong("MR016", f"holds no injection webhook of Istio (expected: what `{WAY}` prints)", file=file)
    by_default = any(one.webhook.name.startswith(BY_DEFAULT) and one.is_for_pods for one in entries)
    names = plan.names | {one.webhook.serves for one in entries}
    return WebhookSet(entries, names, by_default, dict.fromkeys(revisions, file), live=revisions, others=others)


def _configurations(text: bytes, file: str) -> list[Mapping[str, Any]]:
    return [data for document in parse(text, file) for data in _flat(document.data, file)]


def _refuse_odd(configuration: Mapping[str, Any]) -> None:
    """TypeError or KeyError where names, labels, rules or selectors are not what an API server has there: text."""
    metadata = configuration["metadata"]
    texts = [metadata["name"], *(metadata.get("labels") or {}).values()]
    for entry in configuration.get("webhooks") or ():
        texts.append(entry["name"])
        for rule in entry.get("rules") or ():
            texts.append(rule.get("scope", "*"))
            for what in ("operations", "apiGroups", "apiVersions", "resources"):
                if not isinstance(rule[what], list):
                    raise TypeError
                texts += rule[what]
        for selector in (entry.get("namespaceSelector") or {}, entry.get("objectSelector") or {}):
            texts += (selector.get("matchLabels") or {}).values()
            for part in selector.get("matchExpressions") or ():
                texts += [part["key"], part["operator"], *(part.get("values") or ())]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError


def _flat(data: Any, file: str) -> Iterator[Mapping[str, Any]]:
    """Yields the configurations of a document: one of them, or a list as kubectl prints."""
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind == KIND:
        yield data
    elif kind in ("List", f"{KIND}List") and isinstance(data.get("items"), list):
        for item in data["items"]:
            yield from _flat({"kind": KIND, **item} if isinstance(item, dict) else item, file)
    else:
        found = kind if isinstance(kind, str) else "something else"
        raise wrong("MR016", f"holds {found} where {KIND} is expected: what `{WAY}` prints", file=file)
